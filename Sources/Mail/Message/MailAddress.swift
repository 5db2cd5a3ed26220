/// An address that mail can be sent to: `local@domain` in one of the forms that RFC 5321 and RFC 6531 write.
///
/// Holds no control character, space, quote or angle bracket, so it can never end its field or command and begin
/// another. Quoted local parts and address literals, which people do not have, are refused.
package struct MailAddress: Sendable, Hashable {
    package let local: String
    /// In ASCII: labels of other scripts in their `xn--` form (RFC 3492).
    package let domain: String

    /// Nil for what is no such address.
    package init?(_ text: some StringProtocol) {
        guard let at = text.lastIndex(of: "@") else { return nil }
        let local = text[..<at]
        guard !local.isEmpty, local.utf8.count <= 64, local.unicodeScalars.allSatisfy(Self.isLocal),
            let domain = Self.asciiDomain(text[text.index(after: at)...])
        else { return nil }
        self.local = String(local)
        self.domain = domain
    }

    /// Whether only a server with SMTPUTF8 (RFC 6531) can take it.
    package var isInternational: Bool { !local.utf8.allSatisfy { $0 < 0x80 } }

    /// As commands and fields have it, without the angle brackets.
    package var text: String {
        // Two dots in a row, or one at an end, are no dot-atom; mailboxes with them exist.
        let isDotAtom = !local.hasPrefix(".") && !local.hasSuffix(".") && !local.contains("..")
        return isDotAtom ? "\(local)@\(domain)" : "\"\(local)\"@\(domain)"
    }

    /// `atext` (RFC 5322, section 3.2.3), a dot, or beyond ASCII what is no control, space or unassigned.
    private static func isLocal(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", ".": true
        case "!", "#", "$", "%", "&", "'", "*", "+", "-", "/", "=", "?", "^", "_", "`", "{", "|", "}", "~": true
        case "\u{0}"..."\u{7F}": false
        default: isWritten(scalar)
        }
    }

    private static func isWritten(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            false
        default: true
        }
    }

    private static func asciiDomain(_ text: some StringProtocol) -> String? {
        var labels: [String] = []
        // What people of other scripts type for a dot (UTS 46, section 2.3).
        let dots: Set<Character> = [".", "\u{3002}", "\u{FF0E}", "\u{FF61}"]
        for label in text.lowercased().split(omittingEmptySubsequences: false, whereSeparator: dots.contains) {
            let isASCII = label.utf8.allSatisfy { $0 < 0x80 }
            guard label.unicodeScalars.allSatisfy(isWritten),
                let ascii = isASCII ? String(label) : Punycode.encode(label.unicodeScalars).map({ "xn--" + $0 }),
                (1...63).contains(ascii.utf8.count), !ascii.hasPrefix("-"), !ascii.hasSuffix("-"),
                ascii.unicodeScalars.allSatisfy({ "a"..."z" ~= $0 || "0"..."9" ~= $0 || $0 == "-" })
            else { return nil }
            labels.append(ascii)
        }
        let domain = labels.joined(separator: ".")
        return domain.utf8.count <= 253 ? domain : nil
    }
}

/// Whom a mail is from: an address, perhaps with a name before it.
package struct MailSender: Sendable, Hashable {
    package let name: String?
    package let address: MailAddress

    /// Reads `Gatehouse <no-reply@example.com>`, `"Works, Inc." <a@example.com>` or `no-reply@example.com`.
    package init?(_ text: String) {
        guard let open = text.lastIndex(of: "<") else {
            guard let address = MailAddress(text) else { return nil }
            (name, self.address) = (nil, address)
            return
        }
        guard text.hasSuffix(">"),
            let address = MailAddress(text[text.index(after: open)...].dropLast()),
            let name = Self.unquoted(text[..<open])
        else { return nil }
        self.name = name.isEmpty ? nil : name
        self.address = address
    }

    private static func unquoted(_ text: Substring) -> String? {
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else { return nil }
        var name = text[...]
        while name.first == " " { name.removeFirst() }
        while name.last == " " { name.removeLast() }
        if name.count >= 2, name.first == "\"", name.last == "\"" { name = name.dropFirst().dropLast() }
        return name.contains("\"") ? nil : String(name)
    }
}
