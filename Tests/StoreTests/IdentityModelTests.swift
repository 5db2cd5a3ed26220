import PostgreSQL
import Testing

/// The fields of the identity model, each with its type, whether it may be absent, and what it is unless somebody says
/// otherwise; and the indexes that it names.
@Suite struct `The identity model` {
    /// One field, as PostgreSQL describes it.
    struct Field: Sendable, Hashable, CustomTestStringConvertible {
        let table: String
        let name: String
        let type: String
        var mayBeNull = false
        /// A part of the default's or the generated value's text.
        var unlessGiven: String?

        init(_ place: String, _ type: String, mayBeNull: Bool = false, unlessGiven: String? = nil) {
            let parts = place.split(separator: ".")
            table = String(parts[0])
            name = String(parts[1])
            self.type = type
            self.mayBeNull = mayBeNull
            self.unlessGiven = unlessGiven
        }

        var testDescription: String { "\(table).\(name)" }
    }

    private static let shared = Task.detached { try await TestDatabase.migrated() }

    private static let fields: [Field] = [
        Field("users.id", "uuid", unlessGiven: "gen_random_uuid()"),
        Field("users.username", "character varying(50)", mayBeNull: true),
        Field("users.email", "character varying(255)", mayBeNull: true),
        Field("users.email_normalized", "text", mayBeNull: true, unlessGiven: "lower((email)::text)"),
        Field("users.name", "character varying(100)", mayBeNull: true),
        Field("users.first_name", "character varying(100)", mayBeNull: true),
        Field("users.last_name", "character varying(100)", mayBeNull: true),
        Field("users.phone", "character varying(50)", mayBeNull: true),
        Field("users.password_hash", "character varying(255)", mayBeNull: true),
        Field("users.status", "user_status", unlessGiven: "'pending_verification'"),
        Field("users.is_active", "boolean", unlessGiven: "status = 'active'"),
        Field("users.is_verified", "boolean", unlessGiven: "email_verified_at IS NOT NULL"),
        Field("users.email_verified_at", "timestamp with time zone", mayBeNull: true),
        Field("users.roles", "jsonb", unlessGiven: "'[\"user\"]'"),
        Field("users.last_login_at", "timestamp with time zone", mayBeNull: true),
        Field("users.stripe_customer_id", "character varying(255)", mayBeNull: true),
        Field("users.created_at", "timestamp with time zone", unlessGiven: "now()"),
        Field("users.updated_at", "timestamp with time zone", unlessGiven: "now()"),
        Field("users.deleted_at", "timestamp with time zone", mayBeNull: true),
        Field("plants.id", "integer"),
        Field("plants.code", "character varying(50)"),
        Field("plants.name", "character varying(100)"),
        Field("plants.is_active", "boolean", unlessGiven: "true"),
        Field("user_plant_role.user_id", "uuid"),
        Field("user_plant_role.plant_id", "integer"),
        Field("user_plant_role.role", "plant_role", unlessGiven: "'operator'"),
        Field("user_plant_role.granted_by", "uuid", mayBeNull: true),
        Field("user_plant_role.expires_at", "timestamp with time zone", mayBeNull: true),
        Field("user_sessions.id", "uuid", unlessGiven: "gen_random_uuid()"),
        Field("user_sessions.user_id", "uuid"),
        Field("user_sessions.refresh_id", "uuid", mayBeNull: true),
        Field("user_sessions.user_agent", "character varying(512)", mayBeNull: true),
        Field("user_sessions.ip_address", "inet", mayBeNull: true),
        Field("user_sessions.method", "character varying(50)"),
        Field("user_sessions.factors", "smallint", unlessGiven: "1"),
        Field("user_sessions.issued_at", "timestamp with time zone", unlessGiven: "now()"),
        Field("user_sessions.last_used_at", "timestamp with time zone", unlessGiven: "now()"),
        Field("user_sessions.expires_at", "timestamp with time zone"),
        Field("user_sessions.revoked_at", "timestamp with time zone", mayBeNull: true),
        Field("user_sessions.revocation_reason", "character varying(50)", mayBeNull: true),
        Field("session_tokens.token_hash", "bytea"),
        Field("session_tokens.previous_token_hash", "bytea", mayBeNull: true),
        Field("verification_tokens.purpose", "verification_purpose"),
        Field("verification_tokens.token_hash", "bytea"),
        Field("verification_tokens.expires_at", "timestamp with time zone"),
        Field("verification_tokens.consumed_at", "timestamp with time zone", mayBeNull: true),
        Field("user_identities.provider", "character varying(50)"),
        Field("user_identities.subject", "character varying(255)"),
        Field("user_identities.user_id", "uuid", mayBeNull: true),
        Field("user_factors.kind", "user_factor_kind"),
    ]

    @Test(arguments: fields)
    func `has every field, of its type and with its default`(field: Field) async throws {
        let database = try await Self.shared.value
        let row = try #require(
            try await database.pool.query(
                """
                SELECT format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS may_be_null,
                    pg_get_expr(d.adbin, d.adrelid) AS unless_given
                FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                WHERE a.attrelid = $1::text::regclass AND a.attname = $2
                """, [.text(field.table), .text(field.name)]
            ).first)
        #expect(try row.text("type") == field.type)
        #expect(try row.bool("may_be_null") == field.mayBeNull)
        let unlessGiven = try row.textIfPresent("unless_given")
        if let wanted = field.unlessGiven {
            #expect(unlessGiven?.contains(wanted) == true, "\(unlessGiven ?? "nothing")")
        } else {
            #expect(unlessGiven == nil)
        }
    }

    @Test(
        arguments: [
            ("users", "lower((username)::text)", true), ("users", "email_normalized", true),
            ("users", "gin (roles)", false), ("users", "stripe_customer_id", false),
            ("user_plant_role", "(user_id, plant_id)", true), ("user_plant_role", "(plant_id", false),
            ("user_sessions", "(user_id", false), ("user_sessions", "(refresh_id)", true),
            ("session_tokens", "(token_hash)", true), ("verification_tokens", "(token_hash)", true),
            ("verification_tokens", "(user_id", false), ("user_identities", "(provider, subject)", true),
            ("user_identities", "(user_id", false), ("api_tokens", "(token_hash)", true), ("plants", "(code)", true),
        ])
    func `has every index that it names`(table: String, columns: String, isUnique: Bool) async throws {
        let database = try await Self.shared.value
        let indexes = try await database.pool.query(
            "SELECT indexdef AS text FROM pg_indexes WHERE tablename = $1", [.text(table)]
        ).map { try $0.text("text") }
        let found = indexes.contains { $0.contains(columns) && (!isUnique || $0.contains("UNIQUE")) }
        #expect(found, "\(indexes.joined(separator: "\n"))")
    }

    @Test(arguments: [("user_plant_role", "users"), ("user_plant_role", "plants"), ("user_sessions", "users")])
    func `cascades where it says so`(table: String, parent: String) async throws {
        let database = try await Self.shared.value
        let keys = try await database.pool.query(
            """
            SELECT confdeltype::text AS action FROM pg_constraint
            WHERE contype = 'f' AND conrelid = $1::text::regclass AND confrelid = $2::text::regclass
                AND conname LIKE '%' || left($2, -1) || '_id_fkey'
            """, [.text(table), .text(parent)])
        #expect(try keys.map { try $0.text("action") } == ["c"])
    }

    @Test(arguments: ["TARGET", "MANAGER", "ADMIN", "MARKETING"])
    func `finds people by a global role`(role: String) async throws {
        try await withDatabase { database in
            try await database.pool.script(
                """
                INSERT INTO users (username, roles) VALUES ('holder', '["user", "\(role)"]'), ('other', '["user"]');
                """)
            let found = try await database.pool.query(
                "SELECT username FROM users WHERE roles @> to_jsonb(ARRAY[$1::text])", [.text(role)])
            #expect(try found.map { try $0.text("username") } == ["holder"])
        }
    }
}
