/// Decides where a person may be sent after signing in: the `rd` of the login page.
///
/// Whoever can make people follow a link to the login page can choose `rd`, so it leads only to hosts that the
/// configuration names, and only in spellings that no browser reads in another way. A route without `match.host`
/// answers on every host, but names none: were every host good here, the login page would be an open redirect, and
/// tickets could be led astray. Such hosts therefore have to be named in a route, or be the one of `public_url`.
package struct ReturnTargets: Sendable {
    private static let bytesMax = 8_192

    private let publicOrigin: WebOrigin
    private let hosts: HostPatterns

    init(publicOrigin: WebOrigin, hostPatterns: [String]) {
        self.publicOrigin = publicOrigin
        hosts = HostPatterns(hostPatterns)
    }

    /// Reads an `rd`; nil for whatever is not surely one of our places.
    ///
    /// It is a path that begins with exactly one slash, or a URL with the scheme of `public_url` in lower case, a host
    /// that a route names, and the port of `public_url` or the scheme's own.
    func target(_ text: String) -> ReturnTarget? {
        guard (1...ReturnTargets.bytesMax).contains(text.utf8.count) else { return nil }
        if text.utf8.first == UInt8(ascii: "/") {
            guard let path = ReturnTargets.path(text) else { return nil }
            return ReturnTarget(origin: nil, path: path)
        }
        let prefix = publicOrigin.scheme + "://"
        guard text.hasPrefix(prefix) else { return nil }
        let rest = text.dropFirst(prefix.count)
        let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        guard let (host, port) = WebOrigin.split(authority: rest[..<authorityEnd]) else { return nil }
        let origin = WebOrigin(scheme: publicOrigin.scheme, host: host, port: port)
        guard origin.port == nil || origin.port == publicOrigin.port, host == publicOrigin.host || hosts.contain(host)
        else { return nil }
        let tail = rest[authorityEnd...]
        guard let path = ReturnTargets.path(tail.hasPrefix("/") ? String(tail) : "/" + tail) else { return nil }
        return ReturnTarget(origin: origin, path: path)
    }

    /// Takes a path with its query for a link on the same host; nil for what could lead elsewhere.
    ///
    /// Control bytes and spaces are refused everywhere, since browsers drop some of them before they look, and a
    /// backslash before the query, since browsers take it for a slash. What merely must not stand in a URL raw is
    /// percent-encoded.
    static func path(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "/"), bytes.count <= bytesMax else { return nil }
        if bytes.count > 1, bytes[1] == UInt8(ascii: "/") || bytes[1] == UInt8(ascii: "\\") { return nil }
        var isInQuery = false
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for byte in bytes {
            switch byte {
            case 0...0x20, 0x7F: return nil
            case UInt8(ascii: "\\") where !isInQuery: return nil
            case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "`"),
                UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "|"), UInt8(ascii: "^"), 0x80...:
                PercentEncoding.append(byte, to: &result)
            default:
                if byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { isInQuery = true }
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// A place to return to that has been checked.
struct ReturnTarget: Sendable, Hashable {
    /// Nil is the host of the request itself.
    let origin: WebOrigin?
    /// Path and query; begins with exactly one slash.
    let path: String

    var url: String { (origin?.text ?? "") + path }
}
