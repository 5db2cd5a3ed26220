import Glibc

/// A moment on the monotonic clock, which no one sets: what deadlines are measured by.
package struct MonotonicInstant: Comparable, Sendable, Hashable {
    /// Nanoseconds since an arbitrary start (CLOCK_MONOTONIC: since boot).
    package let nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// The moment that never comes: a wait with this deadline waits as long as it takes.
    package static let distantFuture = MonotonicInstant(nanoseconds: .max)

    /// The present, asked from the kernel. On a loop, `EventLoop.now` is cheaper.
    package static func now() -> MonotonicInstant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicInstant(
            nanoseconds: UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000
                &+ UInt64(truncatingIfNeeded: time.tv_nsec))
    }

    package static func < (left: MonotonicInstant, right: MonotonicInstant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The moment `length` after `moment`; what lies beyond the clock's range is `distantFuture`, or its start.
    package static func + (moment: MonotonicInstant, length: Duration) -> MonotonicInstant {
        let (seconds, attoseconds) = length.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? MonotonicInstant(nanoseconds: 0) : .distantFuture }
        let (nanoseconds, spill) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        guard !spill else { return seconds < 0 ? MonotonicInstant(nanoseconds: 0) : .distantFuture }
        if nanoseconds < 0 {
            let back = nanoseconds.magnitude
            return MonotonicInstant(nanoseconds: back > moment.nanoseconds ? 0 : moment.nanoseconds - back)
        }
        let (sum, past) = moment.nanoseconds.addingReportingOverflow(UInt64(nanoseconds))
        return past ? .distantFuture : MonotonicInstant(nanoseconds: sum)
    }

    /// The time from `earlier` to `later`; negative when they stand the other way round.
    package static func - (later: MonotonicInstant, earlier: MonotonicInstant) -> Duration {
        .nanoseconds(Int64(truncatingIfNeeded: later.nanoseconds &- earlier.nanoseconds))
    }
}
