/// One worker's counters: plain numbers that it alone touches, so counting takes no lock and no atomic.
///
/// `snapshot()` copies them, on the worker, for whoever renders the page.
package final class WorkerMetrics {
    @safe @exclusivity(unchecked) private var numbers = MetricsSnapshot()

    package init() {}

    /// Counts a finished request.
    ///
    /// - Parameters:
    ///   - route: the route's index; nil where none matched or none was asked.
    ///   - status: 0 when the client went away before an answer.
    package func countRequest(
        route: Int?, status: Int, wireProtocol: WireProtocol, durationMicroseconds: UInt64
    ) {
        numbers.countRequest(MetricsSnapshot.RequestKey(route: route, status: status, wireProtocol: wireProtocol))
        numbers.requestDuration.record(microseconds: durationMicroseconds)
    }

    /// Counts how long an endpoint took to begin its answer.
    package func countUpstream(durationMicroseconds: UInt64) {
        numbers.upstreamDuration.record(microseconds: durationMicroseconds)
    }

    /// Counts a decision.
    ///
    /// - Parameter reason: the index of its name in `MetricNames.reasons`.
    package func countDecision(route: Int?, outcome: DecisionOutcome, reason: Int) {
        numbers.countDecision(MetricsSnapshot.DecisionKey(route: route, outcome: outcome, reason: reason))
    }

    /// Counts what a requirement on trial would have decided.
    ///
    /// - Parameters:
    ///   - enforced: what was decided.
    ///   - reason: the index of the trial's reason in `MetricNames.reasons`.
    package func countShadow(route: Int?, enforced: DecisionOutcome, outcome: DecisionOutcome, reason: Int) {
        numbers.countShadow(
            MetricsSnapshot.ShadowKey(route: route, enforced: enforced, outcome: outcome, reason: reason))
    }

    package func connectionOpened(_ wireProtocol: WireProtocol) {
        numbers.connections[Int(wireProtocol.rawValue)] += 1
    }

    package func connectionClosed(_ wireProtocol: WireProtocol) {
        numbers.connections[Int(wireProtocol.rawValue)] -= 1
    }

    package func countSessionCacheHit() { numbers.sessionCacheHits &+= 1 }

    package func countSessionCacheMiss() { numbers.sessionCacheMisses &+= 1 }

    /// How many sessions the worker's cache holds now.
    package var sessionCacheEntries: Int {
        get { numbers.sessionCacheEntries }
        set { numbers.sessionCacheEntries = newValue }
    }

    /// Keeps the counters through a reload that numbers the routes anew.
    ///
    /// - Parameter newIndex: the new index of each old one; nil for a route that is gone, with its counters.
    package func renumberRoutes(_ newIndex: (Int) -> Int?) { numbers.renumberRoutes(newIndex) }

    package func snapshot() -> MetricsSnapshot { numbers }
}
