import Configuration
import EventLoop
import Identity

/// An upstream as one worker sees it: its endpoints, and which takes the next request.
final class UpstreamCluster {
    private let definition: UpstreamSettings
    let balance: UpstreamSettings.Balance
    let connectTimeout: Duration
    let firstByteTimeout: Nanoseconds
    let idleTimeout: Duration
    let endpoints: [UpstreamEndpoint]
    @safe @exclusivity(unchecked) private var next = 0

    init(_ upstream: UpstreamSettings, targets: [EndpointTarget], limits: UpstreamLimits, loop: EventLoop) {
        definition = upstream
        balance = upstream.balance
        connectTimeout = upstream.timeouts.connect
        firstByteTimeout = Nanoseconds(upstream.timeouts.firstByte)
        idleTimeout = upstream.timeouts.idle
        endpoints = targets.map { UpstreamEndpoint(target: $0, limits: limits, loop: loop) }
    }

    /// A connection to the endpoint at `place`, kept or new. One that cannot be reached is passed over for the next,
    /// each once. `fresh` asks for a new connection.
    func connect(from place: Int, fresh: Bool) async throws(UpstreamError) -> UpstreamConnection {
        var failure = UpstreamError.unreachable
        for step in 0..<endpoints.count {
            do throws(UpstreamError) {
                return try await endpoints[(place + step) % endpoints.count]
                    .acquire(fresh: fresh, connectTimeout: connectTimeout)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// The place of the endpoint whose turn it is. There is always at least one: the configuration insists.
    ///
    /// - Parameter user: decides under `hash_user`; nobody takes turns.
    func place(for user: UserID?) -> Int {
        let count = endpoints.count
        if count == 1 { return 0 }
        switch balance {
        case .hashUser:
            if let user {
                let mixed = (user.value.high ^ user.value.low) &* 0x9e37_79b9_7f4a_7c15
                return Int(mixed >> 33) % count
            }
        case .leastRequests:
            next = (next + 1) % count
            var best = next
            for step in 1..<count {
                let candidate = (next + step) % count
                if endpoints[candidate].inUse < endpoints[best].inUse { best = candidate }
            }
            return best
        case .roundRobin:
            break
        }
        next = (next + 1) % count
        return next
    }

    /// Whether this is still what a new snapshot says, so that the connections may be kept.
    func matches(_ upstream: UpstreamSettings, _ targets: [EndpointTarget]) -> Bool {
        definition == upstream && endpoints.map(\.target.address) == targets.map(\.address)
    }

    func sweep() { for endpoint in endpoints { endpoint.sweep() } }
    func close() { for endpoint in endpoints { endpoint.close() } }
}
