import EventLoop
import TLS

/// One address of an upstream, with the connections that one worker holds to it.
///
/// Kept connections are a stack: the one used last is taken first, so that those that a quieter load doesn't need grow
/// old at the bottom and are closed.
final class UpstreamEndpoint {
    let target: EndpointTarget
    private let loop: EventLoop
    private let limits: UpstreamLimits
    @safe @exclusivity(unchecked) private var kept: [UpstreamConnection] = []
    /// Connections in use, those being made among them.
    @safe @exclusivity(unchecked) private(set) var inUse = 0
    @safe @exclusivity(unchecked) private var waiting: [CheckedContinuation<Void, Never>] = []
    @safe @exclusivity(unchecked) private var isClosed = false

    init(target: EndpointTarget, limits: UpstreamLimits, loop: EventLoop) {
        self.target = target
        self.limits = limits
        self.loop = loop
    }

    var keptCount: Int { kept.count }

    /// A kept connection that looks alive, if there is one.
    func takeKept() -> UpstreamConnection? {
        while let connection = kept.popLast() {
            if connection.isStale {
                connection.close()
                continue
            }
            inUse += 1
            return connection
        }
        return nil
    }

    /// A kept connection or a new one, waiting for a place if all are taken. `fresh` asks for a new one, for the retry
    /// after a kept one failed.
    func acquire(fresh: Bool, connectTimeout: Duration) async throws(UpstreamError) -> UpstreamConnection {
        if !fresh, let connection = takeKept() { return connection }
        let deadline = loop.now + connectTimeout
        while inUse >= limits.connectionsMax {
            guard waiting.count < limits.waitingMax else { throw .busy }
            await withCheckedContinuation { waiter in
                if inUse < limits.connectionsMax { waiter.resume() } else { waiting.append(waiter) }
            }
            guard loop.now < deadline else {
                // The place that woke us goes to the next in line.
                wakeNext()
                throw .busy
            }
            if !fresh, let connection = takeKept() { return connection }
        }
        inUse += 1
        do {
            let transport = try await connect(deadline: deadline)
            return UpstreamConnection(transport: transport, endpoint: self, now: loop.now)
        } catch {
            inUse -= 1
            wakeNext()
            throw error
        }
    }

    private func connect(deadline: MonotonicInstant) async throws(UpstreamError) -> Transport {
        do {
            let socket = try await Socket.connect(to: target.address, loop: loop, deadline: deadline)
            guard let tls = target.tls else { return .plain(socket) }
            let connection = try TLSConnection(socket: socket, context: tls, hostname: target.serverName)
            try await connection.handshake(deadline: deadline)
            return .tls(connection)
        } catch let error as IOError {
            if case .timedOut = error { throw .connectTimedOut }
            throw .unreachable
        } catch {
            throw .unreachable
        }
    }

    /// Takes a connection back after an answer that left it in step.
    func keep(_ connection: UpstreamConnection) {
        inUse -= 1
        if isClosed || kept.count >= limits.keptMax || connection.isStale {
            connection.close()
        } else {
            connection.rest(now: loop.now)
            kept.append(connection)
        }
        wakeNext()
    }

    /// Takes a connection back that must not be used again.
    func discard(_ connection: UpstreamConnection) {
        inUse -= 1
        connection.close()
        wakeNext()
    }

    private func wakeNext() {
        if !waiting.isEmpty { waiting.removeFirst().resume() }
    }

    /// Closes what has lain unused for `limits.keptIdle`, and wakes those who wait so that they look at their deadline.
    func sweep() {
        let now = loop.now
        while let first = kept.first, first.idleSince + limits.keptIdle < now || first.isStale {
            kept.removeFirst().close()
        }
        let waiters = waiting
        waiting.removeAll()
        for waiter in waiters { waiter.resume() }
    }

    /// Closes the kept connections, and those in use as soon as they come back.
    func close() {
        isClosed = true
        for connection in kept { connection.close() }
        kept.removeAll()
    }
}

/// Where an endpoint is: its address resolved, and how to speak to it.
struct EndpointTarget: Sendable {
    let address: SocketAddress
    /// As in the configuration, for logs and metrics: `http://127.0.0.1:9001`.
    let label: String
    /// For `https` endpoints: how to check the other side.
    let tls: ClientContext?
    /// The name that the endpoint's certificate must have.
    let serverName: String
}

/// What one worker may hold of an endpoint.
struct UpstreamLimits: Sendable {
    var connectionsMax = 1024
    var waitingMax = 1024
    var keptMax = 256
    var keptIdle: Duration = .seconds(60)
}
