import EventLoop
import Glibc

/// Turns the endpoints of a configuration into addresses.
///
/// Names are asked of the system's resolver, which may take its time: never on a worker's loop.
struct EndpointResolution: Sendable {
    /// The IP addresses of a name, in text form; none when it is not known. Blocks. Tests have their own.
    let addressesOfName: @Sendable (String) -> [String]

    static let system = EndpointResolution { lookUp($0) }

    /// How many addresses of one name are used.
    static let addressesMax = 64

    /// The parts of an endpoint's URL: `http://127.0.0.1:9001`, `https://app.internal`, `unix:/run/app.sock`.
    struct Parts: Equatable {
        let isSecure: Bool
        /// Whether HTTP/2 is spoken there.
        let speaksHTTP2: Bool
        let host: String
        let port: UInt16
        let unixPath: String?

        /// Whether it is a name, whose addresses may change.
        var isName: Bool { unixPath == nil && SocketAddress(host: host, port: port) == nil }

        /// What a request for the endpoint itself has as its `Host`.
        var authority: String {
            let host = host.contains(":") ? "[\(host)]" : host
            return unixPath != nil || port == (isSecure ? 443 : 80) ? host : "\(host):\(port)"
        }
    }

    private static let schemes = [
        (text: "http://", isSecure: false, speaksHTTP2: false), (text: "https://", isSecure: true, speaksHTTP2: false),
        (text: "h2c://", isSecure: false, speaksHTTP2: true), (text: "h2://", isSecure: true, speaksHTTP2: true),
    ]

    static func parts(of url: String) -> Parts? {
        var rest = url[...]
        let scheme = schemes.first { rest.hasPrefix($0.text) }
        if let scheme {
            rest = rest.dropFirst(scheme.text.utf8.count)
        } else if !rest.hasPrefix("unix:") {
            return nil
        }
        let (isSecure, speaksHTTP2) = (scheme?.isSecure ?? false, scheme?.speaksHTTP2 ?? false)
        if rest.hasPrefix("unix:") {
            return Parts(
                isSecure: isSecure, speaksHTTP2: speaksHTTP2, host: "localhost", port: 0,
                unixPath: String(rest.dropFirst(5)))
        }
        while rest.hasSuffix("/") { rest = rest.dropLast() }
        var host = rest
        var port: UInt16 = isSecure ? 443 : 80
        let searched = rest.hasPrefix("[") ? rest.firstIndex(of: "]").map { rest[$0...] } ?? rest : rest
        if let colon = searched.lastIndex(of: ":") {
            guard let number = UInt16(rest[rest.index(after: colon)...]) else { return nil }
            port = number
            host = rest[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return host.isEmpty
            ? nil
            : Parts(isSecure: isSecure, speaksHTTP2: speaksHTTP2, host: String(host), port: port, unixPath: nil)
    }

    /// The addresses of an endpoint, in an order that does not depend on the resolver's mood; none when its name is not
    /// known. Blocks for names.
    func addresses(of parts: Parts) -> [SocketAddress] {
        if let path = parts.unixPath { return SocketAddress("unix:" + path).map { [$0] } ?? [] }
        if let address = SocketAddress(host: parts.host, port: parts.port) { return [address] }
        let texts = Set(addressesOfName(parts.host)).sorted().prefix(Self.addressesMax)
        return texts.compactMap { SocketAddress(host: $0, port: parts.port) }
    }

    private static func lookUp(_ name: String) -> [String] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        // Without it, names of machines without IPv6 would still have IPv6 addresses.
        unsafe hints.ai_flags = Int32(AI_ADDRCONFIG)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, &hints, &list) == 0, let first = unsafe list else { return [] }
        defer { unsafe freeaddrinfo(first) }
        var addresses: [String] = []
        var entry = unsafe list
        while let present = unsafe entry {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let code = unsafe getnameinfo(
                present.pointee.ai_addr, present.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0,
                NI_NUMERICHOST)
            if code == 0 {
                addresses.append(
                    String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
            }
            unsafe entry = present.pointee.ai_next
        }
        return addresses
    }
}
