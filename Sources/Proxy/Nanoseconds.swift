import EventLoop

/// A length of time on the request path: one word, where `Duration` is two and costs a division to read.
struct Nanoseconds: Sendable, Comparable {
    let count: UInt64

    /// What is negative is nothing; what is beyond 584 years is that.
    init(_ duration: Duration) {
        count = (MonotonicInstant(nanoseconds: 0) + duration).nanoseconds
    }

    /// The time from `earlier` to `later`; nothing when they stand the other way round.
    init(from earlier: MonotonicInstant, to later: MonotonicInstant) {
        count = later > earlier ? later.nanoseconds - earlier.nanoseconds : 0
    }

    static func < (left: Nanoseconds, right: Nanoseconds) -> Bool { left.count < right.count }

    static func + (moment: MonotonicInstant, length: Nanoseconds) -> MonotonicInstant {
        let (sum, past) = moment.nanoseconds.addingReportingOverflow(length.count)
        return past ? .distantFuture : MonotonicInstant(nanoseconds: sum)
    }
}
