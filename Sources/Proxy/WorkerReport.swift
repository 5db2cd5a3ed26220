import Configuration
package import Telemetry

/// What one worker tells about itself, for the metrics and for tests.
package struct WorkerReport: Sendable {
    package var metrics: MetricsSnapshot
    package var connections: Int
    /// Queries that were sent to the session store.
    package var sessionQueries: Int
    package var sessionEntries: Int
    /// Whether the session store answered when it was last asked.
    package var isSessionStoreAnswering: Bool
    /// Requests that were sent a second time, because the kept connection had been closed.
    package var upstreamRetries: UInt64
    /// Connections kept to upstreams, and in use.
    package var upstreamKept: Int
    package var upstreamInUse: Int
    /// Requests that wait for a connection.
    package var upstreamWaiting: Int
    package var endpoints: [EndpointReport]
    package var upstreams: [UpstreamMetrics]
    package var tunnels: [TunnelMetrics]
    /// Requests in progress.
    package var exchangesLent: Int
    /// Tunnels, and answers that are being relayed to people who are signed in.
    package var streams: Int
    /// Buffers in use by tunnels.
    package var tunnelBuffersLent: Int
    /// The most memory, in bytes, that the buffers of one request took.
    package var exchangeCapacityMax: Int
    /// Bytes of requests that are kept to be sent again.
    package var keptRequestBytes: Int
    /// Times that no descriptor or memory was left for a connection.
    package var acceptsExhausted: UInt64
    package var handshakesFailed: UInt64
    /// Connections that were closed at once: too many of one address, no trusted proxy, or no PROXY header.
    package var connectionsRefused: UInt64
    /// HTTP/2 connections that were ended for what the client did there, by the name of the code.
    package var http2Errors: [String: UInt64]
    /// Assertions that were signed. Those that were sent are many more.
    package var assertionsSigned: Int
}

/// Numbers that a worker counts beside those of the metrics page.
struct WorkerTally {
    var upstreamRetries: UInt64 = 0
    var acceptsExhausted: UInt64 = 0
    var handshakesFailed: UInt64 = 0
    var connectionsRefused: UInt64 = 0
    var http2Errors: [String: UInt64] = [:]
}

extension WorkerReport {
    /// What is told of connections that came to a bad end.
    var connectionEnds: ConnectionMetrics {
        var metrics = ConnectionMetrics()
        metrics.handshakesFailed = handshakesFailed
        metrics.refused = connectionsRefused
        metrics.exhausted = acceptsExhausted
        metrics.http2Errors = http2Errors
        return metrics
    }
}

extension WorkerState {
    func report(connections: Int) -> WorkerReport {
        metrics.sessionCacheEntries = sessions.count
        let endpoints = deployment.clusters.flatMap(\.endpoints)
        return WorkerReport(
            metrics: metrics.snapshot(), connections: connections, sessionQueries: sessions.queries,
            sessionEntries: sessions.count, isSessionStoreAnswering: sessions.isStoreAnswering,
            upstreamRetries: tally.upstreamRetries, upstreamKept: endpoints.reduce(0) { $0 + $1.keptCount },
            upstreamInUse: endpoints.reduce(0) { $0 + $1.inUse },
            upstreamWaiting: endpoints.reduce(0) { $0 + $1.waitingCount },
            endpoints: deployment.clusters.flatMap { cluster in
                cluster.endpoints.map { EndpointReport($0, of: cluster.settings.name) }
            }, upstreams: deployment.clusters.map(\.metrics),
            tunnels: tunnels.metrics(of: deployment.clusters.map(\.settings.name)), exchangesLent: exchanges.lent,
            streams: streams.count, tunnelBuffersLent: tunnelBuffers.lent,
            exchangeCapacityMax: exchanges.capacityMax, keptRequestBytes: keptMemory.bytes,
            acceptsExhausted: tally.acceptsExhausted, handshakesFailed: tally.handshakesFailed,
            connectionsRefused: tally.connectionsRefused,
            http2Errors: tally.http2Errors, assertionsSigned: assertions.shelf.signedCount)
    }
}
