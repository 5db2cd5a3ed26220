/// Text in a mail's header: folded, and in encoded words where it is not plain ASCII (RFC 5322, section 2.2.3; RFC 2047).
enum HeaderText {
    /// A line may have 998 bytes and should have 78; an encoded word has at most 75.
    private static let lineBytes = 76
    /// Bytes of text in one encoded word: 60 of base64, with `=?UTF-8?B?` and `?=` 72.
    private static let wordBytes = 45

    /// The value of an unstructured field such as Subject. `used` is how much of its first line the name takes.
    ///
    /// - Throws: `controlCharacter`: a line break would begin another field (CWE-93).
    static func unstructured(_ text: String, field: String) throws(MailMessageError) -> String {
        try check(text, field)
        let used = field.utf8.count + 2
        return isPlain(text) ? folded(text, used: used) : encoded(text)
    }

    /// A name before an address: as it is, quoted or encoded.
    static func phrase(_ text: String, field: String) throws(MailMessageError) -> String {
        try check(text, field)
        guard isPlain(text) else { return encoded(text) }
        let isAtoms = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || "0"..."9" ~= scalar || scalar == " " || scalar == "-"
        }
        if isAtoms { return text }
        return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private static func check(_ text: String, _ field: String) throws(MailMessageError) {
        let isClean = text.unicodeScalars.allSatisfy { scalar in
            scalar.value >= 0x20 && !(0x7F...0x9F ~= scalar.value) && scalar.value != 0x2028 && scalar.value != 0x2029
        }
        guard isClean else { throw .controlCharacter(field: field) }
    }

    /// Whether it can stand as it is: ASCII, nothing that reads as an encoded word, no word too long for a line.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 < 0x80 } && !text.contains("=?") && !text.hasPrefix(" ") && !text.hasSuffix(" ")
            && text.split(separator: " ").allSatisfy { $0.utf8.count < 60 }
    }

    private static func folded(_ text: String, used: Int) -> String {
        var result = ""
        var column = used
        for (index, word) in text.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
            let length = word.utf8.count
            if index > 0 {
                // Never a line of spaces alone, which would be obsolete syntax.
                if column + 1 + length > lineBytes, length > 0 {
                    result += "\r\n"
                    column = 0
                }
                result += " "
                column += 1
            }
            result += word
            column += length
        }
        return result
    }

    private static func encoded(_ text: String) -> String {
        var words: [String] = []
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            let next = Array(String(scalar).utf8)
            if bytes.count + next.count > wordBytes {
                words.append(word(bytes))
                bytes.removeAll()
            }
            bytes += next
        }
        if !bytes.isEmpty { words.append(word(bytes)) }
        // White space between two encoded words is not part of the text (RFC 2047, section 6.2).
        return words.joined(separator: "\r\n ")
    }

    private static func word(_ bytes: [UInt8]) -> String { "=?UTF-8?B?\(Base64.encode(bytes))?=" }
}

/// Base64 (RFC 4648, section 4), for encoded words.
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var word = group.reduce(0) { $0 << 8 | Int($1) }
            word <<= 8 * (3 - group.count)
            for place in 0..<4 {
                text.append(place <= group.count ? digits[word >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
