package import Identity

/// Makes a plant, a tenant.
package struct CreatePlant: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// For global administrators and the command line.
    ///
    /// - Parameter name: what people call it; the code if nil.
    /// - Throws: `forbidden`, `invalid`; `conflict` when the code is taken.
    package func callAsFunction(
        code: String, name: String? = nil, by requester: Requester
    ) async throws(AccountsError) -> Plant {
        try environment.requireAccounts(requester)
        try TextRules.checkPlantCode(code)
        if let name { try TextRules.checkName(name) }
        return try await environment.transaction(.plant) { stores throws(AccountsError) in
            try await Authority(requester, stores, at: environment.clock.now()).requireEverything()
            let plant = try await storage(.plant) { () async throws(StoreError) in
                try await stores.plants.create(code: code, name: name ?? code)
            }
            try await stores.record(
                environment.event(
                    "plant.created", by: requester, about: nil, plant: plant.id,
                    details: ["code.after": code, "name.after": plant.name]))
            return plant
        }
    }
}
