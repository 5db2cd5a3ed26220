/// Reads one JSON text (RFC 8259) strictly: what two readers could take for two things is an error.
///
/// No member stands twice, no escape makes half a character, nothing follows the value, no number but whole ones of 64
/// bits, and nothing is nested deeper than our messages are.
struct JSONReader {
    /// Why a text is not taken.
    struct Refusal: Error, Equatable {
        let reason: String
        /// In bytes, from 0.
        let offset: Int
    }

    private static let depthMax = 8

    private let bytes: [UInt8]
    private var index = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    static func read(_ bytes: [UInt8]) throws(Refusal) -> JSONValue {
        var reader = JSONReader(bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.index == bytes.count else { throw reader.refusal("something follows the value") }
        return value
    }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private func refusal(_ reason: String) -> Refusal { Refusal(reason: reason, offset: index) }

    private mutating func skipSpace() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { index += 1 }
    }

    private mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard index + count <= bytes.count else { return false }
        let isThere = text.withUTF8Buffer { wanted in
            (0..<count).allSatisfy { unsafe bytes[index + $0] == wanted[$0] }
        }
        if isThere { index += count }
        return isThere
    }

    private mutating func value(depth: Int) throws(Refusal) -> JSONValue {
        guard depth <= JSONReader.depthMax else { throw refusal("it is nested too deeply") }
        skipSpace()
        guard let byte = next else { throw refusal("a value is missing") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default:
            if take("true") { return .boolean(true) }
            if take("false") { return .boolean(false) }
            if take("null") { return .null }
            throw refusal("a value is missing")
        }
    }

    private mutating func object(depth: Int) throws(Refusal) -> JSONValue {
        index += 1
        var members: [JSONValue.Member] = []
        var names: Set<[UInt8]> = []
        skipSpace()
        if take("}") { return .object([]) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw refusal("a name is missing") }
            let name = try string()
            // Byte for byte: Swift takes texts for equal that other readers do not.
            guard names.insert(Array(name.utf8)).inserted else { throw refusal("a name stands twice") }
            skipSpace()
            guard take(":") else { throw refusal("a colon is missing") }
            members.append(JSONValue.Member(name: name, value: try value(depth: depth + 1)))
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw refusal("a comma or } is missing") }
        }
    }

    private mutating func array(depth: Int) throws(Refusal) -> JSONValue {
        index += 1
        var values: [JSONValue] = []
        skipSpace()
        if take("]") { return .array([]) }
        while true {
            values.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return .array(values) }
            guard take(",") else { throw refusal("a comma or ] is missing") }
        }
    }

    private mutating func number() throws(Refusal) -> JSONValue {
        let start = index
        if next == UInt8(ascii: "-") { index += 1 }
        let digits = index
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        let hasLeadingZero = index - digits > 1 && bytes[digits] == UInt8(ascii: "0")
        guard let number = Int64(text), !hasLeadingZero, next != UInt8(ascii: "."),
            (next ?? 0) | 0x20 != UInt8(ascii: "e")
        else { throw refusal("only whole numbers of 64 bits are taken") }
        return .number(number)
    }

    private mutating func string() throws(Refusal) -> String {
        index += 1
        var content: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw refusal("a text is not UTF-8")
                }
                return text
            case UInt8(ascii: "\\"):
                index += 1
                content.append(contentsOf: try escape())
            case 0..<0x20: throw refusal("a control character stands in a text")
            default:
                content.append(byte)
                index += 1
            }
        }
        throw refusal("a text has no end")
    }

    private mutating func escape() throws(Refusal) -> [UInt8] {
        guard let byte = next else { throw refusal("a text has no end") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var number = try unit()
            if (0xD800..<0xDC00).contains(number) {
                guard take("\\u") else { throw refusal("half a character") }
                let low = try unit()
                guard (0xDC00..<0xE000).contains(low) else { throw refusal("half a character") }
                number = 0x10000 + (number - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(number) else { throw refusal("half a character") }
            return Array(String(Character(scalar)).utf8)
        default: throw refusal("an unknown escape")
        }
    }

    /// The four hexadecimal digits of an escape.
    private mutating func unit() throws(Refusal) -> UInt32 {
        guard index + 4 <= bytes.count,
            let number = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16),
            bytes[index] != UInt8(ascii: "+"), bytes[index] != UInt8(ascii: "-")
        else { throw refusal("an escape needs four digits") }
        index += 4
        return number
    }
}
