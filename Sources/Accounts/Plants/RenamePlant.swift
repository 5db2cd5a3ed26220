package import Identity

/// Gives a plant another code. Its id, its roles and its history stay.
package struct RenamePlant: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// For global administrators and the command line.
    ///
    /// - Parameter reference: the plant's present code or its id.
    /// - Throws: `forbidden`, `invalid`, `notFound`; `conflict` when the new code is taken.
    package func callAsFunction(
        _ reference: String, to code: String, by requester: Requester
    ) async throws(AccountsError) -> Plant {
        try environment.requireAccounts(requester)
        try TextRules.checkPlantCode(code)
        return try await environment.transaction(.plant) { stores throws(AccountsError) in
            try await Authority(requester, stores, at: environment.clock.now()).requireEverything()
            let old = try await FindPlant(stores)(reference)
            let plant = try await storage(.plant) { () async throws(StoreError) in
                try await stores.plants.rename(old.id, code: code)
            }
            try await stores.record(
                environment.event(
                    "plant.renamed", by: requester, about: nil, plant: plant.id,
                    details: ["code.before": old.code, "code.after": code]))
            return plant
        }
    }
}
