package import Identity
package import Store
import Synchronization

/// All stores in memory, over one set of tables: for tests that are not about PostgreSQL.
///
/// They pass the same conformance suite as the SQL stores (`StoreConformance`).
package struct MemoryStores: Sendable {
    package let users: MemoryUserStore
    package let plants: MemoryPlantStore
    package let roles: MemoryRoleStore
    package let sessions: MemorySessionStore
    package let tickets: MemoryTicketStore
    package let apiTokens: MemoryAPITokenStore
    package let audit: MemoryAuditStore
    /// How long a token still opens its session after another took its place.
    package let rotationGrace: RotationGrace
    package let verifications: MemoryVerificationStore
    package let invitations: MemoryInvitationStore
    package let identities: MemoryLinkedIdentityStore
    package let throttles: MemoryThrottleStore
    package let outbox: MemoryOutbox
    package let work: MemoryUnitOfWork
    private let database: MemoryDatabase

    /// - Parameters:
    ///   - clock: what the stores take for the present time.
    ///   - random: where the ids of users and sessions come from.
    ///   - rotationGrace: how long a token still opens its session after another took its place.
    package init(
        clock: any WallClock = SystemClock(), random: any RandomSource = SystemRandomSource(),
        rotationGrace: Duration = .seconds(30)
    ) {
        database = MemoryDatabase(clock: clock, random: random)
        users = MemoryUserStore(database: database)
        plants = MemoryPlantStore(database: database)
        roles = MemoryRoleStore(database: database)
        self.rotationGrace = RotationGrace(rotationGrace)
        sessions = MemorySessionStore(database: database, grace: self.rotationGrace)
        tickets = MemoryTicketStore(database: database)
        apiTokens = MemoryAPITokenStore(database: database)
        audit = MemoryAuditStore(database: database)
        verifications = MemoryVerificationStore(database: database)
        invitations = MemoryInvitationStore(database: database)
        identities = MemoryLinkedIdentityStore(database: database)
        throttles = MemoryThrottleStore(database: database)
        outbox = MemoryOutbox(database: database)
        work = MemoryUnitOfWork(database: database)
    }

    /// Makes every operation throw `error` from now on, as when the database is away; nil ends it.
    package func fail(with error: StoreError?) { database.fail(with: error) }

    /// How many operations were asked for so far, failed ones included.
    package var operationCount: Int { database.operationCount }
}

/// The tables behind `MemoryStores`, each change of which is one transaction.
package final class MemoryDatabase: Sendable {
    /// Whether the task runs within a unit of work. Whoever asks a store beside it then waits, in PostgreSQL, for a
    /// second connection while it holds one: when all do so, all wait for ever. Here it fails at once.
    @TaskLocal private static var isWithinUnit = false

    private struct State {
        var tables = MemoryTables()
        /// Grows with every change, so that a unit of work sees whether somebody was in between.
        var version = 0
        var failure: StoreError?
        var operationCount = 0
    }

    private let state: Mutex<State>
    private let clock: any WallClock
    private let random: any RandomSource
    /// The database that a unit of work is done on behalf of.
    private let parent: MemoryDatabase?

    init(clock: any WallClock, random: any RandomSource) {
        self.clock = clock
        self.random = random
        parent = nil
        state = Mutex(State())
    }

    /// A copy that a unit of work changes, to be put in the original's place.
    private init(copyOf parent: MemoryDatabase, _ tables: MemoryTables) {
        clock = parent.clock
        random = parent.random
        self.parent = parent
        state = Mutex(State(tables: tables))
    }

    func fail(with error: StoreError?) { state.withLock { $0.failure = error } }

    var operationCount: Int { state.withLock { $0.operationCount } }

    func newID() -> UUID128 { UUID128.random(from: random) }

    /// Runs one transaction; the second argument of `body` is the present time. What `body` did before it threw is
    /// undone.
    func transaction<Answer: Sendable>(
        _ body: (inout MemoryTables, Timestamp) throws(StoreError) -> Answer
    ) throws(StoreError) -> Answer {
        let now = clock.now()
        try requireOneConnection()
        try parent?.countOperation()
        return try state.withLock { state throws(StoreError) -> Answer in
            state.operationCount += 1
            if let failure = state.failure { throw failure }
            var changed = state.tables
            let answer = try body(&changed, now)
            state.tables = changed
            state.version += 1
            return answer
        }
    }

    /// Looks without changing anything: what `body` does to the tables is dropped.
    func look<Answer: Sendable>(
        _ body: (inout MemoryTables, Timestamp) throws(StoreError) -> Answer
    ) throws(StoreError) -> Answer {
        let now = clock.now()
        try requireOneConnection()
        try parent?.countOperation()
        return try state.withLock { state throws(StoreError) -> Answer in
            state.operationCount += 1
            if let failure = state.failure { throw failure }
            var copy = state.tables
            return try body(&copy, now)
        }
    }

    private func requireOneConnection() throws(StoreError) {
        if parent == nil, Self.isWithinUnit {
            throw .unexpected("a unit of work asks a store that is not its own")
        }
    }

    private func countOperation() throws(StoreError) {
        try state.withLock { state throws(StoreError) in
            state.operationCount += 1
            if let failure = state.failure { throw failure }
        }
    }

    /// Runs a unit of work on a copy, and puts that in the original's place; once more if somebody was in between.
    func unit<Answer: Sendable>(
        _ body: (MemoryDatabase) async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        while true {
            let (tables, version) = state.withLock { ($0.tables, $0.version) }
            let copy = MemoryDatabase(copyOf: self, tables)
            let answer = try await Self.$isWithinUnit.withValue(true) {
                do throws(StoreError) { return Result<Answer, StoreError>.success(try await body(copy)) } catch {
                    return .failure(error)
                }
            }.get()
            let changed = copy.state.withLock { $0.tables }
            let isDone = state.withLock { state in
                guard state.version == version else { return false }
                state.tables = changed
                state.version += 1
                return true
            }
            if isDone { return answer }
        }
    }
}

/// Units of work in memory.
package struct MemoryUnitOfWork: UnitOfWork {
    let database: MemoryDatabase

    package func perform<Answer: Sendable>(
        _ body: (StoresInTransaction) async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        try await database.unit { copy throws(StoreError) in
            try await body(
                StoresInTransaction(
                    users: MemoryUserStore(database: copy), plants: MemoryPlantStore(database: copy),
                    roles: MemoryRoleStore(database: copy), verifications: MemoryVerificationStore(database: copy),
                    invitations: MemoryInvitationStore(database: copy),
                    identities: MemoryLinkedIdentityStore(database: copy), audit: MemoryAuditStore(database: copy),
                    outbox: MemoryOutbox(database: copy)))
        }
    }
}

/// The rows.
struct MemoryTables: Sendable {
    struct UserRow: Sendable {
        var user: User
        var passwordHash: String?
        var mustChangePassword = false
    }

    struct VerificationRow: Sendable {
        let verification: NewVerification
        var consumedAt: Timestamp?
    }

    struct InvitationRow: Sendable {
        let invitation: Invitation
        let token: TokenHash
        var isOver = false
    }

    struct IdentityRow: Sendable {
        var identity: LinkedIdentity
        let user: UserID
    }

    struct GrantKey: Hashable, Sendable {
        let user: UserID
        let plant: PlantID
    }

    struct Grant: Sendable {
        var role: Role
        var grantedBy: UserID?
        var expiresAt: Timestamp?

        func holds(at now: Timestamp) -> Bool { expiresAt.map { $0 > now } ?? true }
    }

    struct TokenRow: Sendable {
        let session: SessionID
        let host: String?
        let createdAt: Timestamp
        var token: TokenHash
        var previous: TokenHash?
        var rotatedAt: Timestamp?
        var expiresAt: Timestamp?
        var nonce: [UInt8]?

        var issuedAt: Timestamp { rotatedAt ?? createdAt }
    }

    /// The refresh token of a program's session.
    struct RefreshRow: Sendable {
        let session: SessionID
        var token: TokenHash
        var previous: TokenHash?
        var refreshedAt: Timestamp?
        var nonce: [UInt8]?
    }

    struct SpentRow: Sendable {
        let session: SessionID
        /// Nil for a refresh token.
        let host: String?
        let at: Timestamp
    }

    struct APITokenRow: Sendable {
        var record: APIToken
        let hash: TokenHash
    }

    var users: [UserID: UserRow] = [:]
    var plants: [PlantID: Plant] = [:]
    var lastPlant: Int32 = 0
    var grants: [GrantKey: Grant] = [:]
    var sessions: [SessionID: Session] = [:]
    var tokens: [TokenRow] = []
    var refreshTokens: [RefreshRow] = []
    /// Tokens that are not even the previous ones any more, with their session.
    var spent: [TokenHash: SpentRow] = [:]
    var apiTokens: [APITokenID: APITokenRow] = [:]
    var tickets: [TokenHash: Ticket] = [:]
    var audit: [AuditEvent] = []
    var verifications: [VerificationRow] = []
    var invitations: [InvitationRow] = []
    var identities: [IdentityRow] = []
    var throttles: [TokenHash: ThrottleState] = [:]
    var outbox: [MailEvent] = []
}

extension MemoryTables {
    /// A text without its case, compared byte for byte: two spellings of one accented letter are two texts.
    static func folded(_ text: String) -> [UInt8] { Array(text.lowercased().utf8) }

    /// The roles that a person holds in active plants, ordered by plant.
    func memberships(of user: UserID, at now: Timestamp) -> [PlantMembership] {
        grants.compactMap { key, grant -> PlantMembership? in
            guard key.user == user, grant.holds(at: now), let plant = plants[key.plant], plant.isActive else {
                return nil
            }
            return PlantMembership(
                plantID: plant.id, plantCode: plant.code, plantName: plant.name, role: grant.role,
                expiresAt: grant.expiresAt)
        }.sorted { $0.plantID < $1.plantID }
    }

    func principal(_ user: User, at now: Timestamp) -> Principal {
        Principal(
            userID: user.id, username: user.username, email: user.email, name: user.name, globalRoles: user.roles,
            memberships: memberships(of: user.id, at: now))
    }

    /// Ends the live sessions of a user but one, and returns how many there were.
    mutating func endSessions(
        of user: UserID, except kept: SessionID? = nil, reason: RevocationReason, at now: Timestamp
    ) -> Int {
        let live = sessions.values.filter { $0.userID == user && $0.isLive(at: now) && $0.id != kept }
        for session in live { sessions[session.id] = session.ended(reason, at: now) }
        return live.count
    }
}

extension Session {
    func isLive(at now: Timestamp) -> Bool { revokedAt == nil && expiresAt > now }

    func ended(_ reason: RevocationReason, at now: Timestamp) -> Session {
        copy(lastUsedAt: lastUsedAt, revokedAt: now, revocationReason: reason.rawValue)
    }

    func used(at moment: Timestamp) -> Session {
        copy(lastUsedAt: max(lastUsedAt, moment), revokedAt: revokedAt, revocationReason: revocationReason)
    }

    private func copy(lastUsedAt: Timestamp, revokedAt: Timestamp?, revocationReason: String?) -> Session {
        Session(
            id: id, userID: userID, userAgent: userAgent, ipAddress: ipAddress, method: method, factors: factors,
            issuedAt: issuedAt, lastUsedAt: lastUsedAt, expiresAt: expiresAt, revokedAt: revokedAt,
            revocationReason: revocationReason, isPersistent: isPersistent, isAPIClient: isAPIClient)
    }
}
