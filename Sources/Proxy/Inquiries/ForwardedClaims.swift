import HTTP1
import HTTPMessage

/// What a trusted proxy says of the request that it asks about, put together from the fields by which proxies say it.
///
/// A proxy passes on its client's fields too, and may not know all of these as its own to write. So nothing may be said
/// twice, and what is said in two ways must be said alike: then a client who adds `X-Original-URL` to what Traefik says in
/// `X-Forwarded-Uri` is refused, and not believed (CVE-2026-40575, CVE-2025-54576).
struct ForwardedClaims {
    /// Why there is no telling what is asked about.
    enum Problem: Error, Hashable {
        case repeated(String)
        case contradiction(String)
        case malformed(String)
        case missing(String)
    }

    private(set) var method: [UInt8]?
    /// The path with its query, as the client sent it.
    private(set) var target: [UInt8]?
    /// The host, perhaps with a port.
    private(set) var authority: [UInt8]?
    private(set) var scheme: String?
    /// Whether one of nginx' customary fields is there.
    private(set) var isAuthRequest = false

    init() {}

    /// Gathers what the fields say.
    init(_ fields: FieldBlock) throws(Problem) {
        var seen: Set<String> = []
        for index in 0..<fields.count {
            guard let field = Field(fields.name(index)) else { continue }
            guard seen.insert(field.rawValue).inserted else { throw .repeated(field.rawValue) }
            let value = fields.value(index)
            switch field {
            case .originalURL:
                isAuthRequest = true
                try add(url: value)
            case .originalURI:
                isAuthRequest = true
                try add(target: value)
            case .originalMethod:
                isAuthRequest = true
                try add(method: value)
            case .forwardedMethod: try add(method: value)
            case .forwardedURI: try add(target: value)
            case .forwardedHost: try add(authority: value)
            case .forwardedProto: try add(scheme: value)
            }
        }
    }

    private enum Field: String, CaseIterable {
        case originalURL = "x-original-url"
        case originalURI = "x-original-uri"
        case originalMethod = "x-original-method"
        case forwardedMethod = "x-forwarded-method"
        case forwardedURI = "x-forwarded-uri"
        case forwardedHost = "x-forwarded-host"
        case forwardedProto = "x-forwarded-proto"

        init?(_ name: Span<UInt8>) {
            guard let field = Field.allCases.first(where: { name.isEqualIgnoringCase(to: $0.rawValue.utf8.span) })
            else { return nil }
            self = field
        }
    }

    // MARK: One after the other

    mutating func add(method value: Span<UInt8>) throws(Problem) {
        guard !value.isEmpty, value.count <= 32 else { throw .malformed("method") }
        for index in value.indices where !ByteClass.isToken(value[index]) { throw .malformed("method") }
        if let method, !value.isEqual(to: method.span) { throw .contradiction("method") }
        method = [UInt8](value)
    }

    /// Takes a path with its query. A whole URL is none, and neither is `*`.
    mutating func add(target value: Span<UInt8>) throws(Problem) {
        guard !value.isEmpty, value[0] == UInt8(ascii: "/") else { throw .malformed("path") }
        for index in value.indices where !ByteClass.isTarget(value[index]) { throw .malformed("path") }
        if let target, !value.isEqual(to: target.span) { throw .contradiction("path") }
        target = [UInt8](value)
    }

    /// Takes a host. Ports may differ: proxies leave them out, or say their own.
    mutating func add(authority value: Span<UInt8>) throws(Problem) {
        guard let count = Authority.hostCount(value) else { throw .malformed("host") }
        guard let authority else {
            authority = [UInt8](value)
            return
        }
        let known = authority.span
        let host = known.extracting(..<(Authority.hostCount(known) ?? 0))
        guard value.extracting(..<count).isEqualIgnoringCase(to: host) else { throw .contradiction("host") }
    }

    /// Takes the scheme, which nothing is decided on. Proxies that terminate WebSockets say `ws` and `wss`.
    private mutating func add(scheme value: Span<UInt8>) throws(Problem) {
        switch value.decoded.lowercased() {
        case "https", "wss": scheme = scheme ?? "https"
        case "http", "ws": scheme = scheme ?? "http"
        default: throw .malformed("scheme")
        }
    }

    /// Takes a whole URL apart: no user information, no fragment.
    private mutating func add(url value: Span<UInt8>) throws(Problem) {
        let start: Int
        if value.count > 8, value.extracting(..<8).isEqualIgnoringCase(to: "https://") {
            start = 8
            scheme = "https"
        } else if value.count > 7, value.extracting(..<7).isEqualIgnoringCase(to: "http://") {
            start = 7
            scheme = "http"
        } else {
            throw .malformed("URL")
        }
        var end = start
        while end < value.count, value[end] != UInt8(ascii: "/"), value[end] != UInt8(ascii: "?") { end += 1 }
        // Every server sends at least a slash; what has none was put together wrongly.
        guard end < value.count, value[end] == UInt8(ascii: "/") else { throw .malformed("URL") }
        // The URL's port is the one to come back to.
        let former = authority
        authority = nil
        try add(authority: value.extracting(start..<end))
        if let former { try add(authority: former.span) }
        try add(target: value.extracting(end...))
    }

    // MARK: All together

    /// The head of the request that all of this is about.
    func head(limits: HeadLimits) throws(Problem) -> RequestHead {
        guard let method else { throw .missing("method") }
        guard let authority else { throw .missing("host") }
        guard let target else { throw .missing("path") }
        // Read by the parser of real requests, so that nothing passes here that would not pass there.
        let text = method + Array(" ".utf8) + target + Array(" HTTP/1.1\r\nHost: ".utf8) + authority
        let bytes = text + Array("\r\n\r\n".utf8)
        let head = RequestHead()
        var parser = RequestParser(limits: limits)
        guard let progress = try? parser.parse(bytes.span, into: head),
            progress == .complete(consumed: bytes.count), head.form == .origin
        else { throw .malformed("request") }
        return head
    }
}

extension ForwardedClaims.Problem {
    /// A sentence for people: mostly for those who configure a proxy.
    var detail: String {
        switch self {
        case .repeated(let field): "It says \(field) more than once."
        case .contradiction(let part): "It names more than one \(part) for the request that it asks about."
        case .malformed(let part): "What it names is no \(part)."
        case .missing(let part): "It does not name the \(part) of the request that it asks about."
        }
    }
}
