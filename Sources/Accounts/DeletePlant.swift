package import Identity

/// Deletes a plant and every role held in it.
package struct DeletePlant: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter reference: the plant's code or id.
    /// - Returns: the plant as it was.
    @discardableResult
    package func callAsFunction(_ reference: String, by requester: Requester) async throws(AccountsError) -> Plant {
        let plant = try await FindPlant(environment)(reference)
        try await storage(.plant) { () async throws(StoreError) in try await environment.plants.delete(plant.id) }
        try await environment.record(
            "plant.deleted", by: requester, about: nil, details: ["code": plant.code, "id": plant.id.description])
        return plant
    }
}
