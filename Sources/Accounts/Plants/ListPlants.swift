package import Identity

/// Lists all plants.
package struct ListPlants: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    package func callAsFunction() async throws(AccountsError) -> [Plant] {
        try await storage(.plant) { () async throws(StoreError) in try await environment.plants.list() }
    }
}
