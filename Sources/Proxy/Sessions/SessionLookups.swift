import EventLoop
import Identity

/// The questions to the session store that one worker has open: misses that arrive in the same turn, or while a query
/// runs, go out together as one query.
///
/// The query runs off the worker's loop, and its answer comes back to the worker as a message. Nobody waits for longer
/// than one query may take. When one has had no answer in that time, all who wait are told so; from then on one query at a
/// time finds out whether the store answers again, and who comes meanwhile is told at once.
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
    /// How often an answer that was overtaken by changes is asked for again, before nothing can be said.
    static let repetitionsMax = 8

    private var gathering: [TokenHash: [CheckedContinuation<Outcome, Never>]] = [:]
    private var asked: [TokenHash: [CheckedContinuation<Outcome, Never>]] = [:]
    /// The number of the query that runs; answers to others come too late.
    private var query = 0
    private var isQuerying = false
    private(set) var waiting = 0
    /// What changed while the query ran: its answer may be older than that, and is not believed.
    private var changes = ChangeSet()
    /// How often a token was asked for again for that reason.
    private var repeated: [TokenHash: Int] = [:]
    /// Whether the last query had no answer in time.
    private var isStoreSilent = false

    private(set) var queries = 0

    /// Asks for `token` and waits for the answer. `start` is called when a query is to be begun at the end of this
    /// turn of the loop.
    func outcome(for token: TokenHash, start: () -> Void) async -> Outcome {
        guard waiting < Self.waitingMax, !(isStoreSilent && isQuerying) else { return .unavailable }
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
        changes.forget()
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

    /// Takes the answer of query `number` (nil: there was none, in time or at all) and wakes who waits. `keep` stores what
    /// was found, `forget` notes what is unknown, and whether that may be remembered. Returns whether the answer was
    /// awaited still.
    func endQuery(
        _ number: Int, answer: [TokenHash: AuthenticatedSession]?, isLate: Bool = false,
        keep: (TokenHash, AuthenticatedSession) -> Void, forget: (TokenHash, Bool) -> Void,
        spare: (TokenHash) -> Void
    ) -> Bool {
        guard isQuerying, number == query else { return false }
        isQuerying = false
        isStoreSilent = answer == nil && isLate
        var ended = asked
        asked.removeAll(keepingCapacity: true)
        if isStoreSilent {
            ended.merge(gathering) { $0 + $1 }
            gathering.removeAll()
        }
        for (token, waiters) in ended {
            let outcome: Outcome
            if let answer, let session = answer[token] {
                if changes.concern(session) {
                    if mayRepeat(token) {
                        gathering[token, default: []] += waiters
                        continue
                    }
                    spare(token)
                    outcome = .unavailable
                } else {
                    keep(token, session)
                    outcome = .found
                }
            } else if answer != nil {
                forget(token, !changes.mayHaveOpened)
                outcome = .unknown
            } else {
                spare(token)
                outcome = .unavailable
            }
            repeated[token] = nil
            waiting -= waiters.count
            for waiter in waiters { waiter.resume(returning: outcome) }
        }
        return true
    }

    private func mayRepeat(_ token: TokenHash) -> Bool {
        let count = repeated[token, default: 0]
        guard count < Self.repetitionsMax else { return false }
        repeated[token] = count + 1
        return true
    }

    /// Takes note of a change in the store, of which the answer of a query that runs may not know.
    func note(_ change: IdentityChange) { if isQuerying { changes.note(change) } }
}
