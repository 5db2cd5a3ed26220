package import Identity

/// Lists a person's API tokens, those that are over included.
package struct ListAPITokens: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// The person's own.
    ///
    /// - Throws: `refused` for an API token.
    package func callAsFunction(_ present: AuthenticatedSession) async throws(AccountsError) -> [APIToken] {
        try present.requirePerson()
        return try await list(of: present.principal.userID)
    }

    /// - Parameter reference: a username, email address or id.
    package func callAsFunction(of reference: String) async throws(AccountsError) -> [APIToken] {
        try await list(of: try await FindUser(environment)(reference).id)
    }

    private func list(of user: UserID) async throws(AccountsError) -> [APIToken] {
        try await storage(.apiToken) { () async throws(StoreError) in
            try await environment.apiTokens.list(of: user)
        }
    }
}
