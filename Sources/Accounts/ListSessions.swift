package import Identity

/// Lists a person's sessions.
package struct ListSessions: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter reference: a username, email address or id.
    package func callAsFunction(of reference: String) async throws(AccountsError) -> [Session] {
        let user = try await FindUser(environment)(reference)
        return try await storage(.session) { () async throws(StoreError) in
            try await environment.sessions.list(of: user.id)
        }
    }
}
