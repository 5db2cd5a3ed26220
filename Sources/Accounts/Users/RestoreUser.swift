package import Identity

/// Brings a deleted account back, suspended: activating it is a second, deliberate step.
package struct RestoreUser: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// For global administrators and the command line.
    ///
    /// - Parameter reference: the username, email address or id that the account had.
    /// - Throws: `forbidden`, `notFound`; `refused` for an account that is not deleted.
    @discardableResult
    package func callAsFunction(_ reference: String, by requester: Requester) async throws(AccountsError) -> User {
        try environment.requireAccounts(requester)
        guard let reference = TextRules.searchForm(reference) else { throw .notFound(.user) }
        return try await environment.transaction { stores throws(AccountsError) in
            try await Authority(requester, stores, at: environment.clock.now()).requireEverything()
            let after = try await storage { () async throws(StoreError) in try await stores.users.restore(reference) }
            try await stores.record(
                environment.event(
                    "user.restored", by: requester, about: after.id,
                    details: ["deleted.before": "yes", "deleted.after": "no", "status.after": after.status.rawValue]))
            return after
        }
    }
}
