/// A moment of wall-clock time: microseconds since 1970-01-01 00:00 UTC, the precision of `timestamptz`.
package struct Timestamp: Hashable, Sendable, Comparable {
    package let microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }
    package init(seconds: Int64) { microseconds = seconds * 1_000_000 }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    package static func + (moment: Timestamp, length: Duration) -> Timestamp {
        Timestamp(microseconds: moment.microseconds + length.microseconds)
    }

    package static func - (moment: Timestamp, length: Duration) -> Timestamp {
        Timestamp(microseconds: moment.microseconds - length.microseconds)
    }

    package static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .microseconds(later.microseconds - earlier.microseconds)
    }
}

extension Duration {
    /// The whole microseconds in this duration; what is finer is cut off.
    package var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}
