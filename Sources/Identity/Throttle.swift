/// A count of attempts that share a limit, such as the failed sign-ins of one account.
///
/// Known by a digest: what people type as their name may be their password.
package struct ThrottleBucket: Sendable, Hashable {
    package let key: TokenHash
    package let rule: ThrottleRule

    package init(key: TokenHash, rule: ThrottleRule) {
        self.key = key
        self.rule = rule
    }
}

/// How often something may be tried.
package enum ThrottleRule: Sendable, Hashable {
    /// After `free` attempts without a success each further one has to wait: first for `first`, then for twice as long
    /// each time, at most for `longest`; and after `attemptsMax` it is over until something clears the bucket. Forgotten
    /// after `memory` without an attempt; nil: never.
    case growing(free: Int, first: Duration, longest: Duration, attemptsMax: Int, memory: Duration?)
    /// `burst` attempts at once, and one more in each `interval` (GCRA, as in ATM's traffic management).
    case leaking(burst: Int, interval: Duration)
}

/// What is remembered of a bucket: one row of `throttles`. Pure, so that every store counts alike.
package struct ThrottleState: Sendable, Hashable {
    /// Attempts since the last success. Not used by `leaking`.
    package var attempts: Int
    /// For `growing`: before it nothing is admitted. For `leaking`: when the bucket will have run empty.
    package var until: Timestamp
    /// When the bucket can be forgotten; nil: never.
    package var forgetAt: Timestamp?

    package init(attempts: Int, until: Timestamp, forgetAt: Timestamp?) {
        self.attempts = attempts
        self.until = until
        self.forgetAt = forgetAt
    }
}

/// Whether an attempt may be made.
package enum ThrottleAnswer: Sendable, Hashable {
    case admitted
    case refused(retryAfter: Duration)
}

extension ThrottleRule {
    /// Counts one more attempt, before it is made: a thousand at once are a thousand attempts.
    ///
    /// - Parameter state: what is remembered; nil for a bucket that nothing is known of.
    /// - Returns: what to remember, or for how long nothing is admitted.
    package func admit(_ state: ThrottleState?, at now: Timestamp) -> Result<ThrottleState, Refusal> {
        let known = state.flatMap { $0.forgetAt.map { $0 <= now } == true ? nil : $0 }
        switch self {
        case .growing(let free, let first, let longest, let attemptsMax, let memory):
            let attempts = known?.attempts ?? 0
            guard attempts < attemptsMax else { return .failure(Refusal(retryAfter: longest)) }
            if let until = known?.until, until > now { return .failure(Refusal(retryAfter: until - now)) }
            var wait = Duration.zero
            if attempts + 1 >= free {
                // Doubling more often than this is beyond any `longest`, and would overflow.
                let doublings = min(attempts + 1 - free, 40)
                wait = min(longest, first * (1 << doublings))
            }
            return .success(
                ThrottleState(attempts: attempts + 1, until: now + wait, forgetAt: memory.map { now + $0 }))
        case .leaking(let burst, let interval):
            let empty = max(known?.until ?? now, now) + interval
            let room = interval * burst
            guard empty - now <= room else { return .failure(Refusal(retryAfter: empty - now - room)) }
            return .success(ThrottleState(attempts: 0, until: empty, forgetAt: empty))
        }
    }

    /// What to remember when an attempt that was counted turns out to be none; nil: nothing.
    package func forgive(_ state: ThrottleState, at now: Timestamp) -> ThrottleState? {
        switch self {
        case .growing:
            guard state.attempts > 1 else { return nil }
            return ThrottleState(attempts: state.attempts - 1, until: now, forgetAt: state.forgetAt)
        case .leaking(_, let interval):
            let empty = state.until - interval
            return empty > now ? ThrottleState(attempts: 0, until: empty, forgetAt: empty) : nil
        }
    }

    package struct Refusal: Error, Sendable, Hashable {
        package let retryAfter: Duration
    }
}

extension ThrottleBucket {
    /// What to remember if all buckets have room; else the longest of their waits.
    package static func admit(
        _ buckets: [ThrottleBucket], _ states: [TokenHash: ThrottleState], at moment: Timestamp
    ) -> Result<[ThrottleBucket: ThrottleState], ThrottleRule.Refusal> {
        var next: [ThrottleBucket: ThrottleState] = [:]
        var wait: Duration?
        for bucket in buckets {
            switch bucket.rule.admit(states[bucket.key], at: moment) {
            case .success(let state): next[bucket] = state
            case .failure(let refusal): wait = max(wait ?? .zero, refusal.retryAfter)
            }
        }
        return wait.map { .failure(ThrottleRule.Refusal(retryAfter: $0)) } ?? .success(next)
    }
}

/// Counts that all gateways share.
package protocol ThrottleStore: Sendable {
    /// Counts one attempt against every bucket, or, if one of them has no room, against none.
    func admit(_ buckets: [ThrottleBucket], at: Timestamp) async throws(StoreError) -> ThrottleAnswer
    /// Takes back one attempt that was counted.
    func forgive(_ buckets: [ThrottleBucket], at: Timestamp) async throws(StoreError)
    /// Forgets the buckets.
    func clear(_ buckets: [ThrottleBucket]) async throws(StoreError)
}
