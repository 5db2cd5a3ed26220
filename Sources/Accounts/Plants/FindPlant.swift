package import Identity

/// Finds the plant that a reference names: a code or an id.
package struct FindPlant: Sendable {
    private let plants: any PlantStore

    package init(_ environment: AccountsEnvironment) { plants = environment.plants }

    /// As a transaction sees it, and over its connection.
    init(_ stores: StoresInTransaction) { plants = stores.plants }

    /// No code is made of digits alone, so a reference can name only one plant.
    ///
    /// - Throws: `notFound`.
    package func callAsFunction(_ reference: String) async throws(AccountsError) -> Plant {
        guard TextRules.isSearchable(reference) else { throw .notFound(.plant) }
        let plant = try await storage(.plant) { () async throws(StoreError) -> Plant? in
            if let plant = try await plants.find(code: reference) { return plant }
            guard let number = Int32(reference), number > 0 else { return nil }
            return try await plants.find(id: PlantID(number))
        }
        guard let plant else { throw .notFound(.plant) }
        return plant
    }
}
