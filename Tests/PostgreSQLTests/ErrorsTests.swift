import PostgreSQL
import Testing

@Suite struct `Errors of the server` {
    static let schema = """
        CREATE TABLE users (id int PRIMARY KEY, email text CONSTRAINT users_email_key UNIQUE,
                            age int NOT NULL DEFAULT 1 CONSTRAINT users_age_check CHECK (age > 0));
        INSERT INTO users VALUES (1, 'ann@example.com');
        """

    @Test(
        arguments: [
            ("INSERT INTO users VALUES (2, 'ann@example.com')", "23505", "users_email_key"),
            ("INSERT INTO users VALUES (2, 'bob@example.com', -1)", "23514", "users_age_check"),
            ("INSERT INTO users VALUES (2, 'bob@example.com', NULL)", "23502", nil), ("SELEC 1", "42601", nil),
            ("SELECT * FROM nowhere", "42P01", nil), ("SELECT 1/0", "22012", nil),
        ] as [(String, String, String?)])
    func `carry SQLSTATE and constraint, and leave the connection usable`(
        sql: String, sqlState: String, constraint: String?
    ) async throws {
        try await withPool(connections: 1) { pool in
            try await pool.script(Self.schema)
            let error = await failure { try await pool.query(Statement(assembled: sql)) }
            guard case .server(let server)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(server.sqlState == sqlState)
            #expect(server.constraint == constraint)
            #expect(try await pool.query("SELECT count(*) AS n FROM users")[0].int("n") == 1)
            #expect(pool.statistics.connectionsOpened == 1)
        }
    }

    @Test(arguments: ["SELECT $1::int", "SELECT $1::uuid", "INSERT INTO secrets (s) VALUES ($1)"])
    func `never show a parameter (ASVS 16.2.5)`(sql: String) async throws {
        try await withPool { pool in
            try await pool.script("CREATE TABLE secrets (s text CHECK (length(s) < 3), u text)")
            let error = await failure { try await pool.query(Statement(assembled: sql), [.text("hunter2: \"x\"")]) }
            let shown = "\(String(describing: error)) \(String(reflecting: error))"
            #expect(error?.sqlState?.hasPrefix("2") == true)
            #expect(!shown.contains("hunter2"))
        }
    }

    @Test func `in one batch undo the whole batch`() async throws {
        try await withPool { pool in
            try await pool.script(Self.schema)
            let error = await failure {
                _ = try await pool.batch([
                    Query("INSERT INTO users VALUES (2, 'b')"), Query("INSERT INTO users VALUES (1, 'c')"),
                    Query("INSERT INTO users VALUES (3, 'd')"),
                ])
            }
            #expect(error?.sqlState == "23505")
            let row = try await pool.query("SELECT count(*) AS n FROM users")[0]
            #expect(try row.int("n") == 1)
        }
    }

    @Test func `in one script undo the whole script`() async throws {
        try await withPool { pool in
            let error = await failure { try await pool.script("CREATE TABLE a (); CREATE TABLE b (x nonsense)") }
            #expect(error?.sqlState == "42704")
            let row = try await pool.query("SELECT to_regclass('a') IS NULL AS gone")[0]
            #expect(try row.bool("gone"))
        }
    }

    @Test func `of a statement that a changed table made stale are cured by preparing it again`() async throws {
        try await withPool(connections: 1) { pool in
            try await pool.script("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
            #expect(try await pool.query("SELECT * FROM t").columnNames == ["a"])
            try await pool.script("ALTER TABLE t ADD b text DEFAULT 'x'")
            #expect(try await pool.query("SELECT * FROM t")[0].text("b") == "x")
            try await pool.script("ALTER TABLE t ALTER b TYPE varchar(9)")
            let row = try await pool.transaction { try await $0.query("SELECT * FROM t")[0] }
            #expect(try row.text("b") == "x")
            try await pool.script("DEALLOCATE ALL")
            #expect(try await pool.query("SELECT * FROM t").count == 1)
        }
    }

    @Test func `COPY, which this client does not speak, costs the connection and no more`() async throws {
        try await withPool(connections: 1) { pool in
            try await pool.script("CREATE TABLE t (a int)")
            let error = await failure { try await pool.query("COPY t FROM STDIN", timeout: .seconds(3)) }
            #expect(error != nil)
            #expect(try await pool.query("SELECT 1 AS n")[0].int("n") == 1)
        }
    }

    @Test(arguments: ["", "nonsense", "postgresql://ann:hunter2@host:port/x", "password=hunter2 '"])
    func `of a URL do not show its password`(url: String) {
        do {
            _ = try PostgresConfiguration.validate(url: url)
        } catch {
            #expect(!"\(error)".contains("hunter2"))
        }
    }
}
