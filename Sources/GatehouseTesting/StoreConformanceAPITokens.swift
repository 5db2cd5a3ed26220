import Identity

extension StoreConformance {
    /// Tokens that people make for programs of theirs.
    static let apiTokens = [
        Check("an API token comes back with all that it began with, and opens what its user may do now") { stores in
            let user = try await stores.activeUser("ada", roles: ["user", "MARKETING"])
            let plant = try await stores.plants.create(code: "p1", name: "P1")
            let end = now() + hour
            let token = try await stores.apiToken(of: user.id, 1, expiresAt: end)
            try equal(token.name, "robot")
            try equal(token.ceiling, .none)
            try none(token.plantCode)
            try none(token.lastUsedAt)
            try equal(token.expiresAt?.microseconds, end.microseconds)
            try equal(try await stores.apiTokens.list(of: user.id), [token])
            var opened = try some(try await stores.lookup(1))
            try equal(opened.kind, .apiToken)
            try equal(opened.sessionID.value, token.id.value)
            try equal(opened.principal.globalRoles, ["user", "MARKETING"])
            try equal(opened.principal.memberships, [])
            try none(opened.host)
            try none(opened.tokenIssuedAt)
            try await stores.roles.grant(.engineer, to: user.id, in: plant.id, by: nil, until: nil)
            opened = try some(try await stores.lookup(1))
            try equal(opened.principal.memberships.map(\.role), [.engineer])
        },
        Check("a token below a ceiling holds no more than it, and never more than its user") { stores in
            let user = try await stores.activeUser("ada", roles: ["ADMIN"])
            let plants = [
                try await stores.plants.create(code: "p1", name: "P1"),
                try await stores.plants.create(code: "p2", name: "P2"),
            ]
            try await stores.roles.grant(.admin, to: user.id, in: plants[0].id, by: nil, until: nil)
            try await stores.roles.grant(.operator, to: user.id, in: plants[1].id, by: nil, until: nil)
            _ = try await stores.apiToken(of: user.id, 1, ceiling: RoleCeiling(plant: plants[0].id))
            _ = try await stores.apiToken(of: user.id, 2, ceiling: RoleCeiling(role: .supervisor))
            let both = RoleCeiling(plant: plants[1].id, role: .engineer)
            try equal(try await stores.apiToken(of: user.id, 3, ceiling: both).ceiling, both)
            try equal(try await stores.rungs(1), ["p1": .admin])
            try equal(try await stores.rungs(2), ["p1": .supervisor, "p2": .operator])
            try equal(try await stores.rungs(3), ["p2": .operator])
            try expect(try await stores.roles.revoke(from: user.id, in: plants[1].id))
            try equal(try await stores.rungs(3), [:])
            try equal(try await stores.apiTokens.list(of: user.id).compactMap(\.plantCode).sorted(), ["p1", "p2"])
        },
        Check("a token for one plant goes with the plant, and does not come to hold more") { stores in
            let user = try await stores.activeUser("ada")
            let plant = try await stores.plants.create(code: "p1", name: "P1")
            _ = try await stores.apiToken(of: user.id, 1, ceiling: RoleCeiling(plant: plant.id))
            try await stores.plants.delete(plant.id)
            try none(try await stores.lookup(1))
            try equal(try await stores.apiTokens.list(of: user.id), [])
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.apiToken(of: user.id, 2, ceiling: RoleCeiling(plant: plant.id))
            }
        },
        Check("an API token is revoked once, by its own user or by an operator, and told in the audit log") { stores in
            let user = try await stores.activeUser("ada")
            let other = try await stores.activeUser("bob")
            let token = try await stores.apiToken(of: user.id, 1)
            func revoke(_ user: UserID?) async throws(StoreError) -> Bool {
                try await stores.apiTokens.revoke(token.id, of: user, audit: event("api_token.revoked"))
            }
            try expect(try await !revoke(other.id))
            try expect(try await stores.lookup(1) != nil)
            try equal(try await stores.apiTokens.list(of: other.id), [])
            try expect(try await revoke(user.id))
            try expect(try await !revoke(user.id))
            try expect(try await !revoke(nil))
            try none(try await stores.lookup(1))
            try expect(try await stores.apiTokens.list(of: user.id).first?.revokedAt != nil)
            let told = try await stores.audit.list(limit: 10)
            try equal(Set(told.map(\.event)), ["api_token.created", "api_token.revoked"])
            try equal(told.count, 2)
            try expect(told.allSatisfy { $0.subject == user.id && $0.details["token"] == token.id.description })
        },
        Check("an API token ends at its time, with suspension for as long as that lasts, and with deletion for good") {
            stores in
            let user = try await stores.activeUser("ada")
            _ = try await stores.apiToken(of: user.id, 1, expiresAt: now() + .seconds(2))
            _ = try await stores.apiToken(of: user.id, 2)
            try await Task.sleep(for: .milliseconds(2_100))
            try none(try await stores.lookup(1))
            _ = try await stores.users.setStatus(user.id, .suspended)
            try none(try await stores.lookup(2))
            _ = try await stores.users.setStatus(user.id, .active)
            try expect(try await stores.lookup(2) != nil)
            try await stores.users.delete(user.id)
            try none(try await stores.lookup(2))
            _ = try await stores.users.restore("ada")
            _ = try await stores.users.setStatus(user.id, .active)
            try none(try await stores.lookup(2))
        },
        Check("a user has so many live API tokens, also when they are asked for at once") { stores in
            let user = try await stores.activeUser("ada")
            let made = await withTaskGroup(of: APIToken?.self) { group in
                for number in 0..<12 {
                    group.addTask { try? await stores.apiToken(of: user.id, UInt64(number), liveMax: 3) }
                }
                return await group.reduce(into: [APIToken]()) { if let token = $1 { $0.append(token) } }
            }
            try equal(made.count, 3)
            try await refuses { () async throws(StoreError) in try await stores.apiToken(of: user.id, 50, liveMax: 3) }
            try expect(try await stores.apiTokens.revoke(made[0].id, of: user.id, audit: event("revoked")))
            _ = try await stores.apiToken(of: user.id, 51, liveMax: 3)
        },
        Check("whoever is not active gets no API token, and a name is needed") { stores in
            let pending = try await stores.users.create(NewUser(username: "pending", email: nil))
            try await refuses { () async throws(StoreError) in try await stores.apiToken(of: pending.id, 1) }
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.apiToken(of: UserID(UUID128(high: 4, low: 4)), 1)
            }
            let user = try await stores.activeUser("ada")
            for name in ["", "\0", String(repeating: "x", count: 101)] {
                try await refuses { () async throws(StoreError) in
                    try await stores.apiToken(of: user.id, 1, name: name)
                }
            }
            try equal(try await stores.audit.list(limit: 10).count, 0)
        },
        Check("the use of an API token is noted like that of a session") { stores in
            let user = try await stores.activeUser("ada")
            let token = try await stores.apiToken(of: user.id, 1)
            let session = try await stores.session(of: user.id, token: 2, issued: now() - hour)
            let at = Timestamp(seconds: now().microseconds / 1_000_000 + 60)
            let id = SessionID(token.id.value)
            try await stores.sessions.recordUse([
                SessionUse(session: id, at: at), SessionUse(session: session.id, at: at),
                SessionUse(session: id, at: at - .seconds(5)),
            ])
            try await stores.sessions.recordUse([SessionUse(session: id, at: at - .seconds(9))])
            try equal(try await stores.apiTokens.list(of: user.id).first?.lastUsedAt, at)
            try equal(try await stores.sessions.list(of: user.id).first?.lastUsedAt, at)
        },
    ]
}

extension StoreConformance.Stores {
    /// The roles that a token holds, by plant, if it holds no global ones.
    func rungs(_ token: UInt64) async throws -> [String: Role]? {
        let opened = try await lookup(token)
        guard let principal = opened?.principal, principal.globalRoles.isEmpty else { return nil }
        return Dictionary(uniqueKeysWithValues: principal.memberships.map { ($0.plantCode, $0.role) })
    }

    func apiToken(
        of user: UserID, _ token: UInt64, name: String = "robot", ceiling: RoleCeiling = .none,
        expiresAt: Timestamp? = nil, liveMax: Int = 10
    ) async throws(StoreError) -> APIToken {
        try await apiTokens.create(
            NewAPIToken(userID: user, name: name, ceiling: ceiling, expiresAt: expiresAt),
            hash: StoreConformance.hash(token), liveMax: liveMax, audit: StoreConformance.event("api_token.created"))
    }
}
