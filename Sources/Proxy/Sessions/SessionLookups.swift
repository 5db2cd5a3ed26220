import EventLoop
import Identity

/// The questions to the session store that one worker has open: misses that arrive in the same turn, or while a query
/// runs, go out together as one query.
///
/// The query runs off the worker's loop, and its answer comes back to the worker as a message. Nobody waits longer
/// than `deadline`: a store that says nothing counts as away.
final class SessionLookups {
    /// What the store said about one token.
    enum Outcome: Sendable {
        /// The session is in the cache now.
        case found
        case unknown
        /// The store is away or too slow, or too many wait already: neither yes nor no.
        case unavailable
    }

    /// How many tokens one query asks for, and how many requests may wait.
    static let tokensPerQueryMax = 512
    static let waitingMax = 8192

    private var gathering: [TokenHash: [CheckedContinuation<Outcome, Never>]] = [:]
    private var asked: [TokenHash: [CheckedContinuation<Outcome, Never>]] = [:]
    /// The number of the query that runs; answers to others come too late.
    private var query = 0
    private var isQuerying = false
    private var waiting = 0
    /// What was revoked while the query ran: its answer may be older than that, and is not believed.
    private var revokedSessions: Set<SessionID> = []
    private var revokedUsers: Set<UserID> = []

    private(set) var queries = 0

    /// Asks for `token` and waits for the answer. `start` is called when a query is to be begun at the end of this
    /// turn of the loop.
    func outcome(for token: TokenHash, start: () -> Void) async -> Outcome {
        guard waiting < Self.waitingMax else { return .unavailable }
        waiting += 1
        return await withCheckedContinuation { continuation in
            if asked[token]?.append(continuation) == nil { gather(token, continuation, start) }
        }
    }

    /// Asks for `token` without waiting, to refresh what is cached.
    func refresh(_ token: TokenHash, start: () -> Void) {
        if asked[token] == nil { gather(token, nil, start) }
    }

    private func gather(_ token: TokenHash, _ continuation: CheckedContinuation<Outcome, Never>?, _ start: () -> Void) {
        let isFirst = gathering.isEmpty && !isQuerying
        gathering[token, default: []] += continuation.map { [$0] } ?? []
        if isFirst { start() }
    }

    /// Takes the tokens of the next query, with the number that its answer must carry; nil when one runs or none is
    /// wanted.
    func beginQuery() -> (number: Int, tokens: [TokenHash])? {
        guard !isQuerying, !gathering.isEmpty else { return nil }
        isQuerying = true
        query += 1
        queries += 1
        revokedSessions.removeAll()
        revokedUsers.removeAll()
        if gathering.count <= Self.tokensPerQueryMax {
            swap(&asked, &gathering)
        } else {
            for (token, waiters) in gathering.prefix(Self.tokensPerQueryMax) {
                asked[token] = waiters
            }
            for token in asked.keys { gathering.removeValue(forKey: token) }
        }
        return (query, Array(asked.keys))
    }

    /// Takes the answer of query `number` (nil: there was none) and wakes who waits. `keep` stores what was found and
    /// `forget` notes what is unknown. Returns whether the answer was awaited still.
    func endQuery(
        _ number: Int, answer: [TokenHash: AuthenticatedSession]?,
        keep: (TokenHash, AuthenticatedSession) -> Void, forget: (TokenHash) -> Void, spare: (TokenHash) -> Void
    ) -> Bool {
        guard isQuerying, number == query else { return false }
        isQuerying = false
        let ended = asked
        asked.removeAll(keepingCapacity: true)
        for (token, waiters) in ended {
            let outcome: Outcome
            if let answer {
                if let session = answer[token] {
                    if revokedSessions.contains(session.sessionID) || revokedUsers.contains(session.principal.userID) {
                        gathering[token, default: []] += waiters
                        continue
                    }
                    keep(token, session)
                    outcome = .found
                } else {
                    forget(token)
                    outcome = .unknown
                }
            } else {
                spare(token)
                outcome = .unavailable
            }
            waiting -= waiters.count
            for waiter in waiters { waiter.resume(returning: outcome) }
        }
        return true
    }

    func noteRevocation(session: SessionID) { if isQuerying { revokedSessions.insert(session) } }
    func noteRevocation(user: UserID) { if isQuerying { revokedUsers.insert(user) } }
}
