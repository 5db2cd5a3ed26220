package import Identity

/// Lists accounts, page by page; deleted ones are left out.
package struct ListUsers: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    package func callAsFunction(
        activeOnly: Bool = false, offset: Int = 0, limit: Int = 100
    ) async throws(AccountsError) -> [User] {
        try await storage { () async throws(StoreError) in
            try await environment.users.list(activeOnly: activeOnly, offset: offset, limit: limit)
        }
    }
}
