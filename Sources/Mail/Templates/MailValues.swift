import Identity

/// What a template may name, made safe: people typed much of it, some of them strangers.
struct MailValues {
    /// Plain text; a key without a value is absent, so that sections see it.
    let texts: [String: String]

    init(_ event: MailEvent, site: String) {
        var texts = event.values.mapValues { Self.line($0, charactersMax: 255) }
        // Anybody can register with somebody else's address, and choose the name: it must not carry a message of its
        // own to them.
        for key in ["name", "inviter"] {
            if let text = texts[key], Self.looksLikeLink(text) || text.count > 100 { texts[key] = nil }
        }
        texts["site"] = Self.line(site, charactersMax: 100)
        texts["recipient"] = Self.line(event.recipient, charactersMax: 255)
        texts["link"] = event.link
        texts["expires"] = event.expiresAt.map { CivilTime($0).readable }
        self.texts = texts.filter { !$0.value.isEmpty }
    }

    /// The text as one line, without what a reader cannot see: control characters, and those that turn the direction
    /// of what follows (CVE-2021-42574).
    static func line(_ text: String, charactersMax: Int) -> String {
        var line = ""
        var endsWithSpace = true
        for scalar in text.unicodeScalars.prefix(charactersMax) {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .spaceSeparator:
                if !endsWithSpace { line.unicodeScalars.append(" ") }
                endsWithSpace = true
            // Joiners are part of how some languages and emoji are written.
            case .format where scalar != "\u{200D}" && scalar != "\u{200C}", .surrogate, .privateUse, .unassigned:
                continue
            default:
                line.unicodeScalars.append(scalar)
                endsWithSpace = false
            }
        }
        if line.unicodeScalars.last == " " { line.unicodeScalars.removeLast() }
        return line
    }

    /// Whether a mail program might make a link of it: it has a scheme or a path, or something like a host's name.
    static func looksLikeLink(_ text: String) -> Bool {
        if text.contains("://") || text.contains("/") || text.contains("@") { return true }
        return text.split(whereSeparator: \.isWhitespace).contains { word in
            let labels = word.split(separator: ".", omittingEmptySubsequences: false)
            guard labels.count >= 2, let last = labels.last else { return false }
            return last.count >= 2 && last.allSatisfy(\.isLetter) && !labels[labels.count - 2].isEmpty
        }
    }
}
