import Configuration
import EventLoop

/// What requests met with at one endpoint lately, and whether it is passed over for it (passive health, after Envoy's
/// outlier detection).
///
/// A failure is a connection that could not be made, an answer that did not come, was cut or was none, and 502, 503
/// and 504. So many in a row eject the endpoint; each further ejection lasts longer than the one before, and time spent
/// well makes the next one shorter again.
struct OutlierDetection {
    private let settings: UpstreamSettings.Ejection?
    /// Failures since the last success.
    private(set) var failures = 0
    /// Until when the endpoint is passed over.
    private(set) var ejectedUntil: MonotonicInstant?
    /// How many times longer than the first the last ejection was.
    private(set) var severity = 0
    /// Failures and ejections since the endpoint is known.
    private(set) var failuresInAll: UInt64 = 0
    private(set) var ejections: UInt64 = 0
    private var reviewedAt = MonotonicInstant(nanoseconds: 0)

    init(_ settings: UpstreamSettings.Ejection?) { self.settings = settings }

    mutating func succeeded() {
        if failures != 0 { failures = 0 }
    }

    /// Notes a failure. Whether the endpoint should be ejected now.
    mutating func failed() -> Bool {
        failures &+= 1
        failuresInAll &+= 1
        guard let settings, ejectedUntil == nil else { return false }
        return failures >= settings.failures
    }

    /// Ejects the endpoint, and answers for how long.
    mutating func eject(now: MonotonicInstant) -> Duration {
        guard let settings else { return .zero }
        severity += 1
        ejections &+= 1
        let time = min(settings.base * severity, settings.maximum)
        ejectedUntil = now + time
        failures = 0
        return time
    }

    /// Looks at the time: ends an ejection that is over, which is answered with true, and forgives.
    mutating func review(now: MonotonicInstant) -> Bool {
        guard let settings else { return false }
        if let end = ejectedUntil {
            guard now >= end else { return false }
            ejectedUntil = nil
            reviewedAt = now
            return true
        }
        if severity > 0, now >= reviewedAt + settings.base {
            severity -= 1
            reviewedAt = now
        }
        return false
    }
}
