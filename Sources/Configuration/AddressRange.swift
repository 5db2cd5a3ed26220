import Glibc

/// Looks whether text is an address or a range of them in CIDR notation (RFC 4632, section 3.1).
enum AddressRange {
    static func isValid(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        // C would read only up to a NUL.
        guard let first = parts.first, parts.count <= 2, !text.utf8.contains(0) else { return false }
        let address = String(first)
        var bytes: (UInt64, UInt64) = (0, 0)
        let bits: Int
        if unsafe inet_pton(AF_INET, address, &bytes) == 1 {
            bits = 32
        } else if unsafe inet_pton(AF_INET6, address, &bytes) == 1 {
            bits = 128
        } else {
            return false
        }
        guard parts.count == 2 else { return true }
        guard let prefix = Int(parts[1]), parts[1].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return false }
        return prefix <= bits
    }

    /// Looks whether text is `address:port`, with an IPv6 address in brackets, or `unix:/path`.
    static func isListenAddress(_ text: String) -> Bool {
        if text.hasPrefix("unix:/") { return text.utf8.count < 105 }
        guard let colon = text.lastIndex(of: ":") else { return false }
        let digits = text[text.index(after: colon)...]
        guard let port = Int(digits), (0...65_535).contains(port), digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
        else { return false }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            let inner = String(host.dropFirst().dropLast())
            return !inner.contains("/") && inner.contains(":") && isValid(inner)
        }
        return !host.contains("/") && !host.contains(":") && isValid(String(host))
    }
}
