import Configuration
import Telemetry

/// How an endpoint is, as one worker sees it.
package struct EndpointReport: Sendable, Hashable {
    package let upstream: String
    /// As in the configuration.
    package let endpoint: String
    package let address: String
    /// Whether it is given requests.
    package let isAvailable: Bool

    /// The health of every endpoint of the configuration. One is healthy if, on every worker, one of its addresses at
    /// least is given requests.
    static func health(
        of upstreams: [UpstreamSettings], _ workers: [[EndpointReport]]
    ) -> [GatewayMetrics.EndpointHealth] {
        let available = workers.map { reports in
            Set(reports.filter(\.isAvailable).map { [$0.upstream, $0.endpoint] })
        }
        return upstreams.flatMap { upstream in
            upstream.endpoints.map { endpoint in
                GatewayMetrics.EndpointHealth(
                    upstream: upstream.name, endpoint: endpoint.url,
                    isHealthy: available.allSatisfy { $0.contains([upstream.name, endpoint.url]) })
            }
        }
    }
}
