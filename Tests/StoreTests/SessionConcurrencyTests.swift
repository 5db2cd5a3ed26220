import GatehouseTesting
import Identity
import PostgreSQL
import Store
import Testing

private func digest(_ seed: Int) -> TokenHash { TokenHash((UInt64(seed), 1, 2, 3)) }

extension TestDatabase {
    fileprivate func session(of user: UserID, token: Int, perUserMax: Int = 100) async throws(StoreError) -> Session {
        let now = SystemClock().now()
        return try await stores.sessions.create(
            NewSession(
                userID: user, userAgent: nil, ipAddress: nil, method: .password, issuedAt: now - .seconds(60),
                expiresAt: now + .seconds(3_600), perUserMax: perUserMax),
            token: digest(token), host: nil)
    }

    fileprivate func activeUser(_ username: String) async throws -> User {
        try await stores.users.create(NewUser(username: username, email: nil, status: .active))
    }
}

@Suite struct `What happens to sessions at once` {
    @Test func `a lookup of many tokens is one query, whatever their users and plants`() async throws {
        try await withDatabase { database in
            for index in 0..<10 {
                let user = try await database.activeUser("user\(index)")
                _ = try await database.session(of: user.id, token: index)
                for plant in 0..<3 {
                    let plant = try await database.stores.plants.create(code: "p\(index)-\(plant)", name: "x")
                    try await database.stores.roles.grant(.admin, to: user.id, in: plant.id, by: nil, until: nil)
                }
            }
            let before = database.pool.statistics
            let found = try await database.stores.sessions.lookup((0..<10).map(digest), idle: .seconds(60 * 60))
            #expect(found.count == 10)
            #expect(found.values.allSatisfy { $0.principal.memberships.count == 3 })
            let after = database.pool.statistics
            #expect(after.queries - before.queries == 1)
            #expect(after.roundTrips - before.roundTrips == 1)
        }
    }

    @Test func `a sign-in is one round trip, its limit included`() async throws {
        try await withDatabase { database in
            let user = try await database.activeUser("ada")
            let before = database.pool.statistics
            _ = try await database.session(of: user.id, token: 1, perUserMax: 1)
            #expect(database.pool.statistics.roundTrips - before.roundTrips == 1)
        }
    }

    @Test func `a user who is suspended while signing in is never left with a live session`() async throws {
        try await withDatabase { database in
            let user = try await database.activeUser("ada")
            for round in 0..<20 {
                _ = try await database.stores.users.setStatus(user.id, .active)
                async let suspended = database.stores.users.setStatus(user.id, .suspended)
                async let begun = try? database.session(of: user.id, token: round)
                _ = try await suspended
                _ = await begun
                let live = try await database.stores.sessions.list(of: user.id).filter { $0.revokedAt == nil }
                #expect(live == [])
            }
        }
    }

    @Test func `using, displacing and revoking the same sessions never deadlocks`() async throws {
        try await withDatabase { database in
            let user = try await database.activeUser("ada")
            var sessions: [SessionID] = []
            for token in 0..<60 { sessions.append(try await database.session(of: user.id, token: token).id) }
            let ids = sessions
            try await withThrowingTaskGroup(of: Void.self) { group in
                for round in 0..<6 {
                    group.addTask {
                        for step in 0..<10 {
                            let at = SystemClock().now() + .milliseconds(step)
                            try await database.stores.sessions.recordUse(
                                ids.shuffled().map { SessionUse(session: $0, at: at) })
                        }
                    }
                    group.addTask {
                        for step in 0..<3 {
                            _ = try await database.session(
                                of: user.id, token: 1_000 + round * 10 + step, perUserMax: 20)
                        }
                        _ = try await database.stores.sessions.revokeAll(of: user.id, reason: .revoked)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `what two gateways write about one use, the later one stays`() async throws {
        try await withDatabase { database in
            let user = try await database.activeUser("ada")
            let session = try await database.session(of: user.id, token: 1)
            let start = SystemClock().now()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for step in (0..<40).shuffled() {
                    group.addTask {
                        try await database.stores.sessions.recordUse([
                            SessionUse(session: session.id, at: start + .seconds(step))
                        ])
                    }
                }
                try await group.waitForAll()
            }
            let lastUsed = try await database.stores.sessions.list(of: user.id).first?.lastUsedAt
            #expect(lastUsed == start + .seconds(39))
        }
    }
}
