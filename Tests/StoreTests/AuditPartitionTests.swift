import GatehouseTesting
import Identity
import PostgreSQL
import Store
import Testing

@Suite struct `The audit log's partitions` {
    private func partition(of event: String, in database: TestDatabase) async throws -> String? {
        try await database.pool.query(
            "SELECT tableoid::regclass::text AS partition FROM audit_log WHERE event = $1", [.text(event)]
        ).first?.text("partition")
    }

    @Test func `are one a month in UTC, and this month's is there from the beginning`() async throws {
        try await withDatabase { database in
            try await database.pool.script("INSERT INTO audit_log (event) VALUES ('now')")
            let month = try await database.pool.query(
                "SELECT 'audit_log_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM') AS name"
            ).first?.text("name")
            #expect(try await partition(of: "now", in: database) == month)
        }
    }

    @Test func `take over from the default partition what belongs to them`() async throws {
        try await withDatabase { database in
            try await database.pool.script(
                """
                INSERT INTO audit_log (event, at) VALUES ('before', '2031-02-28 23:59:59.999999Z'),
                    ('first', '2031-03-01 00:00:00Z'), ('last', '2031-03-31 23:59:59.999999Z'),
                    ('after', '2031-04-01 00:00:00Z');
                SET TIME ZONE 'Asia/Tokyo';
                """)
            #expect(try await partition(of: "first", in: database) == "audit_log_default")
            let make: Statement = "SELECT create_audit_log_partition('2031-03-15') AS made"
            #expect(try await database.pool.query(make).first?.bool("made") == true)
            #expect(try await database.pool.query(make).first?.bool("made") == false)
            #expect(try await partition(of: "before", in: database) == "audit_log_default")
            #expect(try await partition(of: "first", in: database) == "audit_log_2031_03")
            #expect(try await partition(of: "last", in: database) == "audit_log_2031_03")
            #expect(try await partition(of: "after", in: database) == "audit_log_default")
            #expect(try await database.pool.query("SELECT FROM audit_log WHERE at >= '2031-01-01'").count == 4)
            for sql in ["DELETE FROM audit_log_2031_03", "TRUNCATE audit_log_2031_03", "DELETE FROM audit_log_default"]
            {
                await #expect(throws: PostgresError.self) { try await database.pool.script(sql) }
            }
        }
    }

    @Test func `are made ahead by the sweep, once, also when two sweep at once`() async throws {
        try await withDatabase { database in
            let sweep = RetentionSweep(pool: database.pool, limits: .init(auditMonthsAhead: 5))
            async let first = sweep()
            async let second = sweep()
            let made = try await [first.partitionsMade, second.partitionsMade]
            #expect(made.reduce(0, +) == 3)
            let third = try await sweep()
            #expect(third.partitionsMade == 0)
        }
    }
}
