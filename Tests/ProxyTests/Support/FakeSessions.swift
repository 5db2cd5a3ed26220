import Identity
import Synchronization
import TLS

/// A session store in memory that can be counted, slowed down and taken away.
final class FakeSessions: SessionLookup {
    private struct State {
        var sessions: [TokenHash: AuthenticatedSession] = [:]
        var queries: [[TokenHash]] = []
        var uses: [SessionUse] = []
        var standings = 0
        var isAway = false
        var delay: Duration = .zero
        /// Whether the answer is what was true when the question came, however long it takes.
        var looksFirst = false
        /// Whether answers stay on their way, and those that do.
        var holdsAnswers = false
        var held: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var queries: [[TokenHash]] { state.withLock { $0.queries } }
    func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }
    func answersAsOfTheQuestion() { state.withLock { $0.looksFirst = true } }
    func setDelay(_ delay: Duration) { state.withLock { $0.delay = delay } }
    func remove(_ token: String) { state.withLock { _ = $0.sessions.removeValue(forKey: Self.hash(token)) } }
    func record(_ uses: [SessionUse]) { state.withLock { $0.uses += uses } }
    var uses: [SessionUse] { state.withLock { $0.uses } }

    func put(_ session: AuthenticatedSession, for token: String) {
        state.withLock { $0.sessions[Self.hash(token)] = session }
    }

    /// From now on, answers are what was true when the question came, and stay on their way until this is over.
    func holdAnswers(_ holds: Bool) {
        state.withLock { $0.holdsAnswers = holds }
        if !holds { letGo() }
    }
    /// Has the answers arrive that are on their way.
    func letGo() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for answer in held { answer.resume() }
    }
    /// How many answers are on their way.
    var held: Int { state.withLock { $0.held.count } }

    /// How often it was asked what sessions are good for, by their own ids.
    var standings: Int { state.withLock { $0.standings } }

    func standing(of sessions: [SessionID]) throws(StoreError) -> [SessionID: AuthenticatedSession] {
        let answer = state.withLock { state in
            state.standings += 1
            let found = state.sessions.values.filter { sessions.contains($0.sessionID) }
            return state.isAway ? nil : Dictionary(found.map { ($0.sessionID, $0) }) { first, _ in first }
        }
        guard let answer else { throw .unavailable("FATAL 57P03: the test took the database away") }
        return answer
    }

    static func hash(_ token: String) -> TokenHash { TokenHash(DigestContext().sha256(token.utf8.span)) }

    /// A token for a new session of a person with these roles.
    @discardableResult
    func signIn(
        _ username: String = "ada", roles: [String: Role] = ["detroit": .operator], global: [String] = ["user"],
        host: String? = nil, name: String? = "Ada Lovelace", lifetime: Duration = .seconds(3600),
        lastUsedAgo: Duration = .zero,
        user: UserID = UserID(.random(from: SystemRandomSource())), now: Timestamp = SystemClock().now()
    ) -> String {
        let token = Token(.session, from: SystemRandomSource()).text
        let memberships = roles.sorted { $0.key < $1.key }.enumerated().map { index, grant in
            PlantMembership(
                plantID: PlantID(Int32(index + 1)), plantCode: grant.key, plantName: grant.key.uppercased(),
                role: grant.value)
        }
        let principal = Principal(
            userID: user, username: username, email: "\(username)@example.com",
            name: name, globalRoles: global, memberships: memberships)
        let session = AuthenticatedSession(
            sessionID: SessionID(.random(from: SystemRandomSource())), principal: principal, host: host,
            lastUsedAt: now - lastUsedAgo, expiresAt: now + lifetime)
        state.withLock { $0.sessions[Self.hash(token)] = session }
        return token
    }

    func session(_ token: String) -> AuthenticatedSession? { state.withLock { $0.sessions[Self.hash(token)] } }

    func lookup(_ tokens: [TokenHash], idle: Duration) async throws(StoreError) -> [TokenHash: AuthenticatedSession] {
        let (isAway, delay, early) = state.withLock { state in
            state.queries.append(tokens)
            let early = state.looksFirst || state.holdsAnswers ? state.sessions.filter { tokens.contains($0.key) } : nil
            return (state.isAway, state.delay, early)
        }
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                if state.holdsAnswers { state.held.append(continuation) }
                return state.holdsAnswers
            }
            if !isHeld { continuation.resume() }
        }
        if delay > .zero { try? await Task.sleep(for: delay) }
        if isAway { throw .unavailable("FATAL 57P03: the test took the database away") }
        if let early { return early }
        return state.withLock { state in
            state.sessions.filter { tokens.contains($0.key) }
        }
    }
}
