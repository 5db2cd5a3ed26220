import EventLoop

/// What was said about a failing part lately, and what was not: so that it does not fill the disk.
struct Complaints {
    private var saidAt: MonotonicInstant?
    private var saidCode = ""
    /// Failures that were not told.
    private var unsaid = 0

    var isAnySaid: Bool { saidAt != nil }

    /// Whether a failure is to be told: when it is another than the last, or the last is long ago.
    mutating func isDue(_ code: String, now: MonotonicInstant, interval: Duration) -> Bool {
        if let saidAt, code == saidCode, now < saidAt + interval {
            unsaid += 1
            return false
        }
        saidAt = now
        saidCode = code
        return true
    }

    /// How many failures were not told since the last one that was; nil when all were.
    mutating func takeUnsaid() -> Int? {
        defer { unsaid = 0 }
        return unsaid > 0 ? unsaid : nil
    }
}
