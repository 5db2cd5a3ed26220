/// Reads values in PostgreSQL's binary form: network byte order, by the type's number in `pg_type`.
///
/// Every length is checked: a server that sends nonsense gets an error, not a crash.
enum PostgresBinary {
    typealias Decoder<Value> = (Span<UInt8>, UInt32) throws(PostgresError) -> Value

    /// Numbers of built-in types (src/include/catalog/pg_type.dat).
    enum TypeNumber {
        static let bool: UInt32 = 16, bytea: UInt32 = 17, int8: UInt32 = 20, int2: UInt32 = 21, int4: UInt32 = 23
        static let json: UInt32 = 114, xml: UInt32 = 142, float4: UInt32 = 700, float8: UInt32 = 701
        static let cidr: UInt32 = 650, inet: UInt32 = 869, timestamptz: UInt32 = 1184, uuid: UInt32 = 2950
        static let jsonb: UInt32 = 3802
        /// char, name, oid-free text types, unknown, bpchar, varchar: their binary form is the text itself.
        static let textual: Set<UInt32> = [18, 19, 25, json, xml, 705, 1042, 1043]
        /// From here on the types of extensions and of users: enums, citext.
        static let firstOfUsers: UInt32 = 16_384
    }

    static func int(_ bytes: Span<UInt8>, _ type: UInt32) throws(PostgresError) -> Int64 {
        switch (type, bytes.count) {
        case (TypeNumber.int2, 2): Int64(Int16(truncatingIfNeeded: word(bytes)))
        case (TypeNumber.int4, 4): Int64(Int32(truncatingIfNeeded: word(bytes)))
        case (TypeNumber.int8, 8): Int64(bitPattern: word(bytes))
        default: throw mismatch("an integer", type)
        }
    }

    static func double(_ bytes: Span<UInt8>, _ type: UInt32) throws(PostgresError) -> Double {
        switch (type, bytes.count) {
        case (TypeNumber.float4, 4): Double(Float(bitPattern: UInt32(truncatingIfNeeded: word(bytes))))
        case (TypeNumber.float8, 8): Double(bitPattern: word(bytes))
        default: throw mismatch("a floating-point number", type)
        }
    }

    static func bool(_ bytes: Span<UInt8>, _ type: UInt32) throws(PostgresError) -> Bool {
        guard type == TypeNumber.bool, bytes.count == 1 else { throw mismatch("a boolean", type) }
        return bytes[0] != 0
    }

    static func bytes(_ bytes: Span<UInt8>, _ type: UInt32) throws(PostgresError) -> [UInt8] {
        guard type == TypeNumber.bytea else { throw mismatch("bytea", type) }
        return array(bytes)
    }

    static func uuid(_ bytes: Span<UInt8>, _ type: UInt32) throws(PostgresError) -> PostgresUUID {
        guard type == TypeNumber.uuid, bytes.count == 16 else { throw mismatch("a uuid", type) }
        return PostgresUUID(high: word(bytes.extracting(0..<8)), low: word(bytes.extracting(8..<16)))
    }

    /// The server counts microseconds from 2000-01-01.
    static func timestamp(_ bytes: Span<UInt8>, _ type: UInt32) throws(PostgresError) -> Int64 {
        guard type == TypeNumber.timestamptz, bytes.count == 8 else {
            throw mismatch("a timestamp with time zone", type)
        }
        let microseconds = Int64(bitPattern: word(bytes))
        if microseconds == .min || microseconds == .max { return microseconds }
        let (sum, overflow) = microseconds.addingReportingOverflow(year2000)
        guard !overflow else { throw .unexpected("a time beyond all calendars") }
        return sum
    }

    /// A time as the server counts it; what lies before all calendars stays there, for the server to refuse.
    static func microsecondsSince2000(_ microseconds: Int64) -> Int64 {
        if microseconds == .min || microseconds == .max { return microseconds }
        let (difference, overflow) = microseconds.subtractingReportingOverflow(year2000)
        return overflow ? .min + 1 : difference
    }

    /// 2000-01-01 in microseconds since 1970.
    private static let year2000: Int64 = 946_684_800_000_000

    static func text(_ bytes: Span<UInt8>, _ type: UInt32) throws(PostgresError) -> String {
        if TypeNumber.textual.contains(type) || type >= TypeNumber.firstOfUsers { return try utf8(bytes) }
        switch type {
        case TypeNumber.int2, TypeNumber.int4, TypeNumber.int8: return try String(int(bytes, type))
        case TypeNumber.float4, TypeNumber.float8: return try PostgresText.double(double(bytes, type))
        case TypeNumber.bool: return try bool(bytes, type) ? "true" : "false"
        case TypeNumber.uuid:
            let uuid = try uuid(bytes, type)
            return PostgresText.uuid(uuid.high, uuid.low)
        case TypeNumber.timestamptz: return try PostgresText.timestamp(timestamp(bytes, type))
        case TypeNumber.jsonb:
            // One byte of version precedes the text.
            guard bytes.count > 0, bytes[0] == 1 else { throw .unexpected("jsonb of an unknown version") }
            return try utf8(bytes.extracting(droppingFirst: 1))
        case TypeNumber.inet, TypeNumber.cidr:
            return try PostgresAddress.text(bytes, isNetwork: type == TypeNumber.cidr)
        default: throw .unexpected("type \(type) is not read as text; cast it in SQL with ::text")
        }
    }

    /// A one-dimensional array: dimensions, flags, element type, length, lower bound; then each element with its
    /// length before it (src/backend/utils/adt/arrayfuncs.c, array_send).
    static func array<Value>(
        _ bytes: Span<UInt8>, _ type: UInt32, _ decode: Decoder<Value>
    ) throws(PostgresError) -> [Value] {
        var reader = Reader(bytes)
        let dimensions = try reader.int32()
        _ = try reader.int32()
        let element = UInt32(bitPattern: try reader.int32())
        if dimensions == 0 { return [] }
        guard dimensions == 1 else { throw .unexpected("an array of \(dimensions) dimensions") }
        let count = try reader.int32()
        _ = try reader.int32()
        var values: [Value] = []
        // Not reserved: the count is only what the server says.
        for _ in 0..<max(0, count) {
            let length = try reader.int32()
            guard length >= 0 else { throw .unexpected("an array with NULL in it") }
            values.append(try decode(try reader.take(Int(length)), element))
        }
        return values
    }

    /// A cursor that does not leave its bytes.
    private struct Reader: ~Escapable {
        private let bytes: Span<UInt8>
        private var position = 0

        @_lifetime(copy bytes)
        init(_ bytes: Span<UInt8>) { self.bytes = bytes }

        mutating func int32() throws(PostgresError) -> Int32 {
            Int32(truncatingIfNeeded: PostgresBinary.word(try take(4)))
        }

        @_lifetime(copy self)
        mutating func take(_ count: Int) throws(PostgresError) -> Span<UInt8> {
            guard count <= bytes.count - position else { throw .unexpected("a value that is cut short") }
            defer { position += count }
            return bytes.extracting(position..<position + count)
        }
    }

    fileprivate static func word(_ bytes: Span<UInt8>) -> UInt64 {
        var word: UInt64 = 0
        for index in bytes.indices { word = word << 8 | UInt64(bytes[index]) }
        return word
    }

    private static func array(_ bytes: Span<UInt8>) -> [UInt8] {
        unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
    }

    private static func utf8(_ bytes: Span<UInt8>) throws(PostgresError) -> String {
        guard let text = String(validating: array(bytes), as: UTF8.self) else {
            throw .unexpected("text that is not UTF-8")
        }
        return text
    }

    private static func mismatch(_ wanted: String, _ type: UInt32) -> PostgresError {
        .unexpected("type \(type) is not \(wanted)")
    }
}
