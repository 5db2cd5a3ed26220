package import Identity

/// Deletes an account softly: nobody finds it, its sessions end, and only `RestoreUser` brings it back.
package struct DeleteUser: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter reference: a username, email address or id.
    /// - Returns: the account as it was.
    /// - Throws: `notFound`, also for an account that is deleted already.
    @discardableResult
    package func callAsFunction(_ reference: String, by requester: Requester) async throws(AccountsError) -> User {
        let user = try await FindUser(environment)(reference)
        try await storage { () async throws(StoreError) in try await environment.users.delete(user.id) }
        try await environment.record("user.deleted", by: requester, about: user.id)
        return user
    }
}
