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
            ask(about: state.streams.takeOvertaken(), isChangeHeard: true)
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
                var answer = await Self.standing(of: asked, lookup)
                if case .failure = answer, isChangeHeard {
                    await loop.sleep(until: .now() + Self.retryAfter)
                    answer = await Self.standing(of: asked, lookup)
                }
                await self.settle(asked, answer, isChangeHeard: isChangeHeard, askedAt: moment)
            }
        }
    }

    private static func standing(
        of sessions: Set<SessionID>, _ lookup: any SessionLookup
    ) async -> Result<[SessionID: AuthenticatedSession], StoreError> {
        do throws(StoreError) { return .success(try await lookup.standing(of: Array(sessions))) } catch {
            return .failure(error)
        }
    }

    private func settle(
        _ sessions: Set<SessionID>, _ answer: Result<[SessionID: AuthenticatedSession], StoreError>,
        isChangeHeard: Bool, askedAt moment: MonotonicInstant
    ) {
        note(answer)
        let now = state.clock.now
        switch answer {
        case .failure where !isChangeHeard: state.streams.leave(sessions, now: now)
        case .failure:
            state.streams.settle(sessions, [:], askedAt: moment, under: state.deployment.routes, now: now)
        case .success(let found):
            state.streams.settle(sessions, found, askedAt: moment, under: state.deployment.routes, now: now)
        }
    }
}
