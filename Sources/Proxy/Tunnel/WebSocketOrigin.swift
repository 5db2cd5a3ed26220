import HTTPMessage
import Policy

/// Whether a page may open a WebSocket. A browser sends cookies along with it from any site, and no other rule stops it:
/// so the site is looked at here (cross-site WebSocket hijacking; OWASP ASVS 4.4.2).
enum WebSocketOrigin {
    /// Whether the Origin is that of the host asked for, or among `allowed`. Programs send none, and may.
    ///
    /// A page that came without TLS may not reach a host with it: whoever can change the page on its way would. Where
    /// the listener itself has no TLS, a proxy before it may, so either scheme will do.
    static func isAllowed(
        _ fields: FieldBlock, host: Span<UInt8>, _ allowed: RouteOrigins, isEncrypted: Bool
    ) -> Bool {
        guard let index = fields.first(.origin) else { return true }
        // Two that agree are one too many: nobody knows which the application reads.
        guard fields.count(of: .origin) == 1 else { return false }
        let origin = fields.value(index)
        if isSame(origin, scheme: "https://", host: host, defaultPort: ":443") { return true }
        if !isEncrypted, isSame(origin, scheme: "http://", host: host, defaultPort: ":80") { return true }
        switch allowed {
        case .own: return false
        case .any: return true
        case .also(let origins):
            for other in origins where origin.isEqualIgnoringCase(to: other.span) { return true }
            return false
        }
    }

    /// Whether `origin` is the scheme with the host; browsers leave the scheme's own port out.
    private static func isSame(
        _ origin: Span<UInt8>, scheme: StaticString, host: Span<UInt8>, defaultPort: StaticString
    ) -> Bool {
        let length = scheme.utf8CodeUnitCount
        guard origin.count > length, origin.extracting(..<length).isEqualIgnoringCase(to: scheme) else { return false }
        var bare = host
        let portLength = defaultPort.utf8CodeUnitCount
        if host.count > portLength, host.extracting((host.count - portLength)...).isEqual(to: defaultPort) {
            bare = host.extracting(..<(host.count - portLength))
        }
        return origin.extracting(length...).isEqualIgnoringCase(to: bare)
    }
}
