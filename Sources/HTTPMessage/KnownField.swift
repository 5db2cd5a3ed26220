/// The fields that the gateway itself looks at, recognised once by the parser.
///
/// Public, so that comparing two is inlined into other modules.
public enum KnownField: UInt8, Sendable, CaseIterable {
    case other
    case host, connection, contentLength, transferEncoding, te, trailer, upgrade, keepAlive, proxyConnection
    case proxyAuthorization, proxyAuthenticate, expect, http2Settings
    case cookie, setCookie, authorization, accept, acceptEncoding, contentType, userAgent, origin, referer
    case forwarded, xForwardedFor, xForwardedProto, xForwardedHost, xRequestID, traceparent
    case secFetchMode, secFetchSite, secFetchDest
    case server, date, location, strictTransportSecurity

    /// The name in lower case.
    package var name: StaticString {
        switch self {
        case .other: ""
        case .host: "host"
        case .connection: "connection"
        case .contentLength: "content-length"
        case .transferEncoding: "transfer-encoding"
        case .te: "te"
        case .trailer: "trailer"
        case .upgrade: "upgrade"
        case .keepAlive: "keep-alive"
        case .proxyConnection: "proxy-connection"
        case .proxyAuthorization: "proxy-authorization"
        case .proxyAuthenticate: "proxy-authenticate"
        case .expect: "expect"
        case .http2Settings: "http2-settings"
        case .cookie: "cookie"
        case .setCookie: "set-cookie"
        case .authorization: "authorization"
        case .accept: "accept"
        case .acceptEncoding: "accept-encoding"
        case .contentType: "content-type"
        case .userAgent: "user-agent"
        case .origin: "origin"
        case .referer: "referer"
        case .forwarded: "forwarded"
        case .xForwardedFor: "x-forwarded-for"
        case .xForwardedProto: "x-forwarded-proto"
        case .xForwardedHost: "x-forwarded-host"
        case .xRequestID: "x-request-id"
        case .traceparent: "traceparent"
        case .secFetchMode: "sec-fetch-mode"
        case .secFetchSite: "sec-fetch-site"
        case .secFetchDest: "sec-fetch-dest"
        case .server: "server"
        case .date: "date"
        case .location: "location"
        case .strictTransportSecurity: "strict-transport-security"
        }
    }

    /// Spelled out, since the standard library's comparison of raw values is generic, and is not specialised here.
    @inlinable public static func == (left: KnownField, right: KnownField) -> Bool { left.rawValue == right.rawValue }

    /// Recognises a name, without regard to case: by its length and first letter, then by comparing with the one or two
    /// that are left.
    package init(_ name: Span<UInt8>) {
        guard name.count > 0 else {
            self = .other
            return
        }
        let candidates: (KnownField, KnownField)
        switch (name.count, name[0].lowercasedASCII) {
        case (2, UInt8(ascii: "t")): candidates = (.te, .other)
        case (4, UInt8(ascii: "h")): candidates = (.host, .other)
        case (4, UInt8(ascii: "d")): candidates = (.date, .other)
        case (6, UInt8(ascii: "c")): candidates = (.cookie, .other)
        case (6, UInt8(ascii: "a")): candidates = (.accept, .other)
        case (6, UInt8(ascii: "e")): candidates = (.expect, .other)
        case (6, UInt8(ascii: "o")): candidates = (.origin, .other)
        case (6, UInt8(ascii: "s")): candidates = (.server, .other)
        case (7, UInt8(ascii: "u")): candidates = (.upgrade, .other)
        case (7, UInt8(ascii: "t")): candidates = (.trailer, .other)
        case (7, UInt8(ascii: "r")): candidates = (.referer, .other)
        case (8, UInt8(ascii: "l")): candidates = (.location, .other)
        case (9, UInt8(ascii: "f")): candidates = (.forwarded, .other)
        case (10, UInt8(ascii: "c")): candidates = (.connection, .other)
        case (10, UInt8(ascii: "k")): candidates = (.keepAlive, .other)
        case (10, UInt8(ascii: "u")): candidates = (.userAgent, .other)
        case (10, UInt8(ascii: "s")): candidates = (.setCookie, .other)
        case (11, UInt8(ascii: "t")): candidates = (.traceparent, .other)
        case (12, UInt8(ascii: "c")): candidates = (.contentType, .other)
        case (12, UInt8(ascii: "x")): candidates = (.xRequestID, .other)
        case (13, UInt8(ascii: "a")): candidates = (.authorization, .other)
        case (14, UInt8(ascii: "c")): candidates = (.contentLength, .other)
        case (14, UInt8(ascii: "s")):
            candidates = (name[10].lowercasedASCII == UInt8(ascii: "d") ? .secFetchDest : .secFetchMode, .secFetchSite)
        case (14, UInt8(ascii: "h")): candidates = (.http2Settings, .other)
        case (15, UInt8(ascii: "a")): candidates = (.acceptEncoding, .other)
        case (15, UInt8(ascii: "x")): candidates = (.xForwardedFor, .other)
        case (16, UInt8(ascii: "p")): candidates = (.proxyConnection, .other)
        case (16, UInt8(ascii: "x")): candidates = (.xForwardedHost, .other)
        case (17, UInt8(ascii: "t")): candidates = (.transferEncoding, .other)
        case (17, UInt8(ascii: "x")): candidates = (.xForwardedProto, .other)
        case (18, UInt8(ascii: "p")): candidates = (.proxyAuthenticate, .other)
        case (19, UInt8(ascii: "p")): candidates = (.proxyAuthorization, .other)
        case (25, UInt8(ascii: "s")): candidates = (.strictTransportSecurity, .other)
        default:
            self = .other
            return
        }
        if name.isEqualIgnoringCase(to: candidates.0.name) {
            self = candidates.0
        } else if candidates.1 != .other, name.isEqualIgnoringCase(to: candidates.1.name) {
            self = candidates.1
        } else {
            self = .other
        }
    }
}
