package import Identity

/// Ends an API token.
package struct RevokeAPIToken: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// One of the person's own.
    ///
    /// - Throws: `notFound` when it is not live, or somebody else's: both answer alike. `refused` for an API token.
    package func callAsFunction(
        _ token: APITokenID, of present: AuthenticatedSession, by requester: Requester
    ) async throws(AccountsError) {
        try present.requirePerson()
        var requester = requester
        requester.user = present.principal.userID
        try await revoke(token, of: present.principal.userID, by: requester)
    }

    /// Anybody's, by an operator of the gateway.
    package func callAsFunction(_ token: APITokenID, by requester: Requester) async throws(AccountsError) {
        try await revoke(token, of: nil, by: requester)
    }

    private func revoke(
        _ token: APITokenID, of user: UserID?, by requester: Requester
    ) async throws(AccountsError) {
        let audit = environment.event("api_token.revoked", by: requester, about: user)
        let wasLive = try await storage(.apiToken) { () async throws(StoreError) in
            try await environment.apiTokens.revoke(token, of: user, audit: audit)
        }
        guard wasLive else { throw .notFound(.apiToken) }
    }
}
