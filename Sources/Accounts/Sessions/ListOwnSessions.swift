package import Identity

/// Lists the sessions that a person is signed in with now, the present one first and then the last used.
package struct ListOwnSessions: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Throws: `refused` for an API token, which sees nothing of its user's sessions.
    package func callAsFunction(_ present: AuthenticatedSession) async throws(AccountsError) -> [OwnSession] {
        try present.requirePerson()
        let now = environment.clock.now()
        let idle = environment.settings.sessionIdle
        let all = try await storage(.session) { () async throws(StoreError) in
            try await environment.sessions.list(of: present.principal.userID)
        }
        return all.filter {
            $0.revokedAt == nil && $0.expiresAt > now && ($0.isPersistent || $0.lastUsedAt > now - idle)
        }
        .map { OwnSession($0, isPresent: $0.id == present.sessionID) }
        .sorted { ($0.isPresent ? 1 : 0, $0.session.lastUsedAt) > ($1.isPresent ? 1 : 0, $1.session.lastUsedAt) }
    }
}

/// A session as its own person sees it.
package struct OwnSession: Sendable, Hashable {
    package let session: Session
    package let device: Device
    /// Whether it is the one that asks.
    package let isPresent: Bool

    init(_ session: Session, isPresent: Bool) {
        self.session = session
        device = Device(userAgent: session.userAgent)
        self.isPresent = isPresent
    }
}

extension AuthenticatedSession {
    /// What changes an account takes a person who signed in: an API token is for applications, and below a ceiling it
    /// must not be able to make one without.
    package func requirePerson() throws(AccountsError) {
        guard kind == .session else { throw .refused("An API token cannot do this: sign in instead.") }
    }
}
