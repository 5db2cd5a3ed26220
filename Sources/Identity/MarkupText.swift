extension String {
    /// The text, safe between tags and in quoted attributes of HTML.
    ///
    /// Goes over code points, as a browser does, and not over characters as people see them: a quotation mark with a
    /// combining accent after it is still one, and ends the attribute. Control characters, which HTML does not allow,
    /// become the replacement character.
    package var escapedForMarkup: String {
        var result = ""
        result.reserveCapacity(utf8.count)
        for scalar in unicodeScalars {
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
