import Configuration
import Identity
import Logging
import Mail
import PostgreSQL
import Store
import Synchronization
import Telemetry

/// This gateway's delivery of mail: a postman who makes a round whenever something is enqueued, by any gateway or
/// command, and now and then for what is to be tried again.
final class MailRounds: Sendable {
    private let database: Database
    private let logger: Logger
    private let counters = MailCounters()
    private let state = Mutex(State())

    private struct State {
        var postman: Postman?
        var work: Task<Void, Never>?
    }

    private static let interval = Duration.seconds(5)

    init(_ database: Database, _ logger: Logger) {
        self.database = database
        self.logger = logger
    }

    /// Delivers by this office from the next round on; nil: not at all.
    func replace(_ office: Postman.Office?) {
        if office == nil { logger.notice("mail is not configured; what is to be sent waits") }
        let postman = office.map { Postman($0, queue: database.stores.outbox, counters: counters, logger: logger) }
        state.withLock { state in
            state.postman = postman
            if postman != nil, state.work == nil { state.work = Task { await self.run() } }
        }
    }

    /// Ends, after a mail whose hand-over has begun.
    func stop() async {
        let work = state.withLock { state in
            defer { state = State() }
            return state.work
        }
        work?.cancel()
        await work?.value
    }

    /// Nil while no mail is delivered.
    var metrics: GatewayMetrics.Mail? {
        guard state.withLock({ $0.postman != nil }) else { return nil }
        let numbers = counters.snapshot
        return GatewayMetrics.Mail(
            deliveries: ["sent": numbers.sent, "postponed": numbers.postponed, "refused": numbers.refused],
            waiting: numbers.backlog.waiting, oldestAge: numbers.backlog.oldestAge)
    }

    private func run() async {
        let (wakeUps, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let pool = database.pool
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in await pool.listen(PostgresOutbox.channel) { waker.yield() } }
            group.addTask {
                while !Task.isCancelled {
                    waker.yield()
                    // Ends early when it is cancelled, and then so does the loop.
                    try? await Task.sleep(for: Self.interval * Double.random(in: 0.8...1.2))
                }
            }
            for await _ in wakeUps { await state.withLock { $0.postman }?.round() }
            group.cancelAll()
        }
    }
}
