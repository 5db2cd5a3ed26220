package import Identity

/// Ends the session that a person is signed in with, on every host.
package struct SignOut: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// Signing out twice is no error: the session is over either way.
    package func callAsFunction(
        _ session: AuthenticatedSession, by requester: Requester
    ) async throws(AccountsError) {
        let wasLive = try await storage(.session) { () async throws(StoreError) in
            try await environment.sessions.revoke(session.sessionID, reason: .signedOut)
        }
        guard wasLive else { return }
        var requester = requester
        requester.user = session.principal.userID
        try await environment.record(
            "user.signed_out", by: requester, about: session.principal.userID,
            details: ["session": session.sessionID.description])
    }
}
