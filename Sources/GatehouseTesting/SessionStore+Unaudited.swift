package import Identity

/// The stores' operations without an audit event, for tests that are about something else.
extension SessionStore {
    package func create(_ session: NewSession, token: TokenHash, host: String?) async throws(StoreError) -> Session {
        try await create(session, token: token, host: host, audit: nil)
    }

    package func addToken(_ token: TokenHash, to session: SessionID, host: String) async throws(StoreError) {
        _ = try await addToken(token, to: session, host: host, audit: Self.event)
    }

    package func revoke(_ session: SessionID, reason: RevocationReason) async throws(StoreError) -> Bool {
        try await revoke(session, of: nil, reason: reason, audit: Self.event)
    }

    package func revokeAll(of user: UserID, reason: RevocationReason) async throws(StoreError) -> Int {
        try await revokeAll(of: user, except: nil, reason: reason, audit: Self.event)
    }

    private static var event: AuditEvent {
        AuditEvent(at: SystemClock().now(), event: "test", actor: nil, subject: nil)
    }
}

extension UserStore {
    package func setPasswordHash(_ id: UserID, _ hash: String?) async throws(StoreError) {
        _ = try await setPasswordHash(id, hash, keeping: nil)
    }
}
