import EventLoop

/// When to try next, after failures in a row. Takes the time as an argument, so that a test can play the clock.
struct BackoffSchedule {
    private let backoff: Backoff
    private(set) var failures = 0
    private(set) var nextAttempt = MonotonicInstant(nanoseconds: 0)

    init(_ backoff: Backoff) { self.backoff = backoff }

    func mayAttempt(at now: MonotonicInstant) -> Bool { now >= nextAttempt }

    /// Notes a failure. Several attempts that were under way together count as one.
    mutating func failed(at now: MonotonicInstant) {
        guard mayAttempt(at: now) else { return }
        failures += 1
        nextAttempt = now + backoff.delay(afterFailures: failures)
    }

    mutating func succeeded() {
        failures = 0
        nextAttempt = MonotonicInstant(nanoseconds: 0)
    }
}
