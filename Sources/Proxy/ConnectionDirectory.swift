import EventLoop
import Telemetry

/// The connections and listeners of one worker, and how many there may be.
final class ConnectionDirectory {
    private var connections: [UInt64: DownstreamConnection] = [:]
    private(set) var listeners: [BoundListener] = []
    private var last: UInt64 = 0
    let budget: ConnectionBudget

    init(budget: ConnectionBudget) { self.budget = budget }

    var count: Int { connections.count }

    func add(_ make: (UInt64) -> DownstreamConnection) -> UInt64 {
        last &+= 1
        connections[last] = make(last)
        budget.opened()
        return last
    }

    func connection(_ number: UInt64) -> DownstreamConnection? { connections[number] }

    func remove(_ number: UInt64) {
        guard let connection = connections.removeValue(forKey: number) else { return }
        budget.closed()
        connection.client.leave(budget)
    }

    func add(_ listener: BoundListener) { listeners.append(listener) }

    func listener(_ number: Int) -> BoundListener? {
        listeners.indices.contains(number) ? listeners[number] : nil
    }

    /// Changes what the listeners are for. `services` has one for every listener of the configuration.
    func apply(_ services: [ListenerService]) {
        for bound in listeners where services.indices.contains(bound.index) { bound.service = services[bound.index] }
    }

    func stopListening() {
        for bound in listeners { bound.listener.stop() }
    }

    /// Makes room when there is little left, for a hundredth of all at a time: looking for those to close costs as much
    /// for one as for many.
    func makeRoom() {
        if budget.pressure != .none { shed(count: budget.connectionsMax / 100 + 1) }
    }

    /// Closes up to `count` of the connections that have waited longest for a request.
    func shed(count: Int) {
        var idle: [(since: MonotonicInstant, connection: DownstreamConnection)] = []
        for connection in connections.values {
            if case .idle(let since) = connection.activity { idle.append((since, connection)) }
        }
        if count < idle.count { idle.sort { $0.since < $1.since } }
        for (_, connection) in idle.prefix(count) { connection.drain() }
    }

    /// Closes the connections that have waited for a request for `time` or longer.
    func drain(idleFor time: Duration, now: MonotonicInstant) {
        for connection in connections.values {
            if connection.wireProtocol == .http2 {
                // Tells the client first, and takes what is on its way.
                connection.drain()
            } else if case .idle(let since) = connection.activity, since + time <= now {
                connection.drain()
            }
        }
    }
    func cancelAll() { for connection in connections.values { connection.cancel() } }
}

/// A listener, and what it is for.
final class BoundListener {
    var listener: Listener
    /// The listener's place in the configuration.
    let index: Int
    var service: ListenerService
    /// Whether others listen at its address, too.
    let isShared: Bool
    /// Whether its socket listens no more and there is no other yet.
    var isBroken = false
    /// What was said about that.
    var complaints = Complaints()

    init(listener: Listener, index: Int, service: ListenerService, isShared: Bool) {
        self.listener = listener
        self.isShared = isShared
        self.index = index
        self.service = service
    }
}
