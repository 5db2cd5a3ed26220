import Glibc

/// The network that a request comes from, as attempts are counted and places are known by: an IPv4 address, or the /64
/// of an IPv6 one, in which a single subscriber has as many addresses as they like (RFC 6177, section 2).
package struct ClientNetwork: Sendable, Hashable {
    /// The bytes that all addresses of the network have in common: 4 or 8.
    package let bytes: [UInt8]

    /// Takes a textual address, with or without a zone; anything else is nil. An IPv4 address in IPv6 form
    /// (`::ffff:192.0.2.1`) is that IPv4 address.
    package init?(_ text: String) {
        let address = String(text.prefix { $0 != "%" })
        guard !address.utf8.contains(0) else { return nil }
        var v4 = in_addr()
        var v6 = in6_addr()
        if unsafe inet_pton(AF_INET, address, &v4) == 1 {
            bytes = unsafe withUnsafeBytes(of: v4) { unsafe Array($0) }
        } else if unsafe inet_pton(AF_INET6, address, &v6) == 1 {
            let all = unsafe withUnsafeBytes(of: v6) { unsafe Array($0) }
            let isMapped = all.prefix(10).allSatisfy { $0 == 0 } && all[10] == 0xff && all[11] == 0xff
            bytes = Array(isMapped ? all[12...] : all[..<8])
        } else {
            return nil
        }
    }

    /// As PostgreSQL's `inet` reads it: `192.0.2.1/32`, `2001:db8:0:0::/64`.
    package var cidr: String {
        if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") + "/32" }
        let groups = stride(from: 0, to: 8, by: 2).map {
            String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
        }
        return groups.joined(separator: ":") + "::/64"
    }
}
