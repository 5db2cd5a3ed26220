package import Identity

/// Ends one session, whosever it is.
package struct RevokeSession: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Throws: `notFound` when it is not live.
    package func callAsFunction(_ session: SessionID, by requester: Requester) async throws(AccountsError) {
        let audit = environment.event("session.revoked", by: requester, about: nil)
        let wasLive = try await storage(.session) { () async throws(StoreError) in
            try await environment.sessions.revoke(session, of: nil, reason: .revoked, audit: audit)
        }
        guard wasLive else { throw .notFound(.session) }
    }
}
