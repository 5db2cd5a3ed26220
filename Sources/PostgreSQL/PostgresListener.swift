package import EventLoop

/// One NOTIFY as it arrived.
package struct PostgresNotification: Sendable, Hashable {
    package let channel: String
    package let payload: String

    package init(channel: String, payload: String) {
        self.channel = channel
        self.payload = payload
    }
}

/// What happens to one who listens.
package enum PostgresListenEvent: Sendable, Hashable {
    /// From here on, every notification will be seen. What was sent before may have been missed: look for yourself.
    case listening
    case notification(PostgresNotification)
    /// Every notification of a transaction that was visible at this moment has been told by now.
    case complete(MonotonicInstant)
    /// From here on, until the next `listening`, notifications are missed.
    case lost(PostgresError)
}

/// Listens to one channel on a connection of its own, and comes back when it is lost.
///
/// An idle connection is asked for a sign of life every `heartbeat`, so that a server that is gone without a word, or
/// stopped, is noticed within heartbeat and query timeout.
///
/// Who asks for `proofs` gets a better sign: a notification of the listener's own, on a channel that nobody else knows,
/// which has to come back. The server delivers in the order of commits, so it proves that all before it has arrived; and
/// a pooler between us and the server, which may keep quiet about notifications for ever, is found out.
struct PostgresListener: Sendable {
    let channel: String
    let parameters: ConnectionParameters
    let configuration: PostgresConfiguration
    let loop: EventLoop
    let continuation: AsyncStream<PostgresListenEvent>.Continuation
    /// How often to prove that nothing is missing; nil: not at all.
    var proofs: Duration?

    /// How many events may wait for a slow reader. What is more than that is missed, and told so.
    static let bufferMax = 4_096

    func run() async {
        var schedule = BackoffSchedule(configuration.backoff)
        while !Task.isCancelled {
            var isListening = false
            do throws(PostgresError) {
                let connection = try await PostgresConnection.connect(
                    to: parameters, loop: loop, within: configuration.connectTimeout)
                do throws(PostgresError) {
                    try await listen(on: connection) {
                        isListening = true
                        schedule.succeeded()
                    }
                } catch {
                    await connection.close()
                    throw error
                }
            } catch {
                if isListening { _ = emit(.lost(error)) }
                let now = MonotonicInstant.now()
                schedule.failed(at: now)
                await loop.sleep(until: schedule.nextAttempt)
            }
        }
        continuation.finish()
    }

    /// Ends only by throwing.
    private func listen(
        on connection: PostgresConnection, whenListening: () -> Void
    ) async throws(PostgresError) {
        let deadline = MonotonicInstant.now() + configuration.queryTimeout
        _ = try await connection.run([Self.listening(to: channel)], deadline: deadline)
        guard let proofs else {
            whenListening()
            guard emit(.listening) else { throw .overloaded }
            return try await waitForever(on: connection)
        }
        let echo = "gatehouse_echo_\(UInt64.random(in: .min ... .max))"
        _ = try await connection.run([Self.listening(to: echo)], deadline: deadline)
        guard emit(.listening) else { throw .overloaded }
        while true {
            let began = MonotonicInstant.now()
            try await awaitEcho(echo, on: connection)
            whenListening()
            guard emit(.complete(began)) else { throw .overloaded }
            while MonotonicInstant.now() < began + proofs {
                try tell(try await connection.notifications(until: began + proofs))
            }
        }
    }

    private static func listening(to channel: String) -> Query {
        Query(Statement(assembled: "LISTEN \(Statement.quotedIdentifier(channel))"))
    }

    private func waitForever(on connection: PostgresConnection) async throws(PostgresError) {
        while true {
            let notifications = try await connection.notifications(until: .now() + configuration.heartbeat)
            try tell(notifications)
            if notifications.isEmpty {
                _ = try await connection.run([Query("SELECT 1")], deadline: .now() + configuration.queryTimeout)
            }
        }
    }

    /// Notifies `echo`, and tells what arrives before that comes back.
    private func awaitEcho(_ echo: String, on connection: PostgresConnection) async throws(PostgresError) {
        let deadline = MonotonicInstant.now() + configuration.queryTimeout
        _ = try await connection.run([Query("SELECT pg_notify($1, '')", [.text(echo)])], deadline: deadline)
        var isBack = false
        while !isBack {
            guard MonotonicInstant.now() < deadline else { throw .timedOut }
            let notifications = try await connection.notifications(until: deadline)
            isBack = notifications.contains { $0.channel == echo }
            try tell(notifications.filter { $0.channel != echo })
        }
    }

    private func tell(_ notifications: [PostgresNotification]) throws(PostgresError) {
        for notification in notifications {
            guard emit(.notification(notification)) else { throw .overloaded }
        }
    }

    /// False when the reader is so slow that the event was dropped.
    private func emit(_ event: PostgresListenEvent) -> Bool {
        if case .dropped = continuation.yield(event) { false } else { true }
    }
}
