import Identity

/// Takes a person's role in a plant away.
package struct RevokeRole: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// For administrators of the plant, global administrators and the command line.
    ///
    /// - Parameters:
    ///   - user: a username, email address or id.
    ///   - plant: a code or id.
    /// - Throws: `forbidden`; `notFound` for the user, the plant, or the role when there was none.
    package func callAsFunction(
        from user: String, in plant: String, by requester: Requester
    ) async throws(AccountsError) {
        try environment.requireAccounts(requester)
        try await environment.transaction { stores throws(AccountsError) in
            let plant = try await environment.administered(plant, by: requester, stores)
            let authority = try await Authority(requester, stores, at: environment.clock.now())
            let user = try await authority.find(user, stores)
            let held = try await storage(.role) { () async throws(StoreError) -> RoleGrant? in
                let held = try await stores.roles.list(user: user.id, plant: plant.id).first
                return try await stores.roles.revoke(from: user.id, in: plant.id) ? held : nil
            }
            guard let held else { throw .notFound(.role) }
            try await stores.record(
                environment.event(
                    "role.revoked", by: requester, about: user.id, plant: plant.id,
                    details: ["plant": plant.code, "role.before": held.membership.role.description]))
        }
    }
}
