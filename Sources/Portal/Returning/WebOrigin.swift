/// Where a page comes from: scheme, host and port (RFC 6454), in one spelling.
package struct WebOrigin: Sendable, Hashable {
    /// `https`, or `http` in a trial without TLS.
    package let scheme: String
    /// Lower case; an IPv6 address in its brackets.
    package let host: String
    /// Nil for the scheme's own.
    package let port: Int?

    init(scheme: String, host: String, port: Int?) {
        self.scheme = scheme
        self.host = host
        self.port = port == WebOrigin.defaultPort(of: scheme) ? nil : port
    }

    /// Reads a URL that is an origin and nothing more, a final slash aside. Anything else is nil.
    package init?(_ text: some StringProtocol) {
        var text = text.lowercased()[...]
        if text.hasSuffix("/") { text.removeLast() }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let scheme = String(text[..<colon])
        guard scheme == "https" || scheme == "http", text[colon...].hasPrefix("://") else { return nil }
        let authority = text[text.index(colon, offsetBy: 3)...]
        guard let (host, port) = WebOrigin.split(authority: authority) else { return nil }
        self.init(scheme: scheme, host: host, port: port)
    }

    /// As the Origin field and links spell it, without a final slash.
    package var text: String { "\(scheme)://\(authority)" }

    /// Host and, unless it is the scheme's own, port.
    package var authority: String { port.map { "\(host):\($0)" } ?? host }

    static func defaultPort(of scheme: String) -> Int { scheme == "http" ? 80 : 443 }

    /// Takes `host` or `host:port` apart, and refuses whatever a browser could read in another way: user names, empty
    /// or over-long labels, final dots, percent-encoding, letters outside ASCII, odd ports.
    static func split(authority: some StringProtocol) -> (host: String, port: Int?)? {
        let bytes = Array(authority.utf8)
        let hostEnd: Int
        if bytes.first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let inside = bytes[1..<end]
            guard !inside.isEmpty,
                inside.allSatisfy({ isHexDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") })
            else { return nil }
            hostEnd = end + 1
        } else {
            hostEnd = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
            guard isHostName(bytes[..<hostEnd]) else { return nil }
        }
        let host = String(decoding: bytes[..<hostEnd], as: UTF8.self).lowercased()
        guard hostEnd < bytes.count else { return (host, nil) }
        let digits = bytes[(hostEnd + 1)...]
        guard bytes[hostEnd] == UInt8(ascii: ":"), (1...5).contains(digits.count), digits.first != UInt8(ascii: "0"),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = Int(String(decoding: digits, as: UTF8.self)), port <= 65_535
        else { return nil }
        return (host, port)
    }

    /// Whether these bytes are dotted labels of letters, digits, hyphens and underscores.
    private static func isHostName(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard (1...253).contains(bytes.count) else { return false }
        return bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.count)
                && label.allSatisfy {
                    isHexDigit($0) || (UInt8(ascii: "g")...UInt8(ascii: "z")).contains($0 | 0x20)
                        || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                }
        }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
