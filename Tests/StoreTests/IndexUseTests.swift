import GatehouseTesting
import Identity
import PostgreSQL
import Testing

@testable import Store

/// A lookup that must not read a whole table.
struct HotLookup: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let statement: Statement
    /// The parameters as SQL.
    let arguments: String
    /// The indexes that the plan must show.
    let indexes: [String]
    /// Tables that are read whole wherever that is cheaper, since they are small.
    var mayScan: Set<String> = []
}

private let someUser = "md5('4711')::uuid"
private let someHashes = "ARRAY[decode(md5('4711') || md5('x'), 'hex'), decode(md5('12') || md5('x'), 'hex')]"

private let hotLookups = [
    HotLookup(
        testDescription: "session tokens, present and previous", statement: PostgresSessionStore.lookup,
        arguments: "\(someHashes), 28800000000, 30000000",
        indexes: [
            "session_tokens_token_hash_key", "session_tokens_previous_token_hash_key", "user_sessions_pkey",
            "users_pkey", "user_plant_role_user_id_plant_id_key", "api_tokens_token_hash_key", "spent_tokens_pkey",
        ], mayScan: ["plants"]),
    HotLookup(
        testDescription: "the standing of sessions", statement: PostgresSessionStore.standing,
        arguments: "ARRAY[\(someUser), md5('12')::uuid]",
        indexes: [
            "user_sessions_pkey", "api_tokens_pkey", "users_pkey", "user_plant_role_user_id_plant_id_key",
        ], mayScan: ["plants"]),
    HotLookup(
        testDescription: "tokens that were rotated away", statement: PostgresSessionStore.endStolen,
        arguments: "\(someHashes), 30000000",
        indexes: ["session_tokens_previous_token_hash_key", "spent_tokens_pkey", "user_sessions_pkey"]),
    HotLookup(
        testDescription: "the first use of a token", statement: PostgresSessionStore.settle, arguments: someHashes,
        indexes: ["session_tokens_token_hash_key", "session_tokens_pkey"]),
    HotLookup(
        testDescription: "a rotation", statement: PostgresSessionStore.rotate,
        arguments: "decode(md5('4711') || md5('x'), 'hex'), decode(md5('1') || md5('n'), 'hex'), '\\x00', "
            + "'a.example.com', 900000000, 30000000",
        indexes: [
            "session_tokens_token_hash_key", "session_tokens_previous_token_hash_key", "user_sessions_pkey",
            "users_pkey",
        ]),
    HotLookup(
        testDescription: "a refresh", statement: PostgresSessionStore.refresh,
        arguments: "decode(md5('4711') || md5('r'), 'hex'), decode(md5('1') || md5('n'), 'hex'), "
            + "decode(md5('2') || md5('n'), 'hex'), '\\x00', now(), 28800000000, now(), 'x', NULL, NULL, NULL, NULL, "
            + "ARRAY[]::text[], ARRAY[]::text[]",
        indexes: ["user_sessions_refresh_token_hash_key", "users_pkey", "session_tokens_session_id_host_key"]),
    HotLookup(
        testDescription: "a refresh once more", statement: PostgresSessionStore.refreshAgain,
        arguments: "decode(md5('4711') || md5('r'), 'hex'), 30000000",
        indexes: ["user_sessions_previous_refresh_token_hash_key", "users_pkey", "session_tokens_session_id_host_key"]),
    HotLookup(
        testDescription: "a refresh token that was used before", statement: PostgresSessionStore.endOfReused,
        arguments: "decode(md5('4711') || md5('r'), 'hex'), now(), 'x', NULL, NULL, NULL, NULL, "
            + "ARRAY[]::text[], ARRAY[]::text[]",
        indexes: ["user_sessions_previous_refresh_token_hash_key", "spent_tokens_pkey", "user_sessions_pkey"]),
    HotLookup(
        testDescription: "a user's API tokens", statement: PostgresAPITokenStore.list, arguments: someUser,
        indexes: ["api_tokens_user_id_idx"], mayScan: ["plants"]),
    HotLookup(
        testDescription: "API tokens to remove", statement: RetentionSweep.apiTokens, arguments: "2592000000000, 500",
        indexes: ["api_tokens_over_at_idx", "api_tokens_pkey"]),
    HotLookup(
        testDescription: "user by username", statement: PostgresUserStore.findByUsername, arguments: "'USER4711'",
        indexes: ["users_username_key"]),
    HotLookup(
        testDescription: "user by address", statement: PostgresUserStore.findByEmail,
        arguments: "'User4711@example.com'", indexes: ["users_email_normalized_key"]),
    HotLookup(
        testDescription: "credentials by username or address", statement: PostgresUserStore.credentials,
        arguments: "'user4711', '192.0.2.7/32'",
        indexes: ["users_username_key", "users_email_normalized_key", "user_sessions_user_id"]),
    HotLookup(
        testDescription: "credentials by id", statement: PostgresUserStore.credentialsByID,
        arguments: "\(someUser), '2001:db8::/64'", indexes: ["users_pkey", "user_sessions_user_id"]),
    HotLookup(
        testDescription: "an address to register", statement: PostgresUserStore.findRegistered,
        arguments: "'User4711@example.com'", indexes: ["users_email_normalized_key"]),
    HotLookup(
        testDescription: "people of a plant", statement: PostgresUserStore.peopleOfPlant,
        arguments: "NULL, NULL, 7, false, 0, 50", indexes: ["user_plant_role_plant_id_idx"],
        mayScan: ["plants", "users"]),
    HotLookup(
        testDescription: "a token to consume", statement: PostgresVerificationStore.consume,
        arguments: "decode(md5('4711') || md5('v'), 'hex'), 'verify_email', now()",
        indexes: ["verification_tokens_token_hash_key", "users_pkey"]),
    HotLookup(
        testDescription: "counts of attempts", statement: PostgresThrottleStore.look, arguments: someHashes,
        indexes: ["throttles_pkey"]),
    HotLookup(
        testDescription: "counts to forget", statement: RetentionSweep.throttles, arguments: "3600000000, 500",
        indexes: ["throttles_forget_at_idx", "throttles_pkey"]),
    HotLookup(
        testDescription: "an invitation to accept", statement: PostgresInvitationStore.accept,
        arguments: "decode(md5('4711') || md5('i'), 'hex'), now()", indexes: ["invitations_token_hash_key"],
        mayScan: ["plants"]),
    HotLookup(
        testDescription: "a plant's invitations", statement: PostgresInvitationStore.list, arguments: "7, now()",
        indexes: ["invitations_"], mayScan: ["plants"]),
    HotLookup(
        testDescription: "whose an account at a provider is", statement: PostgresLinkedIdentityStore.owner,
        arguments: "'google', 's4711'", indexes: ["user_identities_provider_subject_key"]),
    HotLookup(
        testDescription: "a user's accounts at providers", statement: PostgresLinkedIdentityStore.list,
        arguments: someUser, indexes: ["user_identities_user_id_idx"]),
    HotLookup(
        testDescription: "audit events about a user", statement: PostgresAuditStore.pageOfSubject,
        arguments: "\(someUser), NULL, NULL, NULL, NULL, NULL, 50", indexes: ["subject_id"],
        mayScan: ["audit_log_default"]),
    HotLookup(
        testDescription: "a page of users", statement: PostgresUserStore.list, arguments: "100, 50",
        indexes: ["users_created_at_idx"]),
    HotLookup(
        testDescription: "a user's roles", statement: PostgresRoleStore.memberships, arguments: someUser,
        indexes: ["user_plant_role_user_id_plant_id_key"], mayScan: ["plants"]),
    HotLookup(
        testDescription: "a user's role in a plant", statement: PostgresRoleStore.role, arguments: "\(someUser), 7",
        indexes: ["user_plant_role_user_id_plant_id_key"], mayScan: ["plants"]),
    HotLookup(
        testDescription: "a principal", statement: PostgresRoleStore.principal, arguments: someUser,
        indexes: ["users_pkey", "user_plant_role_user_id_plant_id_key"], mayScan: ["plants"]),
    HotLookup(
        testDescription: "a plant's users", statement: PostgresRoleStore.listOfPlant, arguments: "7",
        indexes: ["user_plant_role_plant_id_idx", "users_pkey"], mayScan: ["plants"]),
    HotLookup(
        testDescription: "a user's sessions", statement: PostgresSessionStore.list, arguments: someUser,
        indexes: ["user_sessions_user_id_idx"]),
    HotLookup(
        testDescription: "a refresh id", statement: "SELECT id FROM user_sessions WHERE refresh_id = $1",
        arguments: "'00000000-0000-4000-8000-000000000000'::uuid", indexes: ["user_sessions_refresh_id_key"]),
    HotLookup(
        testDescription: "a refresh token", statement: "SELECT id FROM user_sessions WHERE refresh_token_hash = $1",
        arguments: "decode(md5('4711') || md5('r'), 'hex')", indexes: ["user_sessions_refresh_token_hash_key"]),
    HotLookup(
        testDescription: "a global role", statement: "SELECT id FROM users WHERE roles @> to_jsonb($1::text)",
        arguments: "'MARKETING'", indexes: ["users_roles_idx"]),
    HotLookup(
        testDescription: "a Stripe customer", statement: "SELECT id FROM users WHERE stripe_customer_id = $1",
        arguments: "'cus_500'", indexes: ["users_stripe_customer_id_idx"]),
    HotLookup(
        testDescription: "a verification token", statement: "SELECT id FROM verification_tokens WHERE token_hash = $1",
        arguments: "decode(md5('4711') || md5('v'), 'hex')", indexes: ["verification_tokens_token_hash_key"]),
    HotLookup(
        testDescription: "a ticket to redeem", statement: PostgresTicketStore.redeem,
        arguments:
            "decode(md5('7') || md5('t'), 'hex'), 'a.example.com', decode(md5('7') || md5('a'), 'hex'), now()",
        indexes: ["sign_in_tickets_token_hash_key"]),
    HotLookup(
        testDescription: "sessions to remove", statement: RetentionSweep.sessions, arguments: "2592000000000, 500",
        indexes: ["user_sessions_over_at_idx", "user_sessions_pkey"]),
    HotLookup(
        testDescription: "the newest audit events", statement: PostgresAuditStore.list, arguments: "100",
        indexes: ["at_position_idx"], mayScan: ["audit_log_default"]),
    HotLookup(
        testDescription: "a plant by its code", statement: PostgresPlantStore.findByCode, arguments: "'plant-7'",
        indexes: ["plants_code_key"]),
]

@Suite struct `The hot lookups` {
    /// Enough rows that reading a whole table is never the cheapest way, and statistics that say so.
    private static let filled = Task.detached {
        let database = try await TestDatabase.migrated()
        try await database.pool.script(
            """
            INSERT INTO users (id, username, email, status, roles, stripe_customer_id, created_at)
            SELECT md5(n::text)::uuid, 'user' || n, 'User' || n || '@example.com', 'active',
                CASE WHEN n % 500 = 0 THEN '["user", "MARKETING"]'::jsonb ELSE '["user"]' END,
                CASE WHEN n % 10 = 0 THEN 'cus_' || n END, now() - n * interval '1 minute'
            FROM generate_series(1, 10000) AS n;
            INSERT INTO plants (code, name) SELECT 'plant-' || n, 'Plant ' || n FROM generate_series(1, 2000) AS n;
            INSERT INTO user_plant_role (user_id, plant_id, role)
            SELECT id, 1 + (row_number() OVER () * 7 + k * 11) % 2000, 'engineer'
            FROM users, generate_series(0, 2) AS k ON CONFLICT DO NOTHING;
            INSERT INTO user_sessions (user_id, method, issued_at, last_used_at, expires_at, refresh_id, refresh_token_hash)
            SELECT id, 'password', now() - (n || ' minutes')::interval, now(), now() + interval '1 day',
                gen_random_uuid(), decode(md5(n::text) || md5('r'), 'hex')
            FROM (SELECT id, row_number() OVER () AS n FROM users) u;
            INSERT INTO session_tokens (session_id, host, token_hash, previous_token_hash, rotated_at)
            SELECT id, 'a.example.com', decode(md5(n::text) || md5('x'), 'hex'), decode(md5(n::text) || md5('y'), 'hex'),
                now()
            FROM (SELECT id, row_number() OVER () AS n FROM user_sessions) s;
            INSERT INTO spent_tokens (session_id, token_hash, host, spent_at)
            SELECT id, decode(md5(n::text) || md5('z'), 'hex'), 'a.example.com', now()
            FROM (SELECT id, row_number() OVER () AS n FROM user_sessions) s;
            INSERT INTO api_tokens (user_id, name, token_hash, expires_at, revoked_at)
            SELECT id, 'robot', decode(md5(n::text) || md5('a'), 'hex'), now() + interval '1 day',
                CASE WHEN n % 100 = 0 THEN now() - interval '40 days' END
            FROM (SELECT id, row_number() OVER () AS n FROM users) u;
            INSERT INTO sign_in_tickets (session_id, token_hash, host, attempt_hash, expires_at)
            SELECT id, decode(md5(n::text) || md5('t'), 'hex'), 'a.example.com', decode(md5(n::text) || md5('a'), 'hex'),
                now() + interval '30 seconds'
            FROM (SELECT id, row_number() OVER () AS n FROM user_sessions) s;
            INSERT INTO verification_tokens (user_id, purpose, email, token_hash, expires_at)
            SELECT id, 'verify_email', email, decode(md5(n::text) || md5('v'), 'hex'), now() + interval '1 day'
            FROM (SELECT id, email, row_number() OVER () AS n FROM users) u;
            INSERT INTO audit_log (event, at, subject_id)
            SELECT 'x', now() + n % 3 * interval '1 month', md5(n::text)::uuid FROM generate_series(1, 60000) AS n;
            INSERT INTO throttles (bucket, attempts, until, forget_at)
            SELECT decode(md5(n::text) || md5('x'), 'hex'), 1, now(), now() + n * interval '1 second'
            FROM generate_series(1, 20000) AS n;
            INSERT INTO invitations (email, plant_id, token_hash, expires_at)
            SELECT 'i' || n || '@example.com', 1 + n % 2000, decode(md5(n::text) || md5('i'), 'hex'),
                now() + interval '1 day'
            FROM generate_series(1, 20000) AS n;
            INSERT INTO user_identities (provider, subject, user_id)
            SELECT 'google', 's' || n, md5(n::text)::uuid FROM generate_series(1, 10000) AS n;
            """)
        try await database.pool.script("ANALYZE")
        return database
    }

    /// Both of the plans that a prepared statement can get: for these values, and for any.
    @Test(arguments: hotLookups, ["force_custom_plan", "force_generic_plan"])
    func `use their index`(lookup: HotLookup, mode: String) async throws {
        let database = try await Self.filled.value
        let plan = try await database.pool.transaction { transaction in
            try await transaction.script("SET LOCAL plan_cache_mode = \(mode)")
            try await transaction.script("PREPARE lookup AS \(lookup.statement.sql)")
            let explained = try await transaction.query(
                Statement(assembled: "EXPLAIN EXECUTE lookup(\(lookup.arguments))"))
            let lines = try explained.map { try $0.text("QUERY PLAN") }
            try await transaction.script("DEALLOCATE lookup")
            return lines
        }
        for index in lookup.indexes {
            #expect(plan.contains { $0.contains(index) }, "no \(index) in\n\(plan.joined(separator: "\n"))")
        }
        for line in plan {
            guard let scan = line.firstMatch(of: /Seq Scan on (\w+)/) else { continue }
            #expect(lookup.mayScan.contains(String(scan.1)), "\(line) in\n\(plan.joined(separator: "\n"))")
        }
    }

    /// Nobody has run ANALYZE on what was imported or restored a moment ago, and a plan that was made while there was
    /// nothing stays.
    @Test(arguments: hotLookups.prefix(2)) func `of requests use their index before there are statistics`(
        lookup: HotLookup
    ) async throws {
        try await withDatabase { database in
            let plan = try await database.pool.transaction { transaction in
                try await transaction.script(
                    """
                    SET LOCAL plan_cache_mode = force_generic_plan;
                    PREPARE lookup AS \(lookup.statement.sql);
                    EXECUTE lookup(\(lookup.arguments));
                    INSERT INTO users (id, username, status)
                    SELECT md5(n::text)::uuid, 'user' || n, 'active' FROM generate_series(1, 2000) AS n;
                    INSERT INTO user_sessions (user_id, method, expires_at)
                    SELECT id, 'password', now() + interval '1 day' FROM users;
                    INSERT INTO session_tokens (session_id, token_hash)
                    SELECT id, sha256(id::text::bytea) FROM user_sessions;
                    """)
                let explained = try await transaction.query(
                    Statement(assembled: "EXPLAIN EXECUTE lookup(\(lookup.arguments))"))
                let lines = try explained.map { try $0.text("QUERY PLAN") }
                try await transaction.script("DEALLOCATE lookup")
                return lines
            }
            #expect(!plan.contains { $0.contains("Seq Scan") }, "\(plan.joined(separator: "\n"))")
        }
    }
}
