package import EventLoop

/// How much a worker has heard of the changes in the store: every one since `since`, up to `until`.
///
/// While the feed is up, `until` moves on every moment, and what the store answered since `since` counts as good as if
/// it had just been asked. When the feed is lost, `until` stands still: what is cached grows old from there, and after
/// `database.staleness` it lets nobody in. When the feed is back, `since` is new, and all that was answered before is
/// asked for again.
package struct FeedState: Sendable, Hashable {
    package let since: MonotonicInstant
    package let until: MonotonicInstant

    package init(since: MonotonicInstant, until: MonotonicInstant) {
        self.since = since
        self.until = until
    }

    /// Nothing was heard yet.
    static let none = FeedState(since: MonotonicInstant(nanoseconds: 0), until: MonotonicInstant(nanoseconds: 0))
}

/// By what terms a worker judges how far a cached session may be trusted.
struct TrustTerms {
    /// `database.staleness`: how old an answer of the store may be and still let somebody in.
    var staleness: Nanoseconds
    /// `sessions.idle`.
    var idleMicroseconds: Int64
    var feed = FeedState.none
    /// Answers from before this moment are good, but not the last word: somebody may have gained a right since.
    var refreshBefore = MonotonicInstant(nanoseconds: 0)

    /// How long nobody has vouched for what was so at `moment`: since then, or since the feed was last heard if it has
    /// missed nothing in between.
    func silence(since moment: MonotonicInstant, until now: MonotonicInstant) -> Nanoseconds {
        Nanoseconds(from: moment >= feed.since ? max(moment, feed.until) : moment, to: now)
    }
}
