import Mustache

/// Makes any text safe between tags and in quoted attributes.
///
/// swift-mustache's own escaping goes over characters as people see them, so a quotation mark with a combining accent
/// after it is another character to it, and passes as it is; a browser reads code points, sees the bare quotation
/// mark, and the attribute is over. This one goes over code points. Control characters, which HTML does not allow,
/// become the replacement character.
struct HTMLEscaping: MustacheContentType {
    /// What templates call it.
    static let name = "GATEHOUSE"

    func escapeText(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "`": result += "&#96;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case "\u{0}"..<" ", "\u{7F}"..."\u{9F}": result.unicodeScalars.append("\u{FFFD}")
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
