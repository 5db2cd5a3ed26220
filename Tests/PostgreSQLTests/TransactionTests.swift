import PostgreSQL
import Testing

@Suite struct `A transaction` {
    private struct Refusal: Error {}

    private func withTable(_ body: (PostgresPool) async throws -> Void) async throws {
        try await withPool(connections: 2) { pool in
            try await pool.script("CREATE TABLE t (a int PRIMARY KEY)")
            try await body(pool)
        }
    }

    private func expectCount(
        _ expected: Int64, _ pool: PostgresPool, location: SourceLocation = #_sourceLocation
    ) async throws {
        let row = try await pool.query("SELECT count(*) AS n FROM t")[0]
        #expect(try row.int("n") == expected, sourceLocation: location)
    }

    @Test func `is committed when its body returns, and begins with its first statement`() async throws {
        try await withTable { pool in
            let before = pool.statistics
            let value = try await pool.transaction { transaction in
                try await transaction.query("INSERT INTO t VALUES ($1)", [.int(1)])
                return try await transaction.query("SELECT a FROM t")[0].int("a")
            }
            #expect(value == 1)
            #expect(pool.statistics.roundTrips - before.roundTrips == 3)
            try await expectCount(1, pool)
        }
    }

    @Test func `without a statement asks the server for nothing`() async throws {
        try await withTable { pool in
            let before = pool.statistics.roundTrips
            try await pool.transaction { _ in }
            #expect(pool.statistics.roundTrips == before)
        }
    }

    @Test func `is rolled back when its body throws`() async throws {
        try await withTable { pool in
            await #expect(throws: Refusal.self) {
                try await pool.transaction { transaction in
                    try await transaction.query("INSERT INTO t VALUES (1)")
                    throw Refusal()
                }
            }
            try await expectCount(0, pool)
            #expect(pool.statistics.connectionsOpened == 1)
        }
    }

    @Test func `is rolled back when a statement failed, even if its body did not care`() async throws {
        try await withTable { pool in
            let error = await failure {
                try await pool.transaction { transaction in
                    try await transaction.query("INSERT INTO t VALUES (1)")
                    _ = try? await transaction.query("INSERT INTO t VALUES (1)")
                }
            }
            #expect(error?.sqlState == "23505")
            try await expectCount(0, pool)
        }
    }

    @Test(arguments: ["SELECT pg_sleep(60)", "SELECT 1"]) func `is rolled back when its task is cancelled`(
        sql: String
    ) async throws {
        try await withTable { pool in
            let (inserted, signal) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                try await pool.transaction { transaction in
                    try await transaction.query("INSERT INTO t VALUES (1)")
                    signal.finish()
                    while true { try await transaction.query(Statement(assembled: sql)) }
                }
            }
            for await _ in inserted {}
            task.cancel()
            let error = await failure { _ = try await task.value }
            #expect(error == .cancelled)
            try await expectCount(0, pool)
            let free = try await eventually { pool.statistics.open == pool.statistics.idle }
            #expect(free)
        }
    }

    @Test func `that is over does nothing more`() async throws {
        try await withTable { pool in
            let escaped = try await pool.transaction { $0 }
            let error = await failure { try await escaped.query("INSERT INTO t VALUES (1)") }
            guard case .unexpected = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            try await expectCount(0, pool)
        }
    }

    @Test func `runs a script of many statements, and undoes all of it`() async throws {
        try await withTable { pool in
            await #expect(throws: Refusal.self) {
                try await pool.transaction { transaction in
                    try await transaction.script(
                        "CREATE TABLE u (); INSERT INTO t VALUES (1); DO $$ BEGIN PERFORM 1; END $$;")
                    try await transaction.query("INSERT INTO t VALUES (2)")
                    throw Refusal()
                }
            }
            try await expectCount(0, pool)
        }
    }
}
