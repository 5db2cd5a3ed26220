import Telemetry

/// What one application's tunnels on one worker carry: plain numbers that each tunnel adds to as its bytes pass, so that
/// one that is open for days is seen while it is.
final class TunnelTally {
    @safe @exclusivity(unchecked) fileprivate(set) var metrics: TunnelMetrics

    fileprivate init(upstream: String) { metrics = TunnelMetrics(upstream: upstream) }

    func opened() { metrics.open += 1 }
    func closed() { metrics.open -= 1 }

    func add(_ bytes: UInt64, _ way: Tunnel.Way) {
        switch way {
        case .toUpstream: metrics.bytesIn &+= bytes
        case .toClient: metrics.bytesOut &+= bytes
        }
    }
}

/// A worker's tallies, by the names of upstreams. They live through reloads, as tunnels do.
final class TunnelTallies {
    private var tallies: [String: TunnelTally] = [:]

    func tally(of upstream: String) -> TunnelTally {
        if let tally = tallies[upstream] { return tally }
        let tally = TunnelTally(upstream: upstream)
        tallies[upstream] = tally
        return tally
    }

    /// Forgets upstreams that the configuration has no more, but for those whose tunnels are still open: there are never
    /// more than have been configured and are in use.
    func keep(_ upstreams: Set<String>) {
        tallies = tallies.filter { upstreams.contains($0.key) || $0.value.metrics.open > 0 }
    }

    /// The numbers of these upstreams, and then of others that still have tunnels, by name.
    func metrics(of upstreams: [String]) -> [TunnelMetrics] {
        let others = Set(tallies.keys).subtracting(upstreams).sorted()
        return (upstreams + others).map { tallies[$0]?.metrics ?? TunnelMetrics(upstream: $0) }
    }
}
