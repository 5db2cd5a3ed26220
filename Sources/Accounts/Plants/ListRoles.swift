package import Identity

/// Lists who holds which role where: all of it, or that of one person or one plant.
package struct ListRoles: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// Administrators of a plant must name it, and learn nothing of people who hold no role where they administer.
    ///
    /// - Parameters:
    ///   - user: a username, email address or id; nil for everybody.
    ///   - plant: a code or id; nil for every plant.
    /// - Throws: `forbidden`, `notFound`.
    package func callAsFunction(
        user: String? = nil, plant: String? = nil, by requester: Requester
    ) async throws(AccountsError) -> [RoleGrant] {
        try await environment.transaction { stores throws(AccountsError) in
            let authority = try await Authority(requester, stores, at: environment.clock.now())
            var plantID: PlantID?
            if let plant {
                plantID = try await environment.administered(plant, by: requester, stores).id
            } else {
                try authority.requireEverything()
            }
            var userID: UserID?
            if let user { userID = try await authority.find(user, stores).id }
            let (of, at) = (userID, plantID)
            return try await storage(.role) { () async throws(StoreError) in
                try await stores.roles.list(user: of, plant: at)
            }
        }
    }
}
