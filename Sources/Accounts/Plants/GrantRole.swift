package import Identity

/// Gives a person a role in a plant, in place of what they held there.
package struct GrantRole: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// For global administrators and the command line; and for administrators of the plant, of people who hold a role
    /// in one of theirs already. Others they invite.
    ///
    /// - Parameters:
    ///   - user: a username, email address or id.
    ///   - plant: a code or id.
    ///   - until: when the grant ends; nil is for good.
    /// - Throws: `forbidden`, `notFound` for the user or the plant; `invalid` for an end that is past.
    package func callAsFunction(
        _ role: Role, to user: String, in plant: String, until: Timestamp? = nil, by requester: Requester
    ) async throws(AccountsError) {
        try environment.requireAccounts(requester)
        if let until, until <= environment.clock.now() {
            throw .invalid(field: "end of the grant", allowed: "a time to come")
        }
        try await environment.transaction { stores throws(AccountsError) in
            let plant = try await environment.administered(plant, by: requester, stores)
            let authority = try await Authority(requester, stores, at: environment.clock.now())
            let user = try await authority.find(user, stores)
            _ = try await stores.locked(user.id)
            try await environment.grant(role, to: user.id, in: plant, until: until, by: requester, stores)
        }
    }
}

extension AccountsEnvironment {
    /// Grants a role and accounts for it, with what it takes the place of.
    func grant(
        _ role: Role, to user: UserID, in plant: Plant, until: Timestamp?, by requester: Requester,
        _ stores: StoresInTransaction
    ) async throws(AccountsError) {
        try await grant(
            role, to: user, in: plant, until: until, from: requester.user, by: requester, stores)
    }

    /// The same in the name of somebody else than who asks: an invitation is granted by whoever sent it.
    func grant(
        _ role: Role, to user: UserID, in plant: Plant, until: Timestamp?, from granter: UserID?,
        by requester: Requester, _ stores: StoresInTransaction
    ) async throws(AccountsError) {
        let before = try await storage { () async throws(StoreError) in
            let before = try await stores.roles.list(user: user, plant: plant.id).first
            try await stores.roles.grant(
                role, to: user, in: plant.id, by: granter, until: until)
            return before
        }
        var details = ["plant": plant.code, "role.after": role.description]
        if let before { details["role.before"] = before.membership.role.description }
        if let until { details["until.after"] = Self.text(until) }
        if let end = before?.membership.expiresAt { details["until.before"] = Self.text(end) }
        try await stores.record(
            event("role.granted", by: requester, about: user, plant: plant.id, details: details))
    }

    /// Whole seconds since 1970, as programs that read the log compare them.
    private static func text(_ moment: Timestamp) -> String { String(moment.microseconds / 1_000_000) }
}
