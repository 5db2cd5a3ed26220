import Configuration
import EventLoop
import TLS

/// An upstream with all that had to be looked up and loaded for it.
struct UpstreamPlan: Sendable {
    let settings: UpstreamSettings
    /// One for each address of each endpoint.
    var targets: [EndpointTarget]
    let tls: UpstreamTLS

    /// Loads certificates and looks names up. Blocks.
    init(_ settings: UpstreamSettings, _ resolution: EndpointResolution) throws(GatewayError) {
        self.settings = settings
        let parts = settings.endpoints.map { EndpointResolution.parts(of: $0.url) }
        do throws(TLSConfigurationError) {
            let secure = parts.compactMap { $0 }.filter(\.isSecure)
            tls = UpstreamTLS(
                http1: secure.contains { !$0.speaksHTTP2 } ? try ClientContext(settings.tls, ["http/1.1"]) : nil,
                http2: secure.contains(where: \.speaksHTTP2) ? try ClientContext(settings.tls, ["h2"]) : nil)
        } catch {
            throw .certificate(error)
        }
        targets = []
        for endpoint in settings.endpoints {
            guard let found = Self.targets(of: endpoint.url, settings, tls, resolution), !found.isEmpty else {
                throw .unknownEndpoint(upstream: settings.name, endpoint: endpoint.url)
            }
            targets += found
        }
    }

    /// The targets that the addresses of an endpoint make; nil when it is none. Blocks for names.
    static func targets(
        of url: String, _ settings: UpstreamSettings, _ tls: UpstreamTLS, _ resolution: EndpointResolution
    ) -> [EndpointTarget]? {
        guard let parts = EndpointResolution.parts(of: url) else { return nil }
        let context = parts.speaksHTTP2 ? tls.http2 : tls.http1
        return resolution.addresses(of: parts).map { address in
            EndpointTarget(
                address: address, label: url, tls: parts.isSecure ? context : nil,
                serverName: settings.tls.serverName ?? parts.host, authority: parts.authority,
                speaksHTTP2: parts.speaksHTTP2)
        }
    }
}

/// How to check the other side of endpoints behind TLS, by what is spoken there; nil where there are none.
struct UpstreamTLS: Sendable {
    let http1: ClientContext?
    let http2: ClientContext?
}

extension ClientContext {
    /// What the configuration says about the endpoints of an upstream.
    fileprivate convenience init(
        _ settings: UpstreamSettings.TLS, _ protocols: [String]
    ) throws(TLSConfigurationError) {
        let own: Certificate? =
            if let pair = settings.certificate {
                try Certificate(certificateFile: pair.certificate, keyFile: pair.key)
            } else { nil }
        try self.init(
            trust: settings.authority.map { .file($0) } ?? .system, protocols: protocols, certificate: own,
            verifies: settings.verifies)
    }
}
