package import Identity

/// Makes a plant, a tenant.
package struct CreatePlant: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter name: what people call it; the code if nil.
    /// - Throws: `invalid`; `conflict` when the code is taken.
    package func callAsFunction(
        code: String, name: String? = nil, by requester: Requester
    ) async throws(AccountsError) -> Plant {
        try TextRules.checkPlantCode(code)
        if let name { try TextRules.checkName(name) }
        let plant = try await storage(.plant) { () async throws(StoreError) in
            try await environment.plants.create(code: code, name: name ?? code)
        }
        try await environment.record(
            "plant.created", by: requester, about: nil, plant: plant.id, details: ["code": code])
        return plant
    }
}
