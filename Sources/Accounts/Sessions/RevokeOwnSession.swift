package import Identity

/// Ends one of a person's own sessions, on every host.
package struct RevokeOwnSession: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Throws: `notFound` when it is not live, or somebody else's: both answer alike. `refused` for an API token.
    package func callAsFunction(
        _ session: SessionID, of present: AuthenticatedSession, by requester: Requester
    ) async throws(AccountsError) {
        try present.requirePerson()
        let user = present.principal.userID
        var requester = requester
        requester.user = user
        let audit = environment.event("session.revoked", by: requester, about: user)
        let wasLive = try await storage(.session) { () async throws(StoreError) in
            try await environment.sessions.revoke(session, of: user, reason: .revoked, audit: audit)
        }
        guard wasLive else { throw .notFound(.session) }
    }
}
