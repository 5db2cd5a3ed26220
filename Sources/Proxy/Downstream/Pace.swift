import EventLoop

/// Whether a client keeps up, in sending a body or in reading an answer: every wait has an end, and each byte buys only
/// so much time, so a client that dribbles is found out as surely as one that falls silent.
///
/// Only the time spent waiting for the client counts; a slow upstream is not the client's fault.
struct Pace {
    private let idleTimeout: Duration
    private let bytesPerSecondMin: Int64
    /// How long all waits together may be, however fast it is; nil is any time.
    private let whole: Duration?
    private var waited: Duration = .zero
    private var bytes: Int64 = 0

    init(idleTimeout: Duration, bytesPerSecondMin: Int, whole: Duration? = nil) {
        self.idleTimeout = idleTimeout
        self.bytesPerSecondMin = Int64(max(1, bytesPerSecondMin))
        self.whole = whole
    }

    /// Until when the next bytes must have come.
    func deadline(now: MonotonicInstant) -> MonotonicInstant {
        let earned = idleTimeout + .milliseconds(bytes / bytesPerSecondMin * 1000)
        var left = min(earned - waited, idleTimeout)
        if let whole { left = min(left, whole - waited) }
        return now + left
    }

    mutating func note(waited time: Duration) { waited += time }
    mutating func note(bytes count: Int) { bytes &+= Int64(count) }
    /// Takes note of how many bytes there were in all.
    mutating func note(allBytes count: UInt64) { bytes = Int64(clamping: count) }
}

extension Pace {
    /// That of a request body.
    init(body timeouts: ConnectionTimeouts) {
        self.init(
            idleTimeout: timeouts.bodyIdle, bytesPerSecondMin: timeouts.bodyBytesPerSecondMin, whole: timeouts.body)
    }

    /// That of a client that reads an answer.
    init(answer timeouts: ConnectionTimeouts) {
        self.init(idleTimeout: timeouts.write, bytesPerSecondMin: timeouts.writeBytesPerSecondMin)
    }
}
