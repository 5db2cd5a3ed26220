import EventLoop
import GatehouseTesting
import Identity
import PostgreSQL
import Testing

@testable import Store

@Suite struct `What the database says` {
    private static func server(_ sqlState: String, constraint: String? = nil) -> PostgresError {
        .server(ServerError(sqlState: sqlState, message: "The words of the server.", constraint: constraint))
    }

    @Test(arguments: [
        (server("23505", constraint: "users_username_key"), StoreError.conflict(field: "username")),
        (server("23505", constraint: "users_email_normalized_key"), .conflict(field: "email")),
        (server("23505", constraint: "plants_code_key"), .conflict(field: "code")),
        (server("23505", constraint: "something_else"), .conflict(field: "something_else")),
        (server("23503", constraint: "user_plant_role_user_id_fkey"), .notFound),
        (server("23514", constraint: "users_roles_are_strings"), .refused("Global roles are a list of texts.")),
        (server("23514", constraint: "x"), .refused("The data model refuses this (x).")),
        (server("P0001", constraint: "users_restore_first"), .refused("The words of the server.")),
        (server("22001"), .refused("A text is too long for where it belongs.")),
        (.invalidParameter("a NUL"), .refused("A value holds what the database cannot store.")),
    ])
    func `is told apart`(error: PostgresError, meaning: StoreError) {
        #expect(StoreError(error) == meaning)
    }

    @Test(arguments: ["08006", "53300", "57P01", "57P03", "3D000", "28P01", "57014", "40001", "40P01"])
    func `about its absence or its load means unavailable`(sqlState: String) {
        guard case .unavailable = StoreError(Self.server(sqlState)) else {
            return #expect(Bool(false), "\(StoreError(Self.server(sqlState)))")
        }
    }

    @Test(arguments: ["42P01", "42703", "42883", "42704", "3F000"])
    func `about missing tables and columns says what to run`(sqlState: String) {
        guard case .schema(let words) = StoreError(Self.server(sqlState)) else {
            return #expect(Bool(false), "\(StoreError(Self.server(sqlState)))")
        }
        #expect(words.contains("gatehouse migrate"))
    }

    @Test(arguments: ["42601", "XX000", "0A000"])
    func `otherwise is kept with its SQLSTATE`(sqlState: String) {
        guard case .unexpected(let words) = StoreError(Self.server(sqlState)) else {
            return #expect(Bool(false), "\(StoreError(Self.server(sqlState)))")
        }
        #expect(words.contains(sqlState))
    }

    @Test(arguments: [PostgresError.unavailable("x"), .timedOut, .overloaded, .cancelled])
    func `nothing about means unavailable`(error: PostgresError) {
        guard case .unavailable = StoreError(error) else { return #expect(Bool(false)) }
    }

    /// The detail of an integrity error quotes the row, hash and all.
    @Test func `never brings a password hash or a token with it`() async throws {
        try await withDatabase { database in
            let hash = "$argon2id$v=19$m=65536,t=3,p=4$secret"
            for username in ["ab", "ada", "ada"] {
                do {
                    _ = try await database.stores.users.create(
                        NewUser(username: username, email: nil, passwordHash: hash))
                } catch {
                    #expect(!"\(error)".contains("secret"))
                }
            }
        }
    }
}

@Suite struct `Without a database` {
    @Test func `every operation says unavailable, and works again when it is back`() async throws {
        let server = try await PrivatePostgres.start(
            settings: ["max_connections": "20", "synchronous_commit": "on"])
        let loop = try EventLoop(name: "store-failure")
        try loop.start()
        let pool = try PostgresPool(
            configuration: PostgresConfiguration(
                url: try await server.createDatabase(), connections: 2,
                backoff: Backoff(first: .milliseconds(10), most: .milliseconds(50))), loop: loop)
        try await MigrationRunner(pool: pool, migrations: MigrationFiles.load(migrationsFolder)).up()
        let stores = PostgresStores(pool: pool)
        _ = try await stores.plants.create(code: "p1", name: "P1")
        try await server.kill()

        func isUnavailable<Answer>(_ body: () async throws(StoreError) -> Answer) async -> Bool {
            do { _ = try await body() } catch {
                if case .unavailable = error { return true }
            }
            return false
        }
        let id = UserID(UUID128(high: 1, low: 1))
        let hash = TokenHash((1, 2, 3, 4))
        #expect(await isUnavailable { () async throws(StoreError) in try await stores.plants.list() })
        #expect(await isUnavailable { () async throws(StoreError) in try await stores.users.find(id: id) })
        #expect(await isUnavailable { () async throws(StoreError) in try await stores.users.delete(id) })
        #expect(await isUnavailable { () async throws(StoreError) in try await stores.roles.memberships(of: id) })
        #expect(
            await isUnavailable { () async throws(StoreError) in
                try await stores.sessions.lookup([hash], idle: .seconds(1))
            })
        #expect(await isUnavailable { () async throws(StoreError) in try await stores.audit.list(limit: 1) })
        #expect(await isUnavailable { () async throws(StoreError) in try await Schema.check(pool) })

        try await server.restart()
        var plants: [Plant]?
        for _ in 0..<3_000 where plants == nil {
            plants = try? await stores.plants.list()
            if plants == nil { try await Task.sleep(for: .milliseconds(20)) }
        }
        #expect(plants?.map(\.code) == ["p1"])
        await pool.close()
        loop.stop()
        loop.join()
        await server.remove()
    }
}
