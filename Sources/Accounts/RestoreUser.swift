package import Identity

/// Brings a deleted account back, suspended: activating it is a second, deliberate step.
package struct RestoreUser: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter reference: the username, email address or id that the account had.
    /// - Throws: `notFound`; `conflict` when somebody else has its username or email address now.
    @discardableResult
    package func callAsFunction(_ reference: String, by requester: Requester) async throws(AccountsError) -> User {
        guard TextRules.isSearchable(reference) else { throw .notFound(.user) }
        let user = try await storage { () async throws(StoreError) in try await environment.users.restore(reference) }
        try await environment.record("user.restored", by: requester, about: user.id)
        return user
    }
}
