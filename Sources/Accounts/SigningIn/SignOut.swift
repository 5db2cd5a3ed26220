package import Identity

/// Ends the session that a person is signed in with, on every host.
package struct SignOut: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// Signing out twice is no error: the session is over either way.
    package func callAsFunction(
        _ session: AuthenticatedSession, by requester: Requester
    ) async throws(AccountsError) {
        let user = session.principal.userID
        var requester = requester
        requester.user = user
        let audit = environment.event("user.signed_out", by: requester, about: user)
        _ = try await storage(.session) { () async throws(StoreError) in
            try await environment.sessions.revoke(session.sessionID, of: user, reason: .signedOut, audit: audit)
        }
    }
}
