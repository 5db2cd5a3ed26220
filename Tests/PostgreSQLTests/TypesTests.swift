import PostgreSQL
import Testing

@Suite struct `Values` {
    static let texts = [
        "", "plain", "Grüße, 你好, 🚪", "e\u{301}", "'; DROP TABLE users; --", "\\', \"$1\" %s {NULL}", "NULL", "\n\r\t",
        String(repeating: "x", count: 1_000_000),
    ]

    @Test(arguments: texts) func `text comes back as it was`(text: String) async throws {
        try await withPool { pool in
            let rows = try await pool.query(
                "SELECT $1::text AS one, $2::text[] AS many, octet_length($1) AS length",
                [.text(text), .textArray([text, text])])
            #expect(try rows[0].text("one") == text)
            #expect(try rows[0].texts("many") == [text, text])
            #expect(try rows[0].int("length") == Int64(text.utf8.count))
        }
    }

    @Test(arguments: [[], [0], [0, 1, 0, 255, 39, 92], Array(repeating: 0, count: 70_000)] as [[UInt8]])
    func `bytes come back as they were, NULs included`(bytes: [UInt8]) async throws {
        try await withPool { pool in
            let row = try await pool.query(
                "SELECT $1::bytea AS one, ($2::bytea[])[2] AS second",
                [.bytes(bytes), .byteaArray([[1], bytes])])[0]
            #expect(try row.bytes("one") == bytes)
            #expect(try row.bytes("second") == bytes)
        }
    }

    @Test(arguments: [0, -1, 1, .min, .max] as [Int64]) func `integers come back`(number: Int64) async throws {
        try await withPool { pool in
            let row = try await pool.query(
                "SELECT $1::bigint AS one, $2::bigint[] AS many",
                [
                    .int(number), .intArray([number, 7]),
                ])[0]
            #expect(try row.int("one") == number)
            #expect(try row.ints("many") == [number, 7])
            #expect(try row.text("one") == String(number))
        }
    }

    /// The first and last moments of `timestamptz`, around the years 0 and 1970, and a leap day.
    static let moments: [(Int64, String)] = [
        (0, "1970-01-01 00:00:00+00"), (-1, "1969-12-31 23:59:59.999999+00"),
        (1_709_164_800_000_001, "2024-02-29 00:00:00.000001+00"), (-62_135_596_800_000_000, "0001-01-01 00:00:00+00"),
        (-62_135_596_800_000_001, "0001-12-31 23:59:59.999999+00 BC"),
        (.max - 1, "294247-01-10 04:00:54.775806+00"),
        (-210_866_803_200_000_000, "4714-11-24 00:00:00+00 BC"), (.max, "infinity"), (.min, "-infinity"),
    ]

    @Test(arguments: moments) func `times come back to the microsecond`(
        microseconds: Int64, text: String
    ) async throws {
        try await withPool { pool in
            let row = try await pool.query(
                """
                SELECT $1::timestamptz AS one, $1::timestamptz::text AS text, ($2::timestamptz[])[1] AS element,
                       array_length($2::timestamptz[], 1) AS count
                """,
                [
                    .timestamp(microseconds: microseconds), .timestampArray([microseconds]),
                ])[0]
            #expect(try row.timestamp("one") == microseconds)
            #expect(try row.timestamp("element") == microseconds && row.int("count") == 1)
            #expect(try row.text("text") == text)
        }
    }

    @Test func `a time before all calendars is refused by the server, not by a crash`() async throws {
        try await withPool { pool in
            let error = await failure {
                _ = try await pool.query("SELECT $1::timestamptz[] AS many", [.timestampArray([.min + 7])])
            }
            guard case .server = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func `arrays of many elements come back in order, and empty ones empty`() async throws {
        let uuids = (1000..<4000).map { PostgresUUID(high: UInt64($0) << 32, low: UInt64($0)) }
        let texts = (1000..<4000).map { number in
            // Three digits each.
            let digits = String(number, radix: 16)
            return "00000\(digits)-0000-0000-0000-000000000\(digits)"
        }
        try await withPool { pool in
            let row = try await pool.query(
                """
                SELECT $1::uuid[]::text[] AS many, array_length($2::bytea[], 1) AS bytes, ($2::bytea[])[2] AS second,
                       cardinality($3::uuid[]) + cardinality($4::bytea[]) + cardinality($5::timestamptz[]) AS none
                """,
                [
                    .uuidArray(uuids), .byteaArray([[], [0, 0xff], [1]]), .uuidArray([]), .byteaArray([]),
                    .timestampArray([]),
                ])[0]
            #expect(try row.texts("many") == texts)
            #expect(try row.int("bytes") == 3 && row.bytes("second") == [0, 0xff])
            #expect(try row.int("none") == 0)
        }
    }

    @Test func `NULL, booleans, identifiers, addresses, JSON and enums are read`() async throws {
        try await withPool { pool in
            try await pool.script("CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE DOMAIN short AS varchar(5)")
            let row = try await pool.query(
                """
                SELECT $1::text AS nothing, $2::boolean AS truth, $3::uuid AS id, '10.1.2.3'::inet AS host,
                       '2001:db8::/32'::cidr AS net, '{"a": [1]}'::jsonb AS document, 'sad'::mood AS mood,
                       'abc'::short AS short, 1.5::float8 AS float, 7::smallint AS small, ARRAY[]::text[] AS none,
                       1.5::numeric AS numeric, ARRAY[NULL]::text[] AS holes, 3000000000 AS large
                """,
                [.null, .bool(true), .uuid(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210)])[0]
            #expect(try row.isNull("nothing"))
            #expect(try row.textIfPresent("nothing") == nil)
            #expect(try row.bool("truth"))
            #expect(try row.uuid("id") == PostgresUUID(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210))
            #expect(try row.text("id") == "01234567-89ab-cdef-fedc-ba9876543210")
            #expect(try row.text("host") == "10.1.2.3")
            #expect(try row.text("net") == "2001:db8::/32")
            #expect(try row.text("document") == #"{"a": [1]}"#)
            #expect(try row.text("mood") == "sad")
            #expect(try row.text("short") == "abc")
            #expect(try row.double("float") == 1.5)
            #expect(try row.int32("small") == 7)
            #expect(try row.texts("none") == [])
            for wrong: (Row) throws -> Void in [
                { _ = try $0.text("nothing") }, { _ = try $0.int("truth") }, { _ = try $0.uuid("host") },
                { _ = try $0.bool("missing") }, { _ = try $0.text("numeric") }, { _ = try $0.texts("holes") },
                { _ = try $0.int32("large") }, { _ = try $0.texts("id") }, { _ = try $0.timestamp("small") },
                { _ = try $0.bytes("short") },
            ] {
                let error = await failure { try wrong(row) }
                guard case .unexpected = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
        }
    }

    @Test func `integers fit columns of any width, and their bounds are the server's`() async throws {
        try await withPool { pool in
            try await pool.script("CREATE TABLE t (s smallint, i integer, b bigint)")
            try await pool.query("INSERT INTO t VALUES ($1, $2, $3)", [.int(1), .int(2), .int(3)])
            let error = await failure {
                try await pool.query("INSERT INTO t (s) VALUES ($1)", [.int(70_000)])
            }
            #expect(error?.sqlState == "22003")
            // The server's calendar ends later than 64 bits of microseconds since 1970 do.
            let row = try await pool.query("SELECT '294276-12-31 23:59:59Z'::timestamptz AS late")[0]
            #expect(await failure { _ = try row.timestamp("late") } != nil)
        }
    }

    @Test(arguments: texts.dropLast()) func `a hostile parameter stays data (SQL injection, ASVS 1.2.4)`(
        text: String
    ) async throws {
        try await withPool { pool in
            try await pool.script("CREATE TABLE users (name text); INSERT INTO users VALUES ('root')")
            let found = try await pool.query("SELECT 1 FROM users WHERE name = $1", [.text(text)])
            #expect(found.isEmpty)
            let count = try await pool.query("SELECT count(*) AS n FROM users")
            #expect(try count[0].int("n") == 1)
        }
    }

    @Test func `a text with a NUL is refused, not cut off`() async throws {
        try await withPool { pool in
            let before = pool.statistics.queries
            for value: PostgresValue in [.text("admin\0x"), .textArray(["admin\0x"])] {
                let error = await failure { try await pool.query("SELECT $1::text", [value]) }
                guard case .invalidParameter(let reason)? = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
                #expect(!reason.contains("admin"))
            }
            #expect(pool.statistics.queries >= before)
            let row = try await pool.query("SELECT 1 AS n")[0]
            #expect(try row.int("n") == 1)
        }
    }

    @Test func `an identifier is quoted whole`() {
        #expect(Statement.quotedIdentifier("a\"; DROP TABLE x; --\0") == "\"a\"\"; DROP TABLE x; --\"")
    }
}
