package import Identity

/// Finds the account that a reference names: an id, an email address or a username.
package struct FindUser: Sendable {
    private let users: any UserStore

    package init(_ environment: AccountsEnvironment) { users = environment.users }

    /// As a transaction sees it, and over its connection: one that waited for a second would wait for ever when all do.
    init(_ stores: StoresInTransaction) { users = stores.users }

    /// No username has the form of an id or an `@`, so a reference can name only one account.
    ///
    /// - Throws: `notFound`, also for a deleted account.
    package func callAsFunction(_ reference: String) async throws(AccountsError) -> User {
        guard let reference = TextRules.searchForm(reference) else { throw .notFound(.user) }
        let user = try await storage { () async throws(StoreError) -> User? in
            if let id = UserID(reference) { return try await users.find(id: id) }
            if let user = try await users.find(username: reference) { return user }
            return try await users.find(email: reference)
        }
        guard let user else { throw .notFound(.user) }
        return user
    }
}
