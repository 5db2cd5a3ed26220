package import Identity

/// Deletes a plant with every role in it and every invitation to it.
package struct DeletePlant: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// For global administrators and the command line.
    ///
    /// - Parameter reference: the plant's code or id.
    /// - Returns: the plant as it was.
    /// - Throws: `forbidden`, `notFound`.
    @discardableResult
    package func callAsFunction(_ reference: String, by requester: Requester) async throws(AccountsError) -> Plant {
        try environment.requireAccounts(requester)
        return try await environment.transaction(.plant) { stores throws(AccountsError) in
            try await Authority(requester, stores, at: environment.clock.now()).requireEverything()
            let plant = try await FindPlant(stores)(reference)
            let grants = try await storage(.plant) { () async throws(StoreError) in
                let grants = try await stores.roles.list(user: nil, plant: plant.id)
                try await stores.plants.delete(plant.id)
                return grants
            }
            try await stores.record(
                environment.event(
                    "plant.deleted", by: requester, about: nil, plant: plant.id,
                    details: [
                        "code.before": plant.code, "name.before": plant.name, "roles_ended": String(grants.count),
                    ]))
            return plant
        }
    }
}
