import Identity
import Synchronization

/// How long a token still opens its session after another took its place: `sessions.rotation_grace`, which a reload may
/// change while stores are at work.
package final class RotationGrace: Sendable {
    private let microseconds: Atomic<Int64>

    package init(_ length: Duration) { microseconds = Atomic(length.microseconds) }

    package var length: Duration { .microseconds(microseconds.load(ordering: .relaxed)) }

    package func set(_ length: Duration) { microseconds.store(length.microseconds, ordering: .relaxed) }
}
