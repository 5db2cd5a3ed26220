package import Identity

/// Lists the open invitations to a plant.
package struct ListInvitations: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter plant: a code or id.
    /// - Throws: `forbidden`, `notFound`.
    package func callAsFunction(
        to plant: String, by requester: Requester
    ) async throws(AccountsError) -> [Invitation] {
        try environment.requireAccounts(requester)
        return try await environment.transaction(.plant) { stores throws(AccountsError) in
            let plant = try await environment.administered(plant, by: requester, stores)
            return try await storage(.plant) { () async throws(StoreError) in
                try await stores.invitations.list(plant: plant.id, at: environment.clock.now())
            }
        }
    }
}
