import EventLoop

/// Version 1: one line of text, `PROXY TCP4 192.0.2.1 192.0.2.9 51234 443`.
extension ProxyHeader {
    /// The longest line, with its CRLF, as the specification counts it.
    private static let lineBytesMax = 107

    static func parseLine(_ bytes: Span<UInt8>) throws(Problem) -> Progress {
        var end = 0
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
        guard end < bytes.count else {
            // A byte at a time: what may follow the line is not ours.
            guard bytes.count < lineBytesMax else { throw .malformedLine }
            return .needMore(atMost: 1)
        }
        guard end == bytes.count - 1, end < lineBytesMax, bytes[end - 1] == UInt8(ascii: "\r") else {
            throw .malformedLine
        }
        var text = ""
        for index in 0..<(end - 1) {
            guard bytes[index] >= 0x20, bytes[index] < 0x7F else { throw .malformedLine }
            text.unicodeScalars.append(Unicode.Scalar(bytes[index]))
        }
        return .complete(try header(text))
    }

    private static func header(_ line: String) throws(Problem) -> ProxyHeader {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        // What follows UNKNOWN is to be ignored.
        if parts.count >= 2, parts[1] == "UNKNOWN" { return .local }
        guard parts.count == 6, parts[1] == "TCP4" || parts[1] == "TCP6",
            let source = address(parts[2], parts[4], isIPv6: parts[1] == "TCP6"),
            let destination = address(parts[3], parts[5], isIPv6: parts[1] == "TCP6")
        else { throw .malformedLine }
        return .client(source, destination: destination)
    }

    private static func address(_ host: Substring, _ port: Substring, isIPv6: Bool) -> SocketAddress? {
        let digits = port.utf8
        guard (1...5).contains(digits.count), digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            digits.count == 1 || digits.first != 0x30, let number = UInt16(port), host.contains(":") == isIPv6
        else { return nil }
        return SocketAddress(host: String(host), port: number)
    }
}
