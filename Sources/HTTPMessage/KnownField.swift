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

    /// Recognises a name, without regard to case: by its length and first letter, then by comparing with the one field that
    /// is left.
    package init(_ name: Span<UInt8>) {
        let candidate = name.isEmpty ? .other : KnownField.candidate(for: name)
        self = name.isEqualIgnoringCase(to: candidate.name) ? candidate : .other
    }

    /// The only field that such a name may be.
    private static func candidate(for name: Span<UInt8>) -> KnownField {
        switch name.count << 8 | Int(name[0] | 0x20) {
        case key(2, "t"): .te
        case key(4, "h"): .host
        case key(4, "d"): .date
        case key(6, "c"): .cookie
        case key(6, "a"): .accept
        case key(6, "e"): .expect
        case key(6, "o"): .origin
        case key(6, "s"): .server
        case key(7, "u"): .upgrade
        case key(7, "t"): .trailer
        case key(7, "r"): .referer
        case key(8, "l"): .location
        case key(9, "f"): .forwarded
        case key(10, "c"): .connection
        case key(10, "k"): .keepAlive
        case key(10, "u"): .userAgent
        case key(10, "s"): .setCookie
        case key(11, "t"): .traceparent
        case key(12, "c"): .contentType
        case key(12, "x"): .xRequestID
        case key(13, "a"): .authorization
        case key(14, "c"): .contentLength
        case key(14, "s"):
            switch name[10] | 0x20 {
            case UInt8(ascii: "d"): .secFetchDest
            case UInt8(ascii: "m"): .secFetchMode
            default: .secFetchSite
            }
        case key(14, "h"): .http2Settings
        case key(15, "a"): .acceptEncoding
        case key(15, "x"): .xForwardedFor
        case key(16, "p"): .proxyConnection
        case key(16, "x"): .xForwardedHost
        case key(17, "t"): .transferEncoding
        case key(17, "x"): .xForwardedProto
        case key(18, "p"): .proxyAuthenticate
        case key(19, "p"): .proxyAuthorization
        case key(25, "s"): .strictTransportSecurity
        default: .other
        }
    }

    private static func key(_ count: Int, _ first: Unicode.Scalar) -> Int { count << 8 | Int(UInt8(ascii: first)) }
}
