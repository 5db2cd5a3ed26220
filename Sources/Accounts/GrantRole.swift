package import Identity

/// Gives a person a role in a plant, in place of what they held there.
package struct GrantRole: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameters:
    ///   - user: a username, email address or id.
    ///   - plant: a code or id.
    ///   - until: when the grant ends; nil is for good.
    /// - Throws: `notFound` for the user or the plant; `invalid` for an end that is past.
    package func callAsFunction(
        _ role: Role, to user: String, in plant: String, until: Timestamp? = nil, by requester: Requester
    ) async throws(AccountsError) {
        if let until, until <= environment.clock.now() {
            throw .invalid(field: "end of the grant", allowed: "a time to come")
        }
        let user = try await FindUser(environment)(user)
        let plant = try await FindPlant(environment)(plant)
        try await storage { () async throws(StoreError) in
            try await environment.roles.grant(role, to: user.id, in: plant.id, by: requester.user, until: until)
        }
        try await environment.record(
            "role.granted", by: requester, about: user.id, plant: plant.id, details: ["role": role.description])
    }
}
