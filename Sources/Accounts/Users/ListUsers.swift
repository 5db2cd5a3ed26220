package import Identity

/// Lists accounts, page by page; deleted ones are left out.
package struct ListUsers: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Throws: `forbidden` unless the requester administers everything.
    package func callAsFunction(
        activeOnly: Bool = false, offset: Int = 0, limit: Int = 100, by requester: Requester
    ) async throws(AccountsError) -> [User] {
        try await environment.requireAdministrator(requester)
        return try await storage { () async throws(StoreError) in
            try await environment.users.list(activeOnly: activeOnly, offset: offset, limit: limit)
        }
    }
}
