import EventLoop

/// The peers whose `X-Forwarded-*` fields are believed: ranges of addresses in CIDR notation (RFC 4632, RFC 4291).
struct TrustedProxies: Sendable {
    private struct Range {
        let address: [UInt8]
        let bits: Int
    }

    private let ranges: [Range]

    /// Reads the ranges; what is not a range matches nobody, since the configuration has refused it already.
    init(_ texts: [String]) {
        ranges = texts.compactMap { text in
            let parts = text.split(separator: "/", maxSplits: 1)
            guard let host = parts.first, let address = SocketAddress(host: String(host), port: 0)?.ipBytes,
                !address.isEmpty
            else { return nil }
            guard parts.count == 2 else { return Range(address: address, bits: address.count * 8) }
            guard let bits = Int(parts[1]), bits >= 0, bits <= address.count * 8 else { return nil }
            return Range(address: address, bits: bits)
        }
    }

    /// Whether nobody is trusted.
    var isEmpty: Bool { ranges.isEmpty }

    func contains(_ address: SocketAddress) -> Bool {
        if ranges.isEmpty { return false }
        let bytes = address.ipBytes
        return ranges.contains { range in
            guard range.address.count == bytes.count else { return false }
            let whole = range.bits / 8
            guard bytes.prefix(whole) == range.address.prefix(whole) else { return false }
            let rest = range.bits % 8
            return rest == 0 || (bytes[whole] ^ range.address[whole]) >> UInt8(8 - rest) == 0
        }
    }

    /// Whether the address in this text, as a proxy wrote it into `X-Forwarded-For`, is trusted.
    func contains(text: some StringProtocol) -> Bool {
        guard let address = SocketAddress(host: String(text), port: 0) else { return false }
        return contains(address)
    }
}
