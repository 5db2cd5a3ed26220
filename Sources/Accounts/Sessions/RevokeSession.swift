package import Identity

/// Ends one session, whosever it is.
package struct RevokeSession: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// For global administrators and the command line: a session reaches into every plant.
    ///
    /// - Throws: `forbidden`; `notFound` when it is not live.
    package func callAsFunction(_ session: SessionID, by requester: Requester) async throws(AccountsError) {
        try await environment.requireAdministrator(requester)
        let audit = environment.event("session.revoked", by: requester, about: nil)
        let wasLive = try await storage(.session) { () async throws(StoreError) in
            try await environment.sessions.revoke(session, of: nil, reason: .revoked, audit: audit)
        }
        guard wasLive else { throw .notFound(.session) }
    }
}
