import EventLoop
import TLS

/// The HTTP/2 connections of an endpoint: each carries many requests, and another is made when all are full.
extension UpstreamEndpoint {
    /// A place on a connection that is there, if there is one.
    func takePlace() -> UpstreamConnection? {
        guard let session = sessions.first(where: \.hasRoom) else { return nil }
        return lend(session)
    }

    private func lend(_ session: UpstreamSession) -> UpstreamConnection {
        let isReused = session.isReused
        return UpstreamConnection(stream: session.lend(), endpoint: self, isReused: isReused, now: loop.now)
    }

    /// A place on a connection, waiting for one if all are taken. One connection is made at a time: most of those who
    /// wait meanwhile find a place on it.
    func acquirePlace() async throws(UpstreamError) -> UpstreamConnection {
        let deadline = loop.now + limits.waitingTimeout
        while true {
            if let connection = takePlace() { return connection }
            if !isOpeningSession, sessions.count < limits.connectionsMax {
                try await openSession()
                continue
            }
            guard line.count < limits.waitingMax else { throw .busy }
            let ticket = line.enter(on: loop)
            if await ticket.wait(until: deadline) { continue }
            if ticket.isDismissed { throw sessionFailure ?? .unreachable }
            line.leave(ticket)
            throw .busy
        }
    }

    private func openSession() async throws(UpstreamError) {
        isOpeningSession = true
        defer { isOpeningSession = false }
        do throws(UpstreamError) {
            let deadline = loop.now + limits.connectTimeout
            let transport = try await connect(deadline: deadline)
            if case .tls(let connection) = transport, connection.alpnProtocol != "h2" {
                transport.close()
                throw .insecure("the endpoint does not speak HTTP/2 (ALPN)")
            }
            let session = UpstreamSession(transport: transport, endpoint: self, means: means)
            means.tasks.start(.upstreamSession(session))
            try await session.awaitGreeting(until: deadline)
            sessions.append(session)
            if isClosed { session.retire() }
            while line.grantNext() {}
        } catch {
            // Those who wait would fail as well, one after the other.
            sessionFailure = error
            line.dismiss()
            throw error
        }
    }

    /// A request has left its place.
    func placeCameFree(_ hasRoom: Bool) {
        if hasRoom { _ = line.grantNext() }
    }

    func sessionEnded(_ session: UpstreamSession) {
        sessions.removeAll { $0 === session }
        // Whoever waited for a place there looks for another.
        while line.grantNext() {}
    }

    /// Ends the connections that nobody has needed for a while.
    func sweepSessions() {
        let now = loop.now
        for session in sessions where session.taken == 0 && session.idleSince + limits.keptIdle < now {
            session.retire()
        }
    }
}
