/// A JSON object (RFC 8259) in the making: its members in the order in which they are added, without white space.
package struct JSONObject {
    private var text = "{"

    package init() {}

    /// The whole object.
    package var bytes: [UInt8] { Array((text + "}").utf8) }

    /// Nil adds nothing.
    package mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        begin(name)
        append(value)
    }

    package mutating func add(_ name: String, _ value: Int64?) {
        guard let value else { return }
        begin(name)
        text += String(value)
    }

    package mutating func add(_ name: String, _ values: [String]) {
        begin(name)
        text += "["
        for (index, value) in values.enumerated() {
            if index > 0 { text += "," }
            append(value)
        }
        text += "]"
    }

    package mutating func add(_ name: String, _ object: JSONObject) {
        begin(name)
        text += object.text + "}"
    }

    package mutating func add(_ name: String, _ objects: [JSONObject]) {
        begin(name)
        text += "[" + objects.map { $0.text + "}" }.joined(separator: ",") + "]"
    }

    private mutating func begin(_ name: String) {
        if text.utf8.count > 1 { text += "," }
        append(name)
        text += ":"
    }

    /// Appends a string, with escapes where the RFC demands them (section 7).
    private mutating func append(_ value: String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
