package import Identity

/// Lets a suspended or unverified person sign in.
package struct ActivateUser: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter reference: a username, email address or id.
    /// - Throws: `notFound`; `refused` where the data model knows no such transition.
    @discardableResult
    package func callAsFunction(_ reference: String, by requester: Requester) async throws(AccountsError) -> User {
        let id = try await FindUser(environment)(reference).id
        let user = try await storage { () async throws(StoreError) in
            try await environment.users.setStatus(id, .active)
        }
        try await environment.record("user.activated", by: requester, about: user.id)
        return user
    }
}
