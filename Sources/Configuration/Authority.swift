/// Where a URL leads: a host and maybe a port (RFC 3986, section 3.2), without a user.
struct Authority {
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    let host: String
    let port: Int?

    /// Nil when the text is not of that form.
    init?(_ text: some StringProtocol) {
        let hostEnd: String.Index
        let text = String(text)
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { return nil }
            let inner = text[text.index(after: text.startIndex)..<close]
            guard inner.contains(":"), !inner.contains("/"), AddressRange.isValid(String(inner)) else { return nil }
            hostEnd = text.index(after: close)
        } else {
            hostEnd = text.firstIndex(of: ":") ?? text.endIndex
            guard hostEnd > text.startIndex, text[..<hostEnd].utf8.allSatisfy(Self.isNameByte) else { return nil }
        }
        host = String(text[..<hostEnd])
        guard hostEnd < text.endIndex else {
            port = nil
            return
        }
        let digits = text[text.index(after: hostEnd)...]
        guard text[hostEnd] == ":", (1...5).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = Int(digits),
            (1...65_535).contains(number)
        else { return nil }
        port = number
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
