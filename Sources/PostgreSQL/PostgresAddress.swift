import Glibc

/// inet and cidr in their binary form: family, prefix length, whether it is a cidr, number of bytes, the bytes
/// (src/backend/utils/adt/network.c, network_send).
enum PostgresAddress {
    /// As the server writes it: without a prefix length that spans the whole address, unless it is a network.
    static func text(_ bytes: Span<UInt8>, isNetwork: Bool) throws(PostgresError) -> String {
        guard bytes.count >= 4, bytes.count == 4 + Int(bytes[3]), bytes[3] == 4 || bytes[3] == 16 else {
            throw .unexpected("an address of an unknown form")
        }
        var address = [UInt8](repeating: 0, count: Int(bytes[3]))
        for index in address.indices { address[index] = bytes[4 + index] }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = address.count == 4 ? AF_INET : AF_INET6
        guard unsafe inet_ntop(family, address, &buffer, socklen_t(buffer.count)) != nil else {
            throw .unexpected("an address of an unknown form")
        }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return isNetwork || Int(bytes[1]) != address.count * 8 ? "\(text)/\(bytes[1])" : text
    }
}
