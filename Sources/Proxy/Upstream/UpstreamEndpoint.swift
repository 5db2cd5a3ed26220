import Configuration
import EventLoop
import TLS

/// One address of an upstream, with the connections that one worker holds to it.
///
/// Kept connections are a stack: the one used last is taken first, so that those that a quieter load doesn't need grow
/// old at the bottom and are closed.
final class UpstreamEndpoint {
    @safe @exclusivity(unchecked) var target: EndpointTarget
    let hash: UInt64
    let means: UpstreamMeans
    let loop: EventLoop
    let limits: UpstreamLimits
    @safe @exclusivity(unchecked) private var kept: [UpstreamConnection] = []
    /// Connections in use, those being made among them.
    @safe @exclusivity(unchecked) private(set) var inUse = 0
    @safe @exclusivity(unchecked) var line = WaitingLine()
    @safe @exclusivity(unchecked) private(set) var isClosed = false

    // MARK: Over HTTP/2

    @safe @exclusivity(unchecked) var sessions: [UpstreamSession] = []
    @safe @exclusivity(unchecked) var isOpeningSession = false
    /// Why the last session could not be opened.
    @safe @exclusivity(unchecked) var sessionFailure: UpstreamError?

    // MARK: How it is

    /// Whether health checks find it well.
    @safe @exclusivity(unchecked) var isWell = true
    @safe @exclusivity(unchecked) var outliers: OutlierDetection
    @safe @exclusivity(unchecked) var warmUp: WarmUp
    @safe @exclusivity(unchecked) var complaints = Complaints()

    init(
        target: EndpointTarget, settings: UpstreamSettings, limits: UpstreamLimits, log: UpstreamLog,
        means: UpstreamMeans
    ) {
        self.target = target
        hash = target.hash
        self.limits = limits
        self.means = means
        loop = means.loop
        outliers = OutlierDetection(settings.ejection)
        warmUp = WarmUp(length: settings.slowStart)
    }

    /// Whether it is given requests.
    var isAvailable: Bool { isWell && outliers.ejectedUntil == nil }
    /// Requests that are here or wait to be.
    var load: Int { active + line.count }
    /// Requests that it works on.
    var active: Int { target.speaksHTTP2 ? sessions.reduce(0) { $0 + $1.taken } : inUse }
    var isFull: Bool {
        guard target.speaksHTTP2 else { return inUse >= limits.connectionsMax }
        return sessions.count >= limits.connectionsMax && !sessions.contains(where: \.hasRoom)
    }
    var keptCount: Int { kept.count + sessions.count { $0.taken == 0 } }
    var waitingCount: Int { line.count }

    // MARK: Lending connections

    /// A kept connection that looks alive, if there is one.
    ///
    /// - Parameter once: whether what is to be sent must not be sent twice. Then the kernel is asked how the connection is,
    ///   since what it has told may be a turn of the loop old.
    func takeKept(once: Bool) -> UpstreamConnection? {
        if target.speaksHTTP2 { return takePlace() }
        guard !isFull, let connection = popKept(once: once) else { return nil }
        inUse += 1
        return connection
    }

    private func popKept(once: Bool) -> UpstreamConnection? {
        while let connection = kept.popLast() {
            if once { connection.transport?.socket.expectInput() }
            if !connection.isStale { return connection }
            connection.close()
        }
        return nil
    }

    /// A kept connection or a new one, waiting for a place if all are taken. `fresh` asks for a new one, for the retry
    /// after a kept one failed; `once` is as `takeKept` has it.
    func acquire(fresh: Bool, once: Bool) async throws(UpstreamError) -> UpstreamConnection {
        if target.speaksHTTP2 { return try await acquirePlace() }
        // Who waits already was here before.
        if isFull || line.count > 0 {
            try await waitForPlace()
        } else {
            inUse += 1
        }
        if !fresh, let connection = popKept(once: once) { return connection }
        // Those that are kept count as well.
        if inUse + kept.count > limits.connectionsMax, !kept.isEmpty { kept.removeFirst().close() }
        do {
            let transport = try await connect(deadline: loop.now + limits.connectTimeout)
            return UpstreamConnection(transport: transport, endpoint: self, now: loop.now)
        } catch {
            leavePlace()
            throw error
        }
    }

    /// Waits until a place is handed over, which then counts as in use.
    private func waitForPlace() async throws(UpstreamError) {
        guard line.count < limits.waitingMax else { throw .busy }
        let ticket = line.enter(on: loop)
        if await ticket.wait(until: loop.now + limits.waitingTimeout) { return }
        if isClosed { throw .unreachable }
        line.leave(ticket)
        throw .busy
    }

    func connect(deadline: MonotonicInstant) async throws(UpstreamError) -> Transport {
        let socket: Socket
        do throws(IOError) {
            socket = try await Socket.connect(to: target.address, loop: loop, deadline: deadline)
        } catch {
            throw error == .timedOut ? .connectTimedOut : .unreachable
        }
        guard let tls = target.tls else { return .plain(socket) }
        do throws(TLSError) {
            let connection = try TLSConnection(socket: socket, context: tls, hostname: target.serverName)
            try await connection.handshake(deadline: deadline)
            return .tls(connection)
        } catch {
            socket.close()
            if case .io(.timedOut) = error { throw .connectTimedOut }
            throw .insecure("\(error)")
        }
    }

    /// Takes a connection back after an answer that left it in step.
    func keep(_ connection: consuming UpstreamConnection) {
        if let stream = connection.stream { return stream.end() }
        if isClosed || kept.count >= limits.keptMax || connection.isStale {
            connection.close()
        } else {
            connection.rest(now: loop.now)
            kept.append(connection)
        }
        leavePlace()
    }

    /// Takes a connection back that must not be used again.
    func discard(_ connection: UpstreamConnection) {
        if let stream = connection.stream { return stream.end() }
        connection.close()
        leavePlace()
    }

    /// Gives a place back, or to the next in line.
    private func leavePlace() {
        if line.count == 0 || !line.grantNext() { inUse -= 1 }
    }

    // MARK: Care

    /// Closes what has lain unused for too long.
    func sweep() {
        sweepSessions()
        let now = loop.now
        let spent = kept.prefix { $0.idleSince + limits.keptIdle < now || $0.isStale }.count
        guard spent > 0 else { return }
        for connection in kept[..<spent] { connection.close() }
        kept.removeFirst(spent)
    }

    func closeKept() {
        for connection in kept { connection.close() }
        kept.removeAll()
        for session in sessions { session.retire() }
    }

    /// Closes the kept connections, and those in use as soon as they come back.
    func close() {
        isClosed = true
        closeKept()
        line.dismiss()
    }
}
