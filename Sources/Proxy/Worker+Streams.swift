import EventLoop
import Identity

/// What goes on long after it was decided on ends with the right to it.
///
/// Whatever happens to a right, its stream is not ended for that but asked about: by the session's own id, since the token
/// that opened it may have been rotated away. Who still may, goes on.
extension Worker {
    /// How often ends are looked for that come by themselves.
    private static let reviewInterval: Duration = .milliseconds(100)
    private static let sessionsPerQueryMax = 1_000
    private static let retryAfter: Duration = .milliseconds(100)

    /// Asks about streams that changes concern, and about all of them when the feed was lost and is back.
    func reviewStreams(_ changes: [IdentityChange], _ formerFeed: FeedState?) {
        if let formerFeed { state.streams.feedWasLost(formerFeed) }
        let changes = ChangeSet(changes)
        if !changes.isEmpty { ask(about: state.streams.sessions(concernedBy: changes), isChangeHeard: true) }
        if formerFeed != nil { ask(about: state.streams.sessions, isChangeHeard: false) }
    }

    /// Asks about streams whose right ends by itself, or that nobody vouches for, until the last one is over.
    func watchStreams() async {
        while !state.isDraining || directory.count > 0 {
            await loop.sleep(until: loop.now + Self.reviewInterval)
            let due = state.streams.sessionsDue(state.sessions.terms, now: loop.now, wall: state.clock.now)
            ask(about: due, isChangeHeard: false)
        }
    }

    /// - Parameter isChangeHeard: whether a right may be gone. Then nothing goes on by it unless the store says so; else
    ///   what was known is good for `database.staleness`.
    private func ask(about sessions: Set<SessionID>, isChangeHeard: Bool) {
        var some: Set<SessionID> = []
        for (number, session) in sessions.enumerated() {
            some.insert(session)
            guard some.count == Self.sessionsPerQueryMax || number == sessions.count - 1 else { continue }
            let (asked, lookup, loop, moment) = (some, lookup, loop, loop.now)
            some = []
            Task.detached {
                var answer = try? await lookup.standing(of: Array(asked))
                if answer == nil, isChangeHeard {
                    await loop.sleep(until: .now() + Self.retryAfter)
                    answer = try? await lookup.standing(of: Array(asked))
                }
                await self.settle(asked, answer ?? (isChangeHeard ? [:] : nil), askedAt: moment)
            }
        }
    }

    private func settle(
        _ sessions: Set<SessionID>, _ answer: [SessionID: AuthenticatedSession]?, askedAt moment: MonotonicInstant
    ) {
        guard let answer else { return state.streams.leave(sessions, now: state.clock.now) }
        state.streams.settle(
            sessions, answer, askedAt: moment, under: state.deployment.routes, now: state.clock.now)
    }
}
