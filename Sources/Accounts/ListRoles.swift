package import Identity

/// Lists who holds which role where: all of it, or that of one person or one plant.
package struct ListRoles: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameters:
    ///   - user: a username, email address or id; nil for everybody.
    ///   - plant: a code or id; nil for every plant.
    package func callAsFunction(
        user: String? = nil, plant: String? = nil
    ) async throws(AccountsError) -> [RoleGrant] {
        var userID: UserID?
        if let user { userID = try await FindUser(environment)(user).id }
        var plantID: PlantID?
        if let plant { plantID = try await FindPlant(environment)(plant).id }
        let (of, at) = (userID, plantID)
        return try await storage(.role) { () async throws(StoreError) in
            try await environment.roles.list(user: of, plant: at)
        }
    }
}
