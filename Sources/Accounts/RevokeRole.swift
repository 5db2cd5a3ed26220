import Identity

/// Takes a person's role in a plant away.
package struct RevokeRole: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameters:
    ///   - user: a username, email address or id.
    ///   - plant: a code or id.
    /// - Throws: `notFound` for the user, the plant, or the role when there was none.
    package func callAsFunction(
        from user: String, in plant: String, by requester: Requester
    ) async throws(AccountsError) {
        let user = try await FindUser(environment)(user)
        let plant = try await FindPlant(environment)(plant)
        let hadOne = try await storage(.role) { () async throws(StoreError) in
            try await environment.roles.revoke(from: user.id, in: plant.id)
        }
        guard hadOne else { throw .notFound(.role) }
        try await environment.record("role.revoked", by: requester, about: user.id, plant: plant.id)
    }
}
