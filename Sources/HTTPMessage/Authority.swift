/// Reads `host[:port]` (RFC 3986, section 3.2), without user information, which has no place in HTTP.
package enum Authority {
    /// How many bytes of a well-formed authority are its host; nil when it is not well-formed.
    package static func hostCount(_ authority: Span<UInt8>) -> Int? {
        guard !authority.isEmpty else { return nil }
        var position = 0
        if authority[0] == UInt8(ascii: "[") {
            position = 1
            while position < authority.count, isAddress(authority[position]) { position += 1 }
            guard position >= 3, position < authority.count, authority[position] == UInt8(ascii: "]") else {
                return nil
            }
            position += 1
        } else {
            position = authority.firstMarked(from: 0, to: authority.count) { $0.noHost }
        }
        let hostCount = position
        guard hostCount > 0, hostCount <= 255 else { return nil }
        if position == authority.count { return hostCount }
        guard authority[position] == UInt8(ascii: ":") else { return nil }
        let digits = authority.extracting((position + 1)...)
        guard (1...5).contains(digits.count) else { return nil }
        var port = 0
        for index in digits.indices {
            guard ByteClass.isDigit(digits[index]) else { return nil }
            port = port * 10 + Int(digits[index] - UInt8(ascii: "0"))
        }
        return (1...65535).contains(port) ? hostCount : nil
    }

    /// A byte of an IPv6 address in brackets.
    private static func isAddress(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: ":"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
