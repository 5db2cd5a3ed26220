/// The fields of a form or the parameters of a query: `application/x-www-form-urlencoded`, read strictly.
///
/// A name that comes twice is refused rather than guessed at: two readers might pick different ones.
struct FormFields: Sendable {
    private static let countMax = 32

    private let values: [String: String]

    /// - Returns: nil for broken percent-encoding, for text that is not UTF-8, for a name that comes twice, and for
    ///   more than 32 fields.
    init?(_ bytes: [UInt8]) {
        var values: [String: String] = [:]
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            guard let name = PercentEncoding.decodeForm(pair[..<equals]),
                let value = PercentEncoding.decodeForm(pair[equals...].dropFirst()),
                values.updateValue(value, forKey: name) == nil, values.count <= FormFields.countMax
            else { return nil }
        }
        self.values = values
    }

    init?(query: String?) { self.init(Array((query ?? "").utf8)) }

    /// All names, also of empty values.
    var names: Set<String> { Set(values.keys) }

    /// The value under this name; nil when there is none or it is empty.
    subscript(_ name: String) -> String? {
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }
}
