import Synchronization

/// Counts how attempts to sign in ended, from any thread. Only outcomes that it was made with are counted.
package final class LoginCounters: Sendable {
    private let counts: Mutex<[String: UInt64]>

    package init(outcomes: [String]) {
        counts = Mutex(Dictionary(outcomes.map { ($0, 0) }) { first, _ in first })
    }

    package func count(_ outcome: String) {
        counts.withLock { counts in
            guard let count = counts[outcome] else { return }
            counts[outcome] = count &+ 1
        }
    }

    /// Every outcome with its number, also those that never were: a rate needs a zero to begin with.
    package var snapshot: [String: UInt64] { counts.withLock { $0 } }
}
