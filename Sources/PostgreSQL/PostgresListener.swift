import EventLoop

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
    /// From here on, until the next `listening`, notifications are missed.
    case lost(PostgresError)
}

/// Listens to one channel on a connection of its own, and comes back when it is lost.
///
/// An idle connection is asked for a sign of life every `heartbeat`, so that a server that is gone without a word, or
/// stopped, is noticed within heartbeat and query timeout.
struct PostgresListener: Sendable {
    let channel: String
    let parameters: ConnectionParameters
    let configuration: PostgresConfiguration
    let loop: EventLoop
    let continuation: AsyncStream<PostgresListenEvent>.Continuation

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
        let statement = Statement(assembled: "LISTEN \(Statement.quotedIdentifier(channel))")
        _ = try await connection.run([Query(statement)], deadline: .now() + configuration.queryTimeout)
        whenListening()
        guard emit(.listening) else { throw .overloaded }
        while true {
            let notifications = try await connection.notifications(until: .now() + configuration.heartbeat)
            for notification in notifications {
                guard emit(.notification(notification)) else { throw .overloaded }
            }
            if notifications.isEmpty {
                _ = try await connection.run([Query("SELECT 1")], deadline: .now() + configuration.queryTimeout)
            }
        }
    }

    /// False when the reader is so slow that the event was dropped.
    private func emit(_ event: PostgresListenEvent) -> Bool {
        if case .dropped = continuation.yield(event) { false } else { true }
    }
}
