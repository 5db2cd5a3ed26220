import EventLoop
import Glibc

/// Turns the endpoints of a configuration into addresses. Names are asked of the system's resolver, which may take its
/// time: never on a worker's loop.
enum EndpointResolution {
    /// The parts of an endpoint's URL: `http://127.0.0.1:9001`, `https://app.internal`, `http://unix:/run/app.sock`.
    struct Parts: Equatable {
        let isSecure: Bool
        let host: String
        let port: UInt16
        let unixPath: String?
    }

    static func parts(of url: String) -> Parts? {
        var rest = url[...]
        let isSecure: Bool
        if rest.hasPrefix("http://") {
            (rest, isSecure) = (rest.dropFirst(7), false)
        } else if rest.hasPrefix("https://") {
            (rest, isSecure) = (rest.dropFirst(8), true)
        } else {
            return nil
        }
        if rest.hasPrefix("unix:") {
            return Parts(isSecure: isSecure, host: "localhost", port: 0, unixPath: String(rest.dropFirst(5)))
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
        return host.isEmpty ? nil : Parts(isSecure: isSecure, host: String(host), port: port, unixPath: nil)
    }

    /// The address of an endpoint; nil when its name is not known. Blocks.
    static func address(of parts: Parts) -> SocketAddress? {
        if let path = parts.unixPath { return SocketAddress("unix:" + path) }
        if let address = SocketAddress(host: parts.host, port: parts.port) { return address }
        return lookUp(parts.host).flatMap { SocketAddress(host: $0, port: parts.port) }
    }

    /// The first address of a name, in text form.
    private static func lookUp(_ name: String) -> String? {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, &hints, &list) == 0, let first = unsafe list else { return nil }
        defer { unsafe freeaddrinfo(first) }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = unsafe getnameinfo(
            first.pointee.ai_addr, first.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard code == 0 else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
