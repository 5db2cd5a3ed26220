import EventLoop
import Identity

/// Tokens that the store does not know, for a few seconds, so that a client that repeats a dead cookie does not repeat
/// the query.
///
/// Kept apart from the sessions, so that a flood of made-up tokens cannot push good ones out. Two generations: when the
/// young one is full or old, it becomes the old one, and what was old is forgotten.
final class UnknownTokens {
    private var young: Set<TokenHash> = []
    private var old: Set<TokenHash> = []
    private var turnedAt: MonotonicInstant
    private let perGenerationMax: Int
    private let lifetime: Duration

    /// A token is remembered for between one and two `lifetime`s.
    init(perGenerationMax: Int, lifetime: Duration, now: MonotonicInstant) {
        self.perGenerationMax = max(1, perGenerationMax)
        self.lifetime = lifetime
        turnedAt = now
    }

    var count: Int { young.count + old.count }

    func contains(_ token: TokenHash, now: MonotonicInstant) -> Bool {
        turn(now)
        return young.contains(token) || old.contains(token)
    }

    func insert(_ token: TokenHash, now: MonotonicInstant) {
        turn(now)
        if young.count >= perGenerationMax {
            swap(&old, &young)
            young.removeAll(keepingCapacity: true)
            turnedAt = now
        }
        young.insert(token)
    }

    func remove(_ token: TokenHash) {
        young.remove(token)
        old.remove(token)
    }

    func removeAll() {
        young.removeAll(keepingCapacity: true)
        old.removeAll(keepingCapacity: true)
    }

    private func turn(_ now: MonotonicInstant) {
        let age = now - turnedAt
        guard age >= lifetime else { return }
        if age >= lifetime + lifetime { old.removeAll(keepingCapacity: true) } else { swap(&old, &young) }
        young.removeAll(keepingCapacity: true)
        turnedAt = now
    }
}
