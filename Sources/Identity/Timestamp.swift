/// A moment of wall-clock time: microseconds since 1970-01-01 00:00 UTC, the precision of `timestamptz`.
///
/// Arithmetic stops at the ends of what can be told instead of trapping: moments come from the database, which knows
/// `infinity`, and lengths from the configuration.
package struct Timestamp: Hashable, Sendable, Comparable {
    package let microseconds: Int64

    /// The moment that never comes.
    package static var distantFuture: Timestamp { Timestamp(microseconds: .max) }

    package init(microseconds: Int64) { self.microseconds = microseconds }
    package init(seconds: Int64) {
        microseconds = seconds.saturating(seconds.multipliedReportingOverflow(by: 1_000_000))
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    package static func + (moment: Timestamp, length: Duration) -> Timestamp {
        let length = length.microseconds
        return Timestamp(microseconds: length.saturating(moment.microseconds.addingReportingOverflow(length)))
    }

    package static func - (moment: Timestamp, length: Duration) -> Timestamp {
        let sum = moment.microseconds.subtractingReportingOverflow(length.microseconds)
        return Timestamp(microseconds: moment.microseconds.saturating(sum))
    }

    package static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .microseconds(
            later.microseconds.saturating(later.microseconds.subtractingReportingOverflow(earlier.microseconds)))
    }
}

extension Duration {
    /// The whole microseconds in this duration; what is finer is cut off, and what is more than 64 bits can tell is
    /// the most that they can.
    package var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let whole = seconds.saturating(seconds.multipliedReportingOverflow(by: 1_000_000))
        return seconds.saturating(whole.addingReportingOverflow(attoseconds / 1_000_000_000_000))
    }
}

extension Int64 {
    /// The result of an operation, or the end of the range on the side of this number's sign if it overflowed.
    fileprivate func saturating(_ result: (partialValue: Int64, overflow: Bool)) -> Int64 {
        result.overflow ? (self < 0 ? .min : .max) : result.partialValue
    }
}
