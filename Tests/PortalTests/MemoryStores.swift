import Identity
import Synchronization

/// The accounts' stores in memory, as far as the portal reaches them.
///
/// `isAway` makes every operation fail as it does when the database cannot be reached.
final class MemoryStores: Sendable {
    struct Tables {
        var users: [UserID: UserCredentials] = [:]
        var principals: [UserID: Principal] = [:]
        var sessions: [SessionID: NewSession] = [:]
        var revoked: Set<SessionID> = []
        var tokens: [TokenHash: (session: SessionID, host: String?)] = [:]
        var tickets: [TokenHash: Ticket] = [:]
        var events: [AuditEvent] = []
        var isAway = false
    }

    let tables = Mutex(Tables())

    func use<Answer: Sendable>(_ body: (inout Tables) throws(StoreError) -> Answer) throws(StoreError) -> Answer {
        try tables.withLock { tables throws(StoreError) in
            guard !tables.isAway else { throw .unavailable("away") }
            return try body(&tables)
        }
    }

    func goAway() { tables.withLock { $0.isAway = true } }
    var ticketCount: Int { tables.withLock { $0.tickets.count } }
    var eventNames: [String] { tables.withLock { $0.events.map(\.event) } }
}

extension MemoryStores: SessionStore {
    func create(
        _ session: NewSession, token: TokenHash, host: String?, audit: AuditEvent?
    ) async throws(StoreError) -> Session {
        try use { tables throws(StoreError) in
            if let audit { tables.events.append(audit) }
            let id = SessionID(.random(from: SystemRandomSource()))
            tables.sessions[id] = session
            tables.tokens[token] = (id, host)
            return Self.session(id, session)
        }
    }

    func addToken(
        _ token: TokenHash, to session: SessionID, host: String, audit: AuditEvent
    ) async throws(StoreError) -> Session {
        try use { tables throws(StoreError) in
            guard let begun = tables.sessions[session], !tables.revoked.contains(session) else { throw .notFound }
            tables.tokens[token] = (session, host)
            tables.events.append(audit)
            return Self.session(session, begun)
        }
    }

    private static func session(_ id: SessionID, _ begun: NewSession) -> Session {
        Session(
            id: id, userID: begun.userID, userAgent: begun.userAgent, ipAddress: begun.ipAddress,
            method: begun.method.rawValue, factors: begun.factors, issuedAt: begun.issuedAt,
            lastUsedAt: begun.issuedAt, expiresAt: begun.expiresAt, revokedAt: nil, revocationReason: nil,
            isPersistent: begun.isPersistent)
    }

    func lookup(
        _ tokens: [TokenHash], idle: Duration
    ) async throws(StoreError) -> [TokenHash: AuthenticatedSession] {
        try use { tables throws(StoreError) in
            var found: [TokenHash: AuthenticatedSession] = [:]
            for token in tokens {
                guard let (id, host) = tables.tokens[token], !tables.revoked.contains(id),
                    let session = tables.sessions[id], let principal = tables.principals[session.userID]
                else { continue }
                found[token] = AuthenticatedSession(
                    sessionID: id, principal: principal, host: host, lastUsedAt: session.issuedAt,
                    expiresAt: session.expiresAt)
            }
            return found
        }
    }

    func list(of user: UserID) async throws(StoreError) -> [Session] { [] }

    func revoke(
        _ session: SessionID, of user: UserID?, reason: RevocationReason, audit: AuditEvent
    ) async throws(StoreError) -> Bool {
        try use { tables throws(StoreError) in
            guard tables.sessions[session] != nil, tables.revoked.insert(session).inserted else { return false }
            tables.events.append(audit)
            return true
        }
    }

    func revokeAll(
        of user: UserID, except session: SessionID?, reason: RevocationReason, audit: AuditEvent
    ) async throws(StoreError) -> Int { 0 }
    func rotate(_ rotation: TokenRotation) async throws(StoreError) -> RotationOutcome { .none }
    func refresh(
        _ refreshing: RefreshRotation, audit: AuditEvent, theft: AuditEvent
    ) async throws(StoreError) -> RefreshOutcome { .unknown }
    func recordUse(_ uses: [SessionUse]) async throws(StoreError) {}
}

extension MemoryStores: TicketStore {
    func create(_ ticket: Ticket) async throws(StoreError) {
        try use { tables throws(StoreError) in tables.tickets[ticket.token] = ticket }
    }

    func redeem(
        _ token: TokenHash, host: String, attempt: TokenHash, at moment: Timestamp
    ) async throws(StoreError) -> SessionID? {
        try use { tables throws(StoreError) in
            guard let ticket = tables.tickets[token], ticket.host == host, ticket.attempt == attempt,
                moment < ticket.expiresAt
            else { return nil }
            tables.tickets[token] = nil
            return ticket.session
        }
    }
}

extension MemoryStores: AuditStore {
    func append(_ event: AuditEvent) async throws(StoreError) {
        try use { tables throws(StoreError) in tables.events.append(event) }
    }

    func list(limit: Int) async throws(StoreError) -> [AuditEvent] { tables.withLock { $0.events } }
    func list(_ filter: AuditFilter) async throws(StoreError) -> [AuditEntry] { [] }
}

extension MemoryStores: UserStore {
    func credentials(login: String, from address: String?) async throws(StoreError) -> UserCredentials? {
        try use { tables throws(StoreError) in
            tables.users.values.first {
                $0.user.username?.lowercased() == login.lowercased()
                    || $0.user.email?.lowercased() == login.lowercased()
            }
        }
    }

    func recordSignIn(_ id: UserID, at: Timestamp) async throws(StoreError) {}
    func setPasswordHash(_ id: UserID, _ hash: String?, keeping session: SessionID?) async throws(StoreError) -> Int {
        0
    }
    func renewPasswordHash(_ id: UserID, from old: String, to new: String) async throws(StoreError) {}

    // The portal comes nowhere near these.
    func register(_ user: NewUser) async throws(StoreError) -> RegisteredUser { throw .refused("not here") }
    func lock(_ id: UserID) async throws(StoreError) -> User? { nil }
    func credentials(of id: UserID, from address: String?) async throws(StoreError) -> UserCredentials? { nil }
    func list(_ filter: UserFilter) async throws(StoreError) -> [ListedUser] { [] }
    func count(_ filter: UserFilter) async throws(StoreError) -> Int { 0 }
    func listed(_ id: UserID) async throws(StoreError) -> ListedUser? { nil }
    func create(_ user: NewUser) async throws(StoreError) -> User { throw .refused("not here") }
    func find(id: UserID) async throws(StoreError) -> User? { nil }
    func find(username: String) async throws(StoreError) -> User? { nil }
    func find(email: String) async throws(StoreError) -> User? { nil }
    func list(activeOnly: Bool, offset: Int, limit: Int) async throws(StoreError) -> [User] { [] }
    func count(activeOnly: Bool) async throws(StoreError) -> Int { 0 }
    func update(_ id: UserID, _ changes: [UserChange]) async throws(StoreError) -> User { throw .notFound }
    func setStatus(_ id: UserID, _ status: UserStatus) async throws(StoreError) -> User { throw .notFound }
    func delete(_ id: UserID) async throws(StoreError) {}
    func restore(_ reference: String) async throws(StoreError) -> User { throw .notFound }
}

/// The portal asks for no plant and grants no role.
struct NoPlants: PlantStore, RoleStore {
    func create(code: String, name: String) async throws(StoreError) -> Plant { throw .refused("not here") }
    func find(code: String) async throws(StoreError) -> Plant? { nil }
    func find(id: PlantID) async throws(StoreError) -> Plant? { nil }
    func list() async throws(StoreError) -> [Plant] { [] }
    func rename(_ id: PlantID, code: String) async throws(StoreError) -> Plant { throw .notFound }
    func delete(_ id: PlantID) async throws(StoreError) {}
    func grant(
        _ role: Role, to user: UserID, in plant: PlantID, by granter: UserID?, until: Timestamp?
    ) async throws(StoreError) {}
    func revoke(from user: UserID, in plant: PlantID) async throws(StoreError) -> Bool { false }
    func role(of user: UserID, in plant: PlantID) async throws(StoreError) -> Role? { nil }
    func memberships(of user: UserID) async throws(StoreError) -> [PlantMembership] { [] }
    func list(user: UserID?, plant: PlantID?) async throws(StoreError) -> [RoleGrant] { [] }
    func principal(of user: UserID) async throws(StoreError) -> Principal? { nil }
}
