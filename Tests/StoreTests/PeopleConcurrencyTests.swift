import GatehouseTesting
import Identity
import PostgreSQL
import Store
import Testing

/// What happens to people's accounts at the same moment, interleaved on purpose.
@Suite struct `People's rows` {
    private static let token = TokenHash((1, 2, 3, 4))

    private func verification(_ user: User) -> NewVerification {
        NewVerification(
            userID: user.id, purpose: .resetPassword, email: "anna@example.com", token: Self.token,
            expiresAt: SystemClock().now() + .seconds(3_600))
    }

    @Test func `a link is not followed while its user is being suspended, and not after`() async throws {
        try await withDatabase { database in
            let stores = database.stores
            let user = try await stores.users.create(
                NewUser(username: "anna", email: "anna@example.com", status: .active))
            try await stores.verifications.create(verification(user))
            let now = SystemClock().now()
            let follower = try await database.pool.transaction { suspending in
                try await suspending.query(
                    "UPDATE users SET status = 'suspended' WHERE id = $1",
                    [.uuid(high: user.id.value.high, low: user.id.value.low)])
                // It waits for the suspension, which this transaction holds.
                let follower = Task {
                    try await stores.verifications.consume(Self.token, purpose: .resetPassword, at: now)
                }
                try await waitForLock(database)
                return follower
            }
            #expect(try await follower.value == nil)
        }
    }

    @Test func `a suspension waits for a link that is being followed, and deadlocks with nobody`() async throws {
        try await withDatabase { database in
            let stores = database.stores
            let user = try await stores.users.create(
                NewUser(username: "anna", email: "anna@example.com", status: .active))
            try await stores.verifications.create(verification(user))
            let now = SystemClock().now()
            let suspension = try await stores.work.perform { unit throws(StoreError) in
                guard try await unit.verifications.consume(Self.token, purpose: .resetPassword, at: now) != nil else {
                    throw .notFound
                }
                let suspension = Task { try await stores.users.setStatus(user.id, .suspended) }
                do { try await waitForLock(database) } catch { throw .unexpected("\(error)") }
                _ = try await unit.users.setPasswordHash(user.id, "$new", keeping: nil)
                return suspension
            }
            #expect(try await suspension.value.status == .suspended)
            #expect(try await stores.users.credentials(login: "anna")?.passwordHash == "$new")
        }
    }

    @Test
    func `of twenty who register one address at once, one makes the account, and the others fill it in or meet it`()
        async throws
    {
        try await withDatabase { database in
            let stores = database.stores
            let created = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let new = NewUser(username: nil, email: "Anna@example.com", passwordHash: "$\(number)")
                        if case .created = try await stores.users.register(new) { return true } else { return false }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(created == 1)
            #expect(try await stores.users.count(activeOnly: false) == 1)
        }
    }

    @Test func `a hash made anew undoes no password that was changed meanwhile`() async throws {
        try await withDatabase { database in
            let stores = database.stores
            let user = try await stores.users.create(
                NewUser(username: "anna", email: nil, passwordHash: "$old", status: .active))
            let renewal = try await database.pool.transaction { changing in
                try await changing.query(
                    "UPDATE users SET password_hash = '$changed' WHERE id = $1",
                    [.uuid(high: user.id.value.high, low: user.id.value.low)])
                let renewal = Task {
                    try await stores.users.renewPasswordHash(user.id, from: "$old", to: "$old with other parameters")
                }
                try await waitForLock(database)
                return renewal
            }
            try await renewal.value
            #expect(try await stores.users.credentials(login: "anna")?.passwordHash == "$changed")
        }
    }

    /// Returns once somebody waits for a lock in this database.
    private func waitForLock(_ database: TestDatabase) async throws {
        for _ in 0..<3_000 {
            let waiting = try await database.pool.query(
                """
                SELECT FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """)
            if !waiting.isEmpty { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("nobody came to wait")
    }
}
