/// How one endpoint of an application is, as all workers together see it.
package struct EndpointMetrics: Sendable {
    package var upstream: String
    /// As in the configuration.
    package var endpoint: String
    /// Whether every worker gives it requests.
    package var isHealthy: Bool
    /// Whether its health check passes; true where there is none.
    package var checkPasses = true
    /// How many workers pass it over for what requests met with there.
    package var ejectedWorkers = 0
    package var ejections: UInt64 = 0
    package var failures: UInt64 = 0
    /// Connections in use, and those that are kept for later.
    package var active = 0
    package var idle = 0
    /// Requests that wait for a connection.
    package var pending = 0

    package init(upstream: String, endpoint: String, isHealthy: Bool) {
        self.upstream = upstream
        self.endpoint = endpoint
        self.isHealthy = isHealthy
    }
}

/// What became of requests for an application, beside what its endpoints tell.
package struct UpstreamMetrics: Sendable {
    package var name: String
    /// Requests that were sent once more.
    package var retries: UInt64
    /// Requests that were refused since too many waited, or waited for too long.
    package var busy: UInt64
    /// Requests that were refused since no endpoint was well.
    package var unhealthy: UInt64

    package init(name: String, retries: UInt64 = 0, busy: UInt64 = 0, unhealthy: UInt64 = 0) {
        self.name = name
        self.retries = retries
        self.busy = busy
        self.unhealthy = unhealthy
    }
}

extension PrometheusText {
    mutating func endpoints(_ endpoints: [EndpointMetrics]) {
        func labels(_ endpoint: EndpointMetrics) -> [(name: String, value: String)] {
            [(name: "upstream", value: endpoint.upstream), (name: "endpoint", value: endpoint.endpoint)]
        }
        begin("gatehouse_upstream_healthy", .gauge, help: "Whether an endpoint is given requests by every worker.")
        for endpoint in endpoints {
            sample("gatehouse_upstream_healthy", labels(endpoint), endpoint.isHealthy ? 1 : 0)
        }
        begin("gatehouse_upstream_check_passing", .gauge, help: "Whether an endpoint's health check passes.")
        for endpoint in endpoints {
            sample("gatehouse_upstream_check_passing", labels(endpoint), endpoint.checkPasses ? 1 : 0)
        }
        begin(
            "gatehouse_upstream_ejected", .gauge,
            help: "Workers that pass an endpoint over because requests failed there.")
        for endpoint in endpoints { sample("gatehouse_upstream_ejected", labels(endpoint), endpoint.ejectedWorkers) }
        begin("gatehouse_upstream_ejections_total", .counter, help: "Times that a worker began to pass one over.")
        for endpoint in endpoints {
            sample("gatehouse_upstream_ejections_total", labels(endpoint), endpoint.ejections)
        }
        begin(
            "gatehouse_upstream_failures_total", .counter,
            help: "Connections and answers that failed, those with 502, 503 and 504 among them.")
        for endpoint in endpoints { sample("gatehouse_upstream_failures_total", labels(endpoint), endpoint.failures) }
        begin("gatehouse_upstream_connections", .gauge, help: "Connections to an endpoint, in use and kept for later.")
        for endpoint in endpoints {
            sample("gatehouse_upstream_connections", labels(endpoint) + [("state", "active")], endpoint.active)
            sample("gatehouse_upstream_connections", labels(endpoint) + [("state", "idle")], endpoint.idle)
        }
        begin("gatehouse_upstream_pending", .gauge, help: "Requests that wait for a connection to an endpoint.")
        for endpoint in endpoints { sample("gatehouse_upstream_pending", labels(endpoint), endpoint.pending) }
    }

    mutating func upstreams(_ upstreams: [UpstreamMetrics]) {
        begin("gatehouse_upstream_retries_total", .counter, help: "Requests that were sent once more.")
        for upstream in upstreams {
            sample("gatehouse_upstream_retries_total", [("upstream", upstream.name)], upstream.retries)
        }
        begin(
            "gatehouse_upstream_refused_total", .counter,
            help: "Requests refused because an application had too much to do, or no endpoint was well.")
        for upstream in upstreams {
            for (reason, count) in [("busy", upstream.busy), ("unhealthy", upstream.unhealthy)] {
                sample(
                    "gatehouse_upstream_refused_total", [("upstream", upstream.name), ("reason", reason)], count)
            }
        }
    }
}
