import EventLoop

/// Whether a client sends its body fast enough: every wait has an end, and each byte buys only so much time, so a
/// client that dribbles is found out as surely as one that falls silent.
///
/// Only the time spent waiting for the client counts; a slow upstream is not the client's fault.
struct BodyPace {
    private let idleTimeout: Duration
    private let bytesPerSecondMin: Int64
    private var waited: Duration = .zero
    private var bytes: Int64 = 0

    init(idleTimeout: Duration, bytesPerSecondMin: Int) {
        self.idleTimeout = idleTimeout
        self.bytesPerSecondMin = Int64(max(1, bytesPerSecondMin))
    }

    /// Until when the next bytes must have come.
    func deadline(now: MonotonicInstant) -> MonotonicInstant {
        let earned = idleTimeout + .milliseconds(bytes / bytesPerSecondMin * 1000)
        let left = earned - waited
        return now + (left < idleTimeout ? left : idleTimeout)
    }

    mutating func note(waited time: Duration) { waited += time }
    mutating func note(bytes count: Int) { bytes &+= Int64(count) }
}
