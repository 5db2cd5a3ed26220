import Configuration
import HTTPMessage
import TLS

/// What a listener is for, and how its connections begin.
final class ListenerService: Sendable {
    enum Purpose: Sendable {
        /// Requests are decided on and forwarded.
        case gateway
        /// Every request is sent to the same place over TLS.
        case redirect
        /// `/healthz`, `/readyz` and `/metrics`.
        case operations
    }

    let purpose: Purpose
    /// Nil: plain.
    let tls: ServerContext?
    /// The names of each certificate, in the order in which `tls` has them.
    let certificateNames: [[String]]
    /// Whether a trusted proxy says in front of each connection whose it is.
    let expectsProxyHeader: Bool
    /// The line of `Strict-Transport-Security` with its CRLF; empty where browsers are told nothing.
    let strictTransportLine: [UInt8]
    let scheme: String
    let schemeBytes: [UInt8]

    init(
        purpose: Purpose, tls: ServerContext?, certificateNames: [[String]], expectsProxyHeader: Bool = false,
        strictTransport: StrictTransport? = nil
    ) {
        self.purpose = purpose
        self.expectsProxyHeader = expectsProxyHeader
        strictTransportLine = strictTransport.map { Array("Strict-Transport-Security: \($0.value)\r\n".utf8) } ?? []
        self.tls = tls
        self.certificateNames = certificateNames
        scheme = tls == nil ? "http" : "https"
        schemeBytes = Array(scheme.utf8)
    }
}

/// The host name that a TLS client asked for (SNI; RFC 6066, section 3), to be held against the `Host` of its requests.
struct ServerName {
    private let name: String
    private let bytes: [UInt8]
    /// The other host that was last found to be covered: most clients go on asking for the one they began with.
    private var covered: [UInt8] = []

    init(_ name: String) {
        self.name = name
        bytes = Array(name.utf8)
    }

    /// Whether a request for `host` may come over a connection to this name: it is the same, or the certificate that
    /// the client has checked is good for it too. Otherwise the client meant somebody else (421; RFC 9110,
    /// section 15.5.20).
    mutating func covers(host: Span<UInt8>, service: ListenerService) -> Bool {
        if host.isEqualIgnoringCase(to: bytes.span) || host.isEqual(to: covered.span) { return true }
        let wanted = host.decoded.lowercased()
        let certificates = service.certificateNames
        let chosen =
            certificates.firstIndex { $0.contains { $0.lowercased() == name } }
            ?? certificates.firstIndex { Self.covers($0, name) } ?? 0
        guard chosen < certificates.count else { return true }
        // A certificate that was not good for the name asked for proves nothing about other names either.
        guard Self.covers(certificates[chosen], wanted) || !Self.covers(certificates[chosen], name) else {
            return false
        }
        covered = [UInt8](host)
        return true
    }

    private static func covers(_ names: [String], _ host: String) -> Bool {
        names.contains { pattern in
            let pattern = pattern.lowercased()
            if pattern == host { return true }
            guard pattern.hasPrefix("*."), let dot = host.firstIndex(of: "."), dot > host.startIndex else {
                return false
            }
            return host[dot...] == pattern.dropFirst(1)
        }
    }
}
