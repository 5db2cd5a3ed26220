import Identity

/// A JSON value (RFC 8259). Members keep the order in which they were given.
indirect enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    /// Whole numbers are all that our messages have.
    case number(Int64)
    case string(String)
    case array([JSONValue])
    case object([Member])

    struct Member: Sendable, Equatable {
        let name: String
        let value: JSONValue
    }

    /// An object of these members.
    static func map(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(members.map { Member(name: $0.key, value: $0.value) })
    }

    /// A text, or null.
    static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    /// A moment as RFC 3339 writes it, or null.
    static func time(_ moment: Timestamp?) -> JSONValue {
        // What is stored as the end of time has no date.
        guard let moment, moment < Timestamp(seconds: 253_402_300_800) else { return .null }
        return .string(moment.iso)
    }

    /// The value as UTF-8.
    var bytes: [UInt8] {
        var text = ""
        write(to: &text)
        text += "\n"
        return Array(text.utf8)
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .number(let value): text += String(value)
        case .string(let value): JSONValue.write(value, to: &text)
        case .array(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                value.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                JSONValue.write(member.name, to: &text)
                text += ":"
                member.value.write(to: &text)
            }
            text += "}"
        }
    }

    /// Writes a string (section 7), with `<`, `>` and `&` escaped as well, so that no reader who guesses at types takes
    /// it for markup.
    private static func write(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "<", ">", "&", "\u{0}"..<"\u{20}", "\u{7F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
