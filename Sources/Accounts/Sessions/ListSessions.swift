package import Identity

/// Lists a person's sessions.
package struct ListSessions: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// For global administrators and the command line: a session reaches into every plant.
    ///
    /// - Parameter reference: a username, email address or id.
    /// - Throws: `forbidden`, `notFound`.
    package func callAsFunction(
        of reference: String, by requester: Requester
    ) async throws(AccountsError) -> [Session] {
        try await environment.requireAdministrator(requester)
        let user = try await FindUser(environment)(reference)
        return try await storage(.session) { () async throws(StoreError) in
            try await environment.sessions.list(of: user.id)
        }
    }
}
