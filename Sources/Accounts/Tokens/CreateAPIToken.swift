package import Identity

/// Makes an API token, which opens what its user may do, or less.
package struct CreateAPIToken: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// For a person, by themselves.
    ///
    /// - Throws: `refused` for an API token.
    package func callAsFunction(
        _ wish: APITokenWish, of present: AuthenticatedSession, by requester: Requester
    ) async throws(AccountsError) -> CreatedAPIToken {
        try present.requirePerson()
        var requester = requester
        requester.user = present.principal.userID
        return try await create(wish, for: present.principal.userID, by: requester)
    }

    /// For anybody, by an operator of the gateway.
    ///
    /// - Parameter reference: a username, email address or id.
    /// - Throws: `notFound`; `refused` for an account that is not active or has as many as it may; `invalid`.
    package func callAsFunction(
        _ wish: APITokenWish, for reference: String, by requester: Requester
    ) async throws(AccountsError) -> CreatedAPIToken {
        try await create(wish, for: try await FindUser(environment)(reference).id, by: requester)
    }

    private func create(
        _ wish: APITokenWish, for user: UserID, by requester: Requester
    ) async throws(AccountsError) -> CreatedAPIToken {
        try TextRules.checkName(wish.name)
        let now = environment.clock.now()
        if let lifetime = wish.lifetime, lifetime < .seconds(1) {
            throw .invalid(field: "lifetime", allowed: "at least a second")
        }
        var plant: Plant?
        if let reference = wish.plant { plant = try await FindPlant(environment)(reference) }
        let new = NewAPIToken(
            userID: user, name: wish.name, ceiling: RoleCeiling(plant: plant?.id, role: wish.roleMax),
            expiresAt: wish.lifetime.map { now + $0 })
        let token = Token(.api, from: environment.random)
        var details = ["name": wish.name]
        if let role = wish.roleMax { details["role_max"] = role.description }
        let audit = environment.event(
            "api_token.created", by: requester, about: user, plant: plant?.id, details: details)
        let created = try await storage { () async throws(StoreError) in
            try await environment.apiTokens.create(
                new, hash: TokenHash(of: token), liveMax: environment.settings.apiTokensPerUserMax, audit: audit)
        }
        return CreatedAPIToken(token: token, record: created)
    }
}

/// What somebody wants of an API token.
package struct APITokenWish: Sendable {
    /// 1 to 100 printable characters.
    package var name: String
    /// A code or id: the only plant where it shall hold a role.
    package var plant: String?
    package var roleMax: Role?
    /// Nil: it shall not end by itself.
    package var lifetime: Duration?

    package init(name: String, plant: String? = nil, roleMax: Role? = nil, lifetime: Duration? = nil) {
        self.name = name
        self.plant = plant
        self.roleMax = roleMax
        self.lifetime = lifetime
    }
}

/// An API token that was just made: the only time that it can be seen.
package struct CreatedAPIToken: Sendable {
    /// Secret.
    package let token: Token
    package let record: APIToken
}
