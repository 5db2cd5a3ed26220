package import EventLoop

/// What a proxy says in front of a connection that it passes on (the PROXY protocol of HAProxy, versions 1 and 2).
package enum ProxyHeader: Hashable, Sendable {
    /// The connection is that of `client`, who asked for `destination`.
    case client(SocketAddress, destination: SocketAddress)
    /// The proxy speaks for itself, as in a health check, or cannot say for whom: who connected is who asks.
    case local

    /// How far a header has come.
    package enum Progress: Hashable, Sendable {
        /// So many bytes more may be read without taking any of what follows the header.
        case needMore(atMost: Int)
        /// The header is complete, with all bytes that there are.
        case complete(ProxyHeader)
    }

    /// Why there is no header. Nothing that comes after it can be believed: close.
    package enum Problem: Error, Hashable, Sendable {
        /// The first bytes are those of neither version.
        case notAHeader
        /// A line of version 1 that is longer than its 107 bytes, or not exactly as the specification has it.
        case malformedLine
        /// A version or command of version 2 that there is not.
        case unknownCommand
        /// Addresses of datagrams, or of a family that there is not.
        case unknownFamily
        /// The header of version 2 is too short for its addresses, or its extensions don't fill it.
        case malformedBlock
        /// Longer than what is taken here.
        case tooLong
    }

    /// The longest header that is taken: addresses and a few hundred bytes of extensions are usual.
    package static let bytesMax = 4096

    /// Reads the header that `bytes` begin with: all that came so far. Does no I/O and keeps nothing between calls.
    ///
    /// Whoever reads for it takes at most as many bytes as it asks for, since the first byte behind the header belongs
    /// to TLS or HTTP.
    package static func parse(_ bytes: Span<UInt8>) throws(Problem) -> Progress {
        // The shortest of all is `PROXY UNKNOWN` with its CRLF: these twelve can be read of either version.
        guard bytes.count >= 12 else {
            guard isPrefix(bytes, of: signature) || isPrefix(bytes, of: word) else { throw .notAHeader }
            return .needMore(atMost: 12 - bytes.count)
        }
        if isPrefix(signature.span, of: bytes) { return try parseBlock(bytes) }
        guard isPrefix(word.span, of: bytes) else { throw .notAHeader }
        return try parseLine(bytes)
    }

    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]
    private static let word = Array("PROXY ".utf8)

    private static func isPrefix(_ some: Span<UInt8>, of all: [UInt8]) -> Bool { isPrefix(some, of: all.span) }

    /// Whether both begin alike, as far as both go.
    private static func isPrefix(_ some: Span<UInt8>, of all: Span<UInt8>) -> Bool {
        for index in 0..<min(some.count, all.count) where some[index] != all[index] { return false }
        return true
    }
}
