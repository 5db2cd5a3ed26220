import Synchronization

/// What the feed of changes in the store has brought, counted by whoever reads it.
package final class FeedCounters: Sendable {
    package struct Numbers: Sendable {
        /// Whether every change is heard of now.
        package fileprivate(set) var isUp = false
        /// How often it was lost.
        package fileprivate(set) var losses: UInt64 = 0
        /// Changes by what they were about, also those that never came: a rate needs a zero to begin with.
        package fileprivate(set) var changes: [String: UInt64]
        /// From the writing of a change to the moment when no worker goes by what it knew before.
        package fileprivate(set) var lag = Histogram()
    }

    private let numbers: Mutex<Numbers>

    /// - Parameter kinds: what changes can be about; others are not counted.
    package init(kinds: [String]) {
        numbers = Mutex(Numbers(changes: Dictionary(kinds.map { ($0, 0) }) { first, _ in first }))
    }

    package func began() { numbers.withLock { $0.isUp = true } }

    package func lost() {
        numbers.withLock { numbers in
            if numbers.isUp { numbers.losses &+= 1 }
            numbers.isUp = false
        }
    }

    /// - Parameter lag: nil where nobody knows when the change was written.
    package func applied(_ kind: String, lag: Duration?) {
        numbers.withLock { numbers in
            if let count = numbers.changes[kind] { numbers.changes[kind] = count &+ 1 }
            guard let lag else { return }
            let (seconds, attoseconds) = lag.components
            // The clocks of two machines never quite agree.
            let whole = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000)
            let part = UInt64(clamping: attoseconds / 1_000_000_000_000)
            numbers.lag.record(microseconds: whole.overflow ? .max / 2 : whole.partialValue &+ part)
        }
    }

    package var snapshot: Numbers { numbers.withLock { $0 } }
}

extension PrometheusText {
    mutating func feed(_ feed: FeedCounters.Numbers) {
        begin("gatehouse_feed_up", .gauge, help: "Whether every change in the database is heard of at once.")
        sample("gatehouse_feed_up", feed.isUp ? 1 : 0)
        begin("gatehouse_feed_losses_total", .counter, help: "How often the feed of changes was lost.")
        sample("gatehouse_feed_losses_total", feed.losses)
        begin("gatehouse_feed_changes_total", .counter, help: "Changes heard of, by what they were about.")
        for (kind, count) in feed.changes.sorted(by: { $0.key < $1.key }) {
            sample("gatehouse_feed_changes_total", [("kind", kind)], count)
        }
        histogram(
            "gatehouse_revocation_lag_seconds",
            help: "From the writing of a change to the moment when no worker goes by what it knew before.", feed.lag)
    }
}
