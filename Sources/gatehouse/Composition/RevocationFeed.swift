import EventLoop
import Identity
import Logging
import PostgreSQL
import Proxy
import Store
import Synchronization
import Telemetry

/// This gateway's ear for changes in the database: what a transaction announces when it commits, every worker knows a
/// moment later.
///
/// Two tasks. One takes announcements off the connection as they come; the other hands all that have gathered to the
/// workers at once, so that a worker that is busy makes the next handful larger, and nothing wait. Beyond
/// `gatheredMax`, they count as a change of everything.
final class RevocationFeed: Sendable {
    private let database: Database
    private let logger: Logger
    private let counters = FeedCounters(kinds: ["session", "user", "role", "plant", "everything"])
    private let gathered = Mutex(Gathered())
    private let work = Mutex<Task<Void, Never>?>(nil)

    private struct Gathered {
        var announcements: [ChangeAnnouncement] = []
        var state: FeedState?
    }

    private static let gatheredMax = 4_096

    init(_ database: Database, _ logger: Logger) {
        self.database = database
        self.logger = logger
    }

    var metrics: FeedCounters.Numbers { counters.snapshot }

    /// Begins to listen, for this gateway.
    ///
    /// - Parameter staleness: what the proofs that nothing is missing have to keep well below.
    func start(_ gateway: Gateway, staleness: Duration) {
        work.withLock { work in
            guard work == nil else { return }
            work = Task { await self.run(gateway, proofs: min(.seconds(1), max(staleness / 8, .milliseconds(50)))) }
        }
    }

    func stop() async {
        let work = work.withLock { work in
            defer { work = nil }
            return work
        }
        work?.cancel()
        await work?.value
    }

    private func run(_ gateway: Gateway, proofs: Duration) async {
        let (wakeUps, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let events = await database.pool.listen(ChangeAnnouncement.channel, proofs: proofs)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var since: MonotonicInstant?
                for await event in events {
                    self.take(event, &since)
                    waker.yield()
                }
                waker.finish()
            }
            group.addTask { for await _ in wakeUps { await self.handOver(to: gateway) } }
        }
    }

    /// - Parameter since: from when on nothing is missing; nil before the first proof on a connection.
    private func take(_ event: PostgresListenEvent, _ since: inout MonotonicInstant?) {
        switch event {
        case .listening:
            since = nil
        case .complete(let moment):
            if since == nil {
                counters.began()
                logger.notice("changes in the database are heard of at once")
            }
            let beginning = since ?? moment
            since = beginning
            gathered.withLock { $0.state = FeedState(since: beginning, until: moment) }
        case .notification(let notification):
            let announcement = ChangeAnnouncement(notification.payload)
            gathered.withLock { gathered in
                if gathered.announcements.count >= Self.gatheredMax {
                    gathered.announcements = [ChangeAnnouncement("")]
                } else {
                    gathered.announcements.append(announcement)
                }
            }
        case .lost(let error):
            since = nil
            counters.lost()
            logger.warning(
                "changes in the database are not heard of; what is cached serves for database.staleness at most",
                metadata: ["problem": "\(error)"])
        }
    }

    private func handOver(to gateway: Gateway) async {
        let (announcements, state) = gathered.withLock { gathered in
            defer { gathered = Gathered() }
            return (gathered.announcements, gathered.state)
        }
        await gateway.apply(announcements.map(\.change), feed: state)
        let now = SystemClock().now()
        for announcement in announcements {
            counters.applied(announcement.change.kind, lag: announcement.at.map { now - $0 })
        }
    }
}

extension IdentityChange {
    /// What metrics call it.
    fileprivate var kind: String {
        switch self {
        case .session: "session"
        case .user: "user"
        case .role: "role"
        case .plant: "plant"
        case .everything: "everything"
        }
    }
}
