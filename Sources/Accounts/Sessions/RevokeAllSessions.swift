import Identity

/// Ends every session of a person.
package struct RevokeAllSessions: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// For global administrators and the command line.
    ///
    /// - Parameter reference: a username, email address or id.
    /// - Returns: how many were live.
    /// - Throws: `forbidden`, `notFound`.
    @discardableResult
    package func callAsFunction(of reference: String, by requester: Requester) async throws(AccountsError) -> Int {
        try await environment.requireAdministrator(requester)
        let user = try await FindUser(environment)(reference)
        let audit = environment.event("user.sessions_revoked", by: requester, about: user.id)
        return try await storage(.session) { () async throws(StoreError) in
            try await environment.sessions.revokeAll(of: user.id, except: nil, reason: .revoked, audit: audit)
        }
    }
}
