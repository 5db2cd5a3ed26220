package import Identity

/// Gives a plant another code. URLs with the old one stop working at once.
package struct RenamePlant: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter reference: the plant's present code or its id.
    /// - Throws: `invalid`, `notFound`; `conflict` when the new code is taken.
    package func callAsFunction(
        _ reference: String, to code: String, by requester: Requester
    ) async throws(AccountsError) -> Plant {
        try TextRules.checkPlantCode(code)
        let old = try await FindPlant(environment)(reference)
        let plant = try await storage(.plant) { () async throws(StoreError) in
            try await environment.plants.rename(old.id, code: code)
        }
        try await environment.record(
            "plant.renamed", by: requester, about: nil, plant: plant.id, details: ["from": old.code, "to": code])
        return plant
    }
}
