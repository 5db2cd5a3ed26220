package import Identity

/// Ends one session, whosever it is.
package struct RevokeSession: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Throws: `notFound` when it is not live.
    package func callAsFunction(_ session: SessionID, by requester: Requester) async throws(AccountsError) {
        let wasLive = try await storage(.session) { () async throws(StoreError) in
            try await environment.sessions.revoke(session, reason: .revoked)
        }
        guard wasLive else { throw .notFound(.session) }
        try await environment.record(
            "session.revoked", by: requester, about: nil, details: ["session": session.description])
    }
}
