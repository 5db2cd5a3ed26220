package import Identity
import Synchronization

/// A clock that stands still until a test moves it.
package final class FakeClock: WallClock {
    private let time: Mutex<Timestamp>

    /// Noon of 15 January 2026, UTC, unless told otherwise.
    package init(_ start: Timestamp = Timestamp(seconds: 1_768_478_400)) { time = Mutex(start) }

    package func now() -> Timestamp { time.withLock { $0 } }

    package func set(_ moment: Timestamp) { time.withLock { $0 = moment } }

    package func advance(by length: Duration) { time.withLock { $0 = $0 + length } }
}
