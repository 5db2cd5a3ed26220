import HTTPMessage

/// An error as a program reads it: `application/problem+json` (RFC 9457) with a stable `code`.
struct ProblemDocument {
    let status: Int
    let code: String
    /// One sentence for people. Holds nothing secret.
    let detail: String
    var requestID: String?
    var decisionID: String?
    var loginURL: String?
    var plant: String?
    var neededRole: String?
    var neededGlobalRoles: [String] = []

    /// The document as an answer.
    var response: LocalResponse {
        var json = "{\"title\":"
        json.appendJSON("\(HTTPStatus.reasonPhrase(status))")
        json += ",\"status\":\(status),\"code\":"
        json.appendJSON(code)
        json += ",\"detail\":"
        json.appendJSON(detail)
        for (name, value) in [
            ("login_url", loginURL), ("plant", plant), ("role_needed", neededRole), ("request_id", requestID),
            ("decision_id", decisionID),
        ] {
            guard let value else { continue }
            json += ",\"\(name)\":"
            json.appendJSON(value)
        }
        if !neededGlobalRoles.isEmpty {
            json += ",\"any_role_needed\":["
            for (index, role) in neededGlobalRoles.enumerated() {
                if index > 0 { json += "," }
                json.appendJSON(role)
            }
            json += "]"
        }
        json += "}\n"
        return LocalResponse(
            status: status, fields: [("Content-Type", "application/problem+json")], body: Array(json.utf8))
    }
}

extension String {
    /// Appends `text` as a JSON string (RFC 8259, section 7), with `<`, `>` and `&` escaped as well, so that no reader
    /// who guesses at types takes it for markup.
    fileprivate mutating func appendJSON(_ text: some StringProtocol) {
        append("\"")
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case "\r": append("\\r")
            case "\t": append("\\t")
            case "<", ">", "&", "\u{0}"..<"\u{20}", "\u{7F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
            default: unicodeScalars.append(scalar)
            }
        }
        append("\"")
    }
}
