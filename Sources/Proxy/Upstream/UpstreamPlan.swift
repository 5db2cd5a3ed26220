import Configuration
import EventLoop
import TLS

/// An upstream with all that had to be looked up and loaded for it.
struct UpstreamPlan: Sendable {
    let settings: UpstreamSettings
    /// One for each address of each endpoint.
    var targets: [EndpointTarget]
    /// How to check the other side of `https` endpoints; nil when there are none.
    let tls: ClientContext?

    /// Loads certificates and looks names up. Blocks.
    init(_ settings: UpstreamSettings, _ resolution: EndpointResolution) throws(GatewayError) {
        self.settings = settings
        let parts = settings.endpoints.map { EndpointResolution.parts(of: $0.url) }
        do throws(TLSConfigurationError) {
            tls = parts.contains { $0?.isSecure == true } ? try ClientContext(settings.tls) : nil
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
        of url: String, _ settings: UpstreamSettings, _ tls: ClientContext?, _ resolution: EndpointResolution
    ) -> [EndpointTarget]? {
        guard let parts = EndpointResolution.parts(of: url) else { return nil }
        return resolution.addresses(of: parts).map { address in
            EndpointTarget(
                address: address, label: url, tls: parts.isSecure ? tls : nil,
                serverName: settings.tls.serverName ?? parts.host, authority: parts.authority)
        }
    }
}

extension ClientContext {
    /// What the configuration says about the endpoints of an upstream.
    convenience init(_ settings: UpstreamSettings.TLS) throws(TLSConfigurationError) {
        let own: Certificate? =
            if let pair = settings.certificate {
                try Certificate(certificateFile: pair.certificate, keyFile: pair.key)
            } else { nil }
        try self.init(
            trust: settings.authority.map { .file($0) } ?? .system, certificate: own, verifies: settings.verifies)
    }
}
