package import Identity
import Synchronization

/// What became of mails, and how many wait; from any thread.
package final class MailCounters: Sendable {
    package struct Numbers: Sendable, Hashable {
        package var sent: UInt64 = 0
        /// Attempts that failed and are made again.
        package var postponed: UInt64 = 0
        package var refused: UInt64 = 0
        /// As last seen in the database, by this gateway.
        package var backlog = MailBacklog()

        package init() {}
    }

    private let numbers = Mutex(Numbers())

    package init() {}

    package var snapshot: Numbers { numbers.withLock { $0 } }

    func count(_ path: any WritableKeyPath<Numbers, UInt64> & Sendable) { numbers.withLock { $0[keyPath: path] &+= 1 } }
    func note(_ backlog: MailBacklog) { numbers.withLock { $0.backlog = backlog } }
}
