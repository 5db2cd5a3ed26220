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
    }

    /// Makes every operation throw `error` from now on, as when the database is away; nil ends it.
    package func fail(with error: StoreError?) { database.fail(with: error) }

    /// How many operations were asked for so far, failed ones included.
    package var operationCount: Int { database.operationCount }
}

/// The tables behind `MemoryStores`, each change of which is one transaction.
package final class MemoryDatabase: Sendable {
    private let tables = Mutex(MemoryTables())
    private let clock: any WallClock
    private let random: any RandomSource

    init(clock: any WallClock, random: any RandomSource) {
        self.clock = clock
        self.random = random
    }

    func fail(with error: StoreError?) { tables.withLock { $0.failure = error } }

    var operationCount: Int { tables.withLock { $0.operationCount } }

    func newID() -> UUID128 { UUID128.random(from: random) }

    /// Runs one transaction; the second argument of `body` is the present time. What `body` did before it threw is
    /// undone.
    func transaction<Answer: Sendable>(
        _ body: (inout MemoryTables, Timestamp) throws(StoreError) -> Answer
    ) throws(StoreError) -> Answer {
        let now = clock.now()
        return try tables.withLock { tables throws(StoreError) -> Answer in
            tables.operationCount += 1
            if let failure = tables.failure { throw failure }
            var changed = tables
            let answer = try body(&changed, now)
            tables = changed
            return answer
        }
    }
}

/// The rows.
struct MemoryTables: Sendable {
    struct UserRow: Sendable {
        var user: User
        var passwordHash: String?
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

    var failure: StoreError?
    var operationCount = 0
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
