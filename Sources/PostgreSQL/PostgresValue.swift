/// A universally unique identifier as two words, most significant first.
package struct PostgresUUID: Sendable, Hashable {
    package let high: UInt64
    package let low: UInt64
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// A value for one of a statement's parameters, `$1` and so on.
///
/// The server decides each parameter's type from its place in the SQL, and single values but `bytes` are sent in text
/// form, which every type reads. So an `int` fits a smallint as well as a bigint. Of arrays that may be long, whose
/// elements are of one type only, the binary form is sent. Values never become part of the SQL.
///
/// Times are microseconds since 1970-01-01 00:00 UTC; `Int64.min` and `Int64.max` are PostgreSQL's `-infinity` and
/// `infinity`.
package enum PostgresValue: Sendable, Hashable {
    case null
    case text(String)
    case bytes([UInt8])
    case int(Int64)
    case double(Double)
    case bool(Bool)
    case uuid(high: UInt64, low: UInt64)
    case timestamp(microseconds: Int64)
    case textArray([String?])
    case byteaArray([[UInt8]])
    case intArray([Int64])
    case uuidArray([PostgresUUID])
    case timestampArray([Int64])

    /// NULL for nil.
    package init(_ text: String?) { self = text.map { .text($0) } ?? .null }
    /// NULL for nil.
    package init(_ number: (some FixedWidthInteger)?) { self = number.map { .int(Int64(clamping: $0)) } ?? .null }
    /// NULL for nil.
    package init(timestamp microseconds: Int64?) { self = microseconds.map { .timestamp(microseconds: $0) } ?? .null }
    /// NULL for nil.
    package init(uuid: PostgresUUID?) { self = uuid.map { .uuid(high: $0.high, low: $0.low) } ?? .null }
}

extension PostgresValue {
    /// The form in which it is sent; nil for NULL.
    func encoded() -> [UInt8]? {
        switch self {
        case .null: nil
        case .text(let text): Array(text.utf8)
        case .bytes(let bytes): bytes
        case .int(let number): Array(String(number).utf8)
        case .double(let number): Array(PostgresText.double(number).utf8)
        case .bool(let truth): [UInt8(ascii: truth ? "t" : "f")]
        case .uuid(let high, let low): Array(PostgresText.uuid(high, low).utf8)
        case .timestamp(let microseconds): Array(PostgresText.timestamp(microseconds).utf8)
        case .textArray(let texts): PostgresText.array(texts.map { $0.map(PostgresText.quoted) ?? "NULL" })
        case .byteaArray(let all): BinaryArray.of(all)
        case .intArray(let numbers): PostgresText.array(numbers.map { String($0) })
        case .uuidArray(let all): BinaryArray.of(all)
        case .timestampArray(let all): BinaryArray.of(timestamps: all)
        }
    }

    /// Whether `encoded` is the binary form.
    var isBinary: Bool {
        switch self {
        case .bytes, .byteaArray, .uuidArray, .timestampArray: true
        default: false
        }
    }
}
