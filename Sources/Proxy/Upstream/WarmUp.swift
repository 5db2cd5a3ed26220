import EventLoop

/// The share that an endpoint gets while it is new or just well again: what has cold caches must not be met by its full
/// load at once (slow start).
struct WarmUp {
    private var began: MonotonicInstant?
    private let length: Nanoseconds

    init(length: Duration) { self.length = Nanoseconds(length) }

    /// Whether less than the full share is due.
    var isUnderWay: Bool { began != nil }

    mutating func begin(now: MonotonicInstant) { began = length.count > 0 ? now : nil }

    mutating func review(now: MonotonicInstant) {
        if let began, now >= began + length { self.began = nil }
    }

    /// The share in 1024ths: from a tenth up to all, in proportion to the time that has passed.
    func share(now: MonotonicInstant) -> UInt64 {
        guard let began else { return 1024 }
        let passed = Nanoseconds(from: began, to: now).count
        guard passed < length.count else { return 1024 }
        return max(102, UInt64(Double(passed) / Double(length.count) * 1024))
    }
}
