import Configuration
import Telemetry

/// How an endpoint is, as one worker sees it.
package struct EndpointReport: Sendable {
    package let upstream: String
    /// As in the configuration.
    package let endpoint: String
    package let address: String
    /// Whether it is given requests.
    package let isAvailable: Bool
    let isWell: Bool
    let isEjected: Bool
    let ejections: UInt64
    let failures: UInt64
    let active: Int
    let idle: Int
    let pending: Int

    init(_ endpoint: UpstreamEndpoint, of upstream: String) {
        self.upstream = upstream
        self.endpoint = endpoint.target.label
        address = "\(endpoint.target.address)"
        isAvailable = endpoint.isAvailable
        isWell = endpoint.isWell
        isEjected = endpoint.outliers.ejectedUntil != nil
        ejections = endpoint.outliers.ejections
        failures = endpoint.outliers.failuresInAll
        active = endpoint.active
        idle = endpoint.keptCount
        pending = endpoint.waitingCount
    }
}

/// What the endpoints of the configuration have been through.
struct EndpointSummary {
    /// One line for each endpoint of the configuration. One is healthy if, on every worker, one of its addresses at
    /// least is given requests.
    static func endpoints(of upstreams: [UpstreamSettings], _ workers: [[EndpointReport]]) -> [EndpointMetrics] {
        upstreams.flatMap { upstream in
            upstream.endpoints.map { endpoint in
                let reports = workers.map { reports in
                    reports.filter { $0.upstream == upstream.name && $0.endpoint == endpoint.url }
                }
                var metrics = EndpointMetrics(
                    upstream: upstream.name, endpoint: endpoint.url,
                    isHealthy: reports.allSatisfy { $0.contains(where: \.isAvailable) })
                metrics.checkPasses = reports.allSatisfy { $0.contains(where: \.isWell) }
                metrics.ejectedWorkers = reports.count { $0.contains(where: \.isEjected) }
                for report in reports.joined() {
                    metrics.ejections &+= report.ejections
                    metrics.failures &+= report.failures
                    metrics.active += report.active
                    metrics.idle += report.idle
                    metrics.pending += report.pending
                }
                return metrics
            }
        }
    }

    /// The workers' numbers added up.
    static func upstreams(_ workers: [[UpstreamMetrics]]) -> [UpstreamMetrics] {
        var sums: [UpstreamMetrics] = []
        for metrics in workers.joined() {
            if let index = sums.firstIndex(where: { $0.name == metrics.name }) {
                sums[index].retries &+= metrics.retries
                sums[index].busy &+= metrics.busy
                sums[index].unhealthy &+= metrics.unhealthy
            } else {
                sums.append(metrics)
            }
        }
        return sums
    }
}
