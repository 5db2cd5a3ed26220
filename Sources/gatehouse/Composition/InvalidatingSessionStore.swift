import Identity
import Proxy
import Synchronization

/// A session store that tells this process's gateway at once when a session ends, so that signing out here takes effect
/// here with the next request, feed or no feed. Other gateways hear of it from the database.
final class InvalidatingSessionStore: SessionStore {
    private let store: any SessionStore
    private let gateway = Mutex<Gateway?>(nil)

    init(_ store: any SessionStore) { self.store = store }

    /// The gateway to tell, once there is one; nil when it ends.
    func attach(_ gateway: Gateway?) { self.gateway.withLock { $0 = gateway } }

    func revoke(
        _ session: SessionID, of user: UserID?, reason: RevocationReason, audit: AuditEvent
    ) async throws(StoreError) -> Bool {
        let wasLive = try await store.revoke(session, of: user, reason: reason, audit: audit)
        await gateway.withLock { $0 }?.apply([user.map { .session(session, of: $0) } ?? .everything])
        return wasLive
    }

    func revokeAll(
        of user: UserID, except session: SessionID?, reason: RevocationReason, audit: AuditEvent
    ) async throws(StoreError) -> Int {
        let count = try await store.revokeAll(of: user, except: session, reason: reason, audit: audit)
        await gateway.withLock { $0 }?.apply([.user(user)])
        return count
    }

    func refresh(
        _ refreshing: RefreshRotation, audit: AuditEvent, theft: AuditEvent
    ) async throws(StoreError) -> RefreshOutcome {
        try await store.refresh(refreshing, audit: audit, theft: theft)
    }

    func create(
        _ session: NewSession, token: TokenHash, host: String?, audit: AuditEvent?
    ) async throws(StoreError) -> Session {
        try await store.create(session, token: token, host: host, audit: audit)
    }

    func addToken(
        _ token: TokenHash, to session: SessionID, host: String, audit: AuditEvent
    ) async throws(StoreError) -> Session {
        try await store.addToken(token, to: session, host: host, audit: audit)
    }

    func rotate(_ rotation: TokenRotation) async throws(StoreError) -> RotationOutcome {
        try await store.rotate(rotation)
    }

    func list(of user: UserID) async throws(StoreError) -> [Session] { try await store.list(of: user) }

    func recordUse(_ uses: [SessionUse]) async throws(StoreError) { try await store.recordUse(uses) }

    func lookup(
        _ tokens: [TokenHash], idle: Duration
    ) async throws(StoreError) -> [TokenHash: AuthenticatedSession] {
        try await store.lookup(tokens, idle: idle)
    }

    func standing(of sessions: [SessionID]) async throws(StoreError) -> [SessionID: AuthenticatedSession] {
        try await store.standing(of: sessions)
    }
}
