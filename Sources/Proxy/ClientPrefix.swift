import EventLoop

/// What counts as one client where only addresses are known: an IPv4 address, or a /64 of IPv6, which is the least that
/// anybody is given and holds more addresses than could be counted.
struct ClientPrefix: Hashable, Sendable {
    private let bits: UInt64
    private let isIPv6: Bool

    /// Nil for a Unix socket, at which everybody looks the same.
    init?(_ address: SocketAddress) {
        let bytes = address.ipBytes
        guard !bytes.isEmpty else { return nil }
        isIPv6 = bytes.count == 16
        bits = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
