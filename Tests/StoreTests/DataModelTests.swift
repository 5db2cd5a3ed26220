import GatehouseTesting
import Identity
import PostgreSQL
import Store
import Testing

/// The rules of the identity model as the database itself keeps them, whoever writes: an import, a psql session, a
/// faulty program. One case a rule.
struct Rule: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Runs first, and must work.
    var given = ""
    /// Must be refused.
    let sql: String
    /// The constraint that refuses, or the SQLSTATE where there is none.
    let by: String
}

private let user =
    "INSERT INTO users (id, username, status) VALUES ('00000000-0000-4000-8000-000000000001', 'ada', 'active');"
private let plant = "INSERT INTO plants (code, name) VALUES ('p1', 'P1');"
private let grant = "INSERT INTO user_plant_role (user_id, plant_id) SELECT u.id, p.id FROM users u, plants p;"
private let session =
    "INSERT INTO user_sessions (user_id, method, expires_at) SELECT id, 'password', now() + interval '1 day' FROM users;"
private let hash = "decode(repeat('ab', 32), 'hex')"
private let apiToken =
    "INSERT INTO api_tokens (user_id, name, token_hash, role_max) SELECT id, 'robot', \(hash), 'operator' FROM users;"
private let verification =
    "INSERT INTO verification_tokens (user_id, purpose, email, token_hash, expires_at) SELECT id, 'reset_password', 'a@b', \(hash), now() + interval '1 hour' FROM users;"

private let identity =
    "INSERT INTO user_identities (provider, subject, user_id, email) SELECT 'google', 's', id, 'a@b' FROM users;"
private let invitation = """
    INSERT INTO invitations (email, plant_id, token_hash, expires_at)
    SELECT 'a@b', id, \(hash), now() + interval '1 hour' FROM plants;
    """
private let otherHash = "decode(repeat('cd', 32), 'hex')"

/// What came with registration, invitations and accounts at providers.
private let peopleRules = [
    Rule(
        testDescription: "a password that must be changed is there",
        sql: "INSERT INTO users (username, password_must_change) VALUES ('abc', true)",
        by: "users_password_must_change_exists"),
    Rule(
        testDescription: "a link that comes by mail proves an address", given: user,
        sql:
            "INSERT INTO verification_tokens (user_id, purpose, token_hash, expires_at) SELECT id, 'verify_email', \(hash), now() + interval '1 hour' FROM users",
        by: "verification_tokens_email_proved"),
    Rule(
        testDescription: "what a first password opens proves no address", given: user,
        sql:
            "INSERT INTO verification_tokens (user_id, purpose, email, token_hash, expires_at) SELECT id, 'first_password', 'a@b', \(hash), now() + interval '1 hour' FROM users",
        by: "verification_tokens_email_proved"),
    Rule(
        testDescription: "a provider's subject is one user's", given: user + identity, sql: identity,
        by: "user_identities_provider_subject_key"),
    Rule(
        testDescription: "an account at a provider never changes hands",
        given: user + identity + "INSERT INTO users (username) VALUES ('eve');",
        sql: "UPDATE user_identities SET user_id = (SELECT id FROM users WHERE username = 'eve')",
        by: "user_identities_user_for_good"),
    Rule(
        testDescription: "the tombstone of a user whose row is gone belongs to nobody for good",
        given: user + identity + "DELETE FROM users; INSERT INTO users (username) VALUES ('eve');",
        sql: "UPDATE user_identities SET user_id = (SELECT id FROM users)", by: "user_identities_user_for_good"),
    Rule(
        testDescription: "a provider has a plain name", given: user,
        sql: "INSERT INTO user_identities (provider, subject) VALUES ('Google', 's')",
        by: "user_identities_provider_form"),
    Rule(
        testDescription: "a passkey has an id and a key", given: user,
        sql: "INSERT INTO user_factors (user_id, kind, secret) SELECT id, 'passkey', \(hash) FROM users",
        by: "user_factors_complete"),
    Rule(
        testDescription: "a recovery code is kept as its SHA-256", given: user,
        sql: "INSERT INTO user_factors (user_id, kind, secret) SELECT id, 'recovery_code', 'abc' FROM users",
        by: "user_factors_recovery_code_hash_length"),
    Rule(
        testDescription: "one address has one open invitation to a plant", given: plant + invitation,
        sql:
            "INSERT INTO invitations (email, plant_id, token_hash, expires_at) SELECT 'A@B', id, \(otherHash), now() FROM plants",
        by: "invitations_open_key"),
    Rule(
        testDescription: "an invitation is accepted once",
        given: plant + invitation + "UPDATE invitations SET accepted_at = now();",
        sql: "UPDATE invitations SET accepted_at = now()", by: "invitations_over_for_good"),
    Rule(
        testDescription: "an invitation that was taken back is not accepted",
        given: plant + invitation + "UPDATE invitations SET revoked_at = now();",
        sql: "UPDATE invitations SET accepted_at = now(), revoked_at = NULL", by: "invitations_over_for_good"),
    Rule(
        testDescription: "an invitation offers nothing but what it was sent as", given: plant + invitation,
        sql: "UPDATE invitations SET role = 'admin'", by: "invitations_fixed"),
    Rule(
        testDescription: "a count is known by a digest",
        sql: "INSERT INTO throttles (bucket, until, forget_at) VALUES ('anna', now(), now())",
        by: "throttles_bucket_length"),
]

private let rules =
    peopleRules + [
        // users
        Rule(
            testDescription: "a username has at least 3 characters", sql: "INSERT INTO users (username) VALUES ('ab')",
            by: "users_username_length"),
        Rule(
            testDescription: "a username has at most 50 characters",
            sql: "INSERT INTO users (username) VALUES (repeat('x', 51))", by: "22001"),
        Rule(
            testDescription: "a username is unique without case", given: user,
            sql: "INSERT INTO users (username) VALUES ('ADA')", by: "users_username_key"),
        Rule(
            testDescription: "a username is no address", sql: "INSERT INTO users (username) VALUES ('a@b.c')",
            by: "users_username_unambiguous"),
        Rule(
            testDescription: "an address is unique without case", given: "INSERT INTO users (email) VALUES ('Ada@b.c')",
            sql: "INSERT INTO users (email) VALUES ('aDA@B.C')", by: "users_email_normalized_key"),
        Rule(
            testDescription: "an address has at most 255 characters",
            sql: "INSERT INTO users (email) VALUES (repeat('x', 255) || '@b')", by: "22001"),
        Rule(
            testDescription: "there is a username or an address", sql: "INSERT INTO users (name) VALUES ('x')",
            by: "users_username_or_email"),
        Rule(
            testDescription: "a name has at most 100 characters",
            sql: "INSERT INTO users (username, name) VALUES ('abc', repeat('x', 101))", by: "22001"),
        Rule(
            testDescription: "roles are an array",
            sql: "INSERT INTO users (username, roles) VALUES ('abc', '\"ADMIN\"')",
            by: "users_roles_are_strings"),
        Rule(
            testDescription: "roles are an array of strings",
            sql: "INSERT INTO users (username, roles) VALUES ('abc', '[\"a\", 1]')", by: "users_roles_are_strings"),
        Rule(
            testDescription: "roles hold no null", sql: "INSERT INTO users (username, roles) VALUES ('abc', '[null]')",
            by: "users_roles_are_strings"),
        Rule(
            testDescription: "roles hold no array of strings",
            sql: "INSERT INTO users (username, roles) VALUES ('abc', '[[\"a\"]]')", by: "users_roles_are_strings"),
        Rule(
            testDescription: "status is one of three",
            sql: "INSERT INTO users (username, status) VALUES ('abc', 'deleted')", by: "22P02"),
        Rule(
            testDescription: "a deleted user cannot be active", given: user, sql: "UPDATE users SET deleted_at = now()",
            by: "users_deleted_not_active"),
        Rule(
            testDescription: "a deleted user must be restored first",
            given: user + "UPDATE users SET status = 'suspended', deleted_at = now();",
            sql: "UPDATE users SET status = 'active'", by: "users_restore_first"),
        Rule(
            testDescription: "restoring and activating are two steps",
            given: user + "UPDATE users SET status = 'suspended', deleted_at = now();",
            sql: "UPDATE users SET status = 'active', deleted_at = NULL", by: "users_restore_first"),
        Rule(
            testDescription: "a suspended user does not go back to pending",
            given: user + "UPDATE users SET status = 'suspended';",
            sql: "UPDATE users SET status = 'pending_verification'",
            by: "users_status_transition"),
        Rule(
            testDescription: "is_active cannot be set by hand",
            sql: "INSERT INTO users (username, is_active) VALUES ('abc', true)", by: "428C9"),
        Rule(
            testDescription: "is_verified cannot be set by hand",
            sql: "INSERT INTO users (username, is_verified) VALUES ('abc', true)", by: "428C9"),
        Rule(
            testDescription: "email_normalized cannot be set by hand",
            sql: "INSERT INTO users (email, email_normalized) VALUES ('a@b', 'c@d')", by: "428C9"),
        // plants
        Rule(testDescription: "a plant's code is unique", given: plant, sql: plant, by: "plants_code_key"),
        Rule(
            testDescription: "a plant's code is not digits alone",
            sql: "INSERT INTO plants (code, name) VALUES ('42', 'x')", by: "plants_code_form"),
        Rule(
            testDescription: "a plant's id is the database's to give",
            sql: "INSERT INTO plants (id, code, name) VALUES (1, 'a', 'x')", by: "428C9"),
        // user_plant_role
        Rule(
            testDescription: "one role for a user and plant", given: user + plant + grant, sql: grant,
            by: "user_plant_role_user_id_plant_id_key"),
        Rule(
            testDescription: "a role is a rung of the ladder", given: user + plant,
            sql:
                "INSERT INTO user_plant_role (user_id, plant_id, role) SELECT u.id, p.id, 'owner' FROM users u, plants p",
            by: "22P02"),
        Rule(
            testDescription: "a role is of a user who exists", given: plant,
            sql: "INSERT INTO user_plant_role (user_id, plant_id) SELECT gen_random_uuid(), id FROM plants",
            by: "user_plant_role_user_id_fkey"),
        Rule(
            testDescription: "a role is in a plant that exists", given: user,
            sql: "INSERT INTO user_plant_role (user_id, plant_id) SELECT id, 9999 FROM users",
            by: "user_plant_role_plant_id_fkey"),
        // user_sessions
        Rule(
            testDescription: "a refresh id is unique", given: user,
            sql:
                "INSERT INTO user_sessions (user_id, method, expires_at, refresh_id, refresh_token_hash) SELECT id, 'x', now() + interval '1 day', gen, decode(repeat(n, 32), 'hex') FROM users, (SELECT gen_random_uuid() AS gen) g, (VALUES ('aa'), ('bb')) AS t (n)",
            by: "user_sessions_refresh_id_key"),
        Rule(
            testDescription: "a refresh id comes with a hashed token", given: user + session,
            sql: "UPDATE user_sessions SET refresh_id = gen_random_uuid()", by: "user_sessions_refresh_complete"),
        Rule(
            testDescription: "a refresh token is kept by its SHA-256 alone", given: user + session,
            sql: "UPDATE user_sessions SET refresh_id = gen_random_uuid(), refresh_token_hash = 'ghr_secret'",
            by: "user_sessions_refresh_token_hash_length"),
        Rule(
            testDescription: "an address is an IP address", given: user,
            sql:
                "INSERT INTO user_sessions (user_id, method, expires_at, ip_address) SELECT id, 'x', now() + interval '1 day', 'here' FROM users",
            by: "22P02"),
        Rule(
            testDescription: "a session ends after it begins", given: user,
            sql: "INSERT INTO user_sessions (user_id, method, expires_at) SELECT id, 'x', now() FROM users",
            by: "user_sessions_times_in_order"),
        Rule(
            testDescription: "a revocation has a reason", given: user + session,
            sql: "UPDATE user_sessions SET revoked_at = now()", by: "user_sessions_revocation_has_reason"),
        Rule(
            testDescription: "a revoked session stays revoked",
            given: user + session + "UPDATE user_sessions SET revoked_at = now(), revocation_reason = 'revoked';",
            sql: "UPDATE user_sessions SET revoked_at = NULL, revocation_reason = NULL",
            by: "user_sessions_revoked_for_good"),
        Rule(
            testDescription: "a session does not change hands",
            given: user + session + "INSERT INTO users (username) VALUES ('eve');",
            sql: "UPDATE user_sessions SET user_id = (SELECT id FROM users WHERE username = 'eve')",
            by: "user_sessions_user_for_good"),
        // session_tokens and tickets
        Rule(
            testDescription: "a token is kept by its SHA-256 alone", given: user + session,
            sql: "INSERT INTO session_tokens (session_id, token_hash) SELECT id, 'ghs_secret' FROM user_sessions",
            by: "session_tokens_hash_length"),
        Rule(
            testDescription: "one cookie a host and session", given: user + session,
            sql:
                "INSERT INTO session_tokens (session_id, host, token_hash) SELECT id, 'h', decode(repeat(n, 32), 'hex') FROM user_sessions, (VALUES ('aa'), ('bb')) AS t (n)",
            by: "session_tokens_session_id_host_key"),
        Rule(
            testDescription: "one cookie for every host and session", given: user + session,
            sql:
                "INSERT INTO session_tokens (session_id, token_hash) SELECT id, decode(repeat(n, 32), 'hex') FROM user_sessions, (VALUES ('aa'), ('bb')) AS t (n)",
            by: "session_tokens_session_id_host_key"),
        Rule(
            testDescription: "the previous token has a time at which it gave way", given: user + session,
            sql:
                "INSERT INTO session_tokens (session_id, token_hash, previous_token_hash) SELECT id, \(hash), decode(repeat('cd', 32), 'hex') FROM user_sessions",
            by: "session_tokens_rotation"),
        Rule(
            testDescription: "a ticket is kept by its SHA-256 alone", given: user + session,
            sql:
                "INSERT INTO sign_in_tickets (session_id, token_hash, host, attempt_hash, expires_at) SELECT id, 'ghk_secret', 'h', \(hash), now() FROM user_sessions",
            by: "sign_in_tickets_hash_length"),
        // spent_tokens
        Rule(
            testDescription: "a spent token is kept by its SHA-256 alone", given: user + session,
            sql:
                "INSERT INTO spent_tokens (token_hash, session_id, spent_at) SELECT 'ghs_secret', id, now() FROM user_sessions",
            by: "spent_tokens_hash_length"),
        Rule(
            testDescription: "a nonce belongs to a rotation", given: user + session,
            sql:
                "INSERT INTO session_tokens (session_id, token_hash, rotation_nonce) SELECT id, \(hash), 'x' FROM user_sessions",
            by: "session_tokens_rotation_nonce_of_rotation"),
        // api_tokens
        Rule(
            testDescription: "an API token is kept by its SHA-256 alone", given: user,
            sql: "INSERT INTO api_tokens (user_id, name, token_hash) SELECT id, 'x', 'ght_secret' FROM users",
            by: "api_tokens_hash_length"),
        Rule(
            testDescription: "an API token has a name", given: user,
            sql: "INSERT INTO api_tokens (user_id, name, token_hash) SELECT id, '', \(hash) FROM users",
            by: "api_tokens_name_not_empty"),
        Rule(
            testDescription: "an API token ends after it begins", given: user,
            sql:
                "INSERT INTO api_tokens (user_id, name, token_hash, expires_at) SELECT id, 'x', \(hash), now() FROM users",
            by: "api_tokens_times_in_order"),
        Rule(
            testDescription: "a revoked API token stays revoked",
            given: user + apiToken + "UPDATE api_tokens SET revoked_at = now();",
            sql: "UPDATE api_tokens SET revoked_at = NULL", by: "api_tokens_revoked_for_good"),
        Rule(
            testDescription: "an API token's ceiling is not lifted", given: user + apiToken,
            sql: "UPDATE api_tokens SET role_max = NULL", by: "api_tokens_fixed"),
        Rule(
            testDescription: "an API token changes no hands",
            given: user + apiToken + "INSERT INTO users (username) VALUES ('eve');",
            sql: "UPDATE api_tokens SET user_id = (SELECT id FROM users WHERE username = 'eve')", by: "api_tokens_fixed"
        ),
        // verification_tokens
        Rule(
            testDescription: "a verification token has one of three purposes", given: user,
            sql:
                "INSERT INTO verification_tokens (user_id, purpose, email, token_hash, expires_at) SELECT id, 'sign_in', 'a@b', \(hash), now() + interval '1 hour' FROM users",
            by: "22P02"),
        Rule(
            testDescription: "a verification token is kept by its SHA-256 alone", given: user,
            sql:
                "INSERT INTO verification_tokens (user_id, purpose, email, token_hash, expires_at) SELECT id, 'verify_email', 'a@b', 'secret', now() + interval '1 hour' FROM users",
            by: "verification_tokens_hash_length"),
        Rule(
            testDescription: "a verification token expires", given: user,
            sql:
                "INSERT INTO verification_tokens (user_id, purpose, email, token_hash, expires_at) SELECT id, 'verify_email', 'a@b', \(hash), NULL FROM users",
            by: "23502"),
        Rule(
            testDescription: "a verification token is consumed once",
            given: user + verification + "UPDATE verification_tokens SET consumed_at = now();",
            sql: "UPDATE verification_tokens SET consumed_at = now()", by: "verification_tokens_consumed_once"),
        Rule(
            testDescription: "a verification token is not consumed after its end", given: user + verification,
            sql: "UPDATE verification_tokens SET consumed_at = now() + interval '2 hours'",
            by: "verification_tokens_consumed_in_time"),
        Rule(
            testDescription: "a proof of one account is none of another (CVE-2026-9087)",
            given: user + verification + "INSERT INTO users (username) VALUES ('eve');",
            sql: "UPDATE verification_tokens SET user_id = (SELECT id FROM users WHERE username = 'eve')",
            by: "verification_tokens_fixed"),
        // audit_log
        Rule(
            testDescription: "the audit log is not updated", given: "INSERT INTO audit_log (event) VALUES ('x');",
            sql: "UPDATE audit_log SET event = 'y'", by: "audit_log_append_only"),
        Rule(
            testDescription: "the audit log is not deleted from", given: "INSERT INTO audit_log (event) VALUES ('x');",
            sql: "DELETE FROM audit_log", by: "audit_log_append_only"),
        Rule(testDescription: "the audit log is not truncated", sql: "TRUNCATE audit_log", by: "audit_log_append_only"),
        Rule(
            testDescription: "no partition of the audit log is truncated",
            sql: "DO $$ BEGIN EXECUTE 'TRUNCATE audit_log_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM'); END $$",
            by: "audit_log_append_only"),
        Rule(
            testDescription: "the default partition is not deleted from",
            given: "INSERT INTO audit_log (event, at) VALUES ('x', '2001-01-01');",
            sql: "DELETE FROM audit_log_default",
            by: "audit_log_append_only"),
        Rule(
            testDescription: "what the audit log tells is an object",
            sql: "INSERT INTO audit_log (event, details) VALUES ('x', '[]')", by: "audit_log_details_are_an_object"),
    ]

@Suite struct `The database refuses` {
    /// All cases share it, and leave nothing in it.
    private static let shared = Task.detached { try await TestDatabase.migrated() }

    @Test(arguments: rules)
    func `what breaks a rule of the identity model`(rule: Rule) async throws {
        let database = try await Self.shared.value
        do {
            try await database.pool.transaction { transaction in
                if !rule.given.isEmpty { try await transaction.script(rule.given) }
                do throws(PostgresError) {
                    try await transaction.script(rule.sql)
                } catch {
                    throw Refusal(error: error)
                }
                throw NothingRefused()
            }
        } catch let refusal as Refusal {
            guard case .server(let error) = refusal.error else { throw refusal.error }
            #expect(error.constraint == rule.by || error.sqlState == rule.by, "\(error)")
        }
    }

    private struct Refusal: Error { let error: PostgresError }
    private struct NothingRefused: Error {}

    /// Every CHECK constraint and refusal of a trigger that a store's caller can meet has words for people.
    @Test func `in words, whatever the constraint`() async throws {
        try await withDatabase { database in
            let constraints = try await database.pool.query(
                """
                SELECT conname AS name FROM pg_constraint
                WHERE contype = 'c' AND conrelid::regclass::text = ANY ($1::text[])
                """, [.textArray(["users", "plants", "user_plant_role"])])
            #expect(constraints.count > 8)
            for name in try constraints.map({ try $0.text("name") }) {
                #expect(ModelRules.texts[name] != nil, "\(name) has no words")
            }
        }
    }
}

@Suite struct `The database keeps by itself` {
    @Test func `defaults: pending, not verified, the role user, operator, in UTC`() async throws {
        try await withDatabase { database in
            try await database.pool.script("INSERT INTO users (username) VALUES ('ada'); \(plant) \(grant)")
            let row = try #require(
                try await database.pool.query(
                    """
                    SELECT status, is_active, is_verified, roles::text AS roles, r.role
                    FROM users u JOIN user_plant_role r ON r.user_id = u.id
                    """
                ).first)
            #expect(try row.text("status") == "pending_verification")
            #expect(try row.bool("is_active") == false)
            #expect(try row.bool("is_verified") == false)
            #expect(try row.text("roles") == "[\"user\"]")
            #expect(try row.text("role") == "operator")
        }
    }

    @Test(arguments: ["users", "plants", "user_plant_role"])
    func `updated_at, by a trigger, whatever the writer says`(table: String) async throws {
        try await withDatabase { database in
            try await database.pool.script(user + plant + grant)
            try await database.pool.script("UPDATE \(table) SET updated_at = '2001-01-01'")
            let isNew = Statement(
                assembled: "SELECT bool_and(updated_at > now() - interval '1 hour') AS new FROM \(table)")
            #expect(try await database.pool.query(isNew).first?.bool("new") == true)
        }
    }

    @Test func `roles and sessions of a user who is removed for good, by cascade`() async throws {
        try await withDatabase { database in
            try await database.pool.script(user + plant + grant + session + verification)
            try await database.pool.script("UPDATE user_plant_role SET granted_by = user_id; DELETE FROM users;")
            let left = try await database.pool.query(
                """
                SELECT (SELECT count(*) FROM user_plant_role) + (SELECT count(*) FROM user_sessions)
                    + (SELECT count(*) FROM verification_tokens) AS left
                """)
            #expect(try left.first?.int("left") == 0)
        }
    }

    @Test func `a grant whose granter is gone`() async throws {
        try await withDatabase { database in
            try await database.pool.script(
                user + plant + grant + "INSERT INTO users (username) VALUES ('boss');"
                    + "UPDATE user_plant_role SET granted_by = (SELECT id FROM users WHERE username = 'boss');"
                    + "DELETE FROM users WHERE username = 'boss';")
            #expect(try await database.pool.query("SELECT FROM user_plant_role WHERE granted_by IS NULL").count == 1)
        }
    }

    @Test(
        arguments: [
            ("UPDATE users SET password_hash = '$new'", "password_changed"),
            ("UPDATE users SET password_hash = NULL", "password_changed"),
            ("UPDATE users SET status = 'suspended', deleted_at = now()", "user_deleted"),
            ("UPDATE users SET name = 'Ada', last_login_at = now()", nil),
            ("UPDATE users SET password_hash = '$old'", nil),
        ] as [(String, String?)])
    func `the end of sessions, whoever changes a password or deletes a user`(sql: String, reason: String?) async throws
    {
        try await withDatabase { database in
            try await database.pool.script(user + "UPDATE users SET password_hash = '$old';" + session)
            try await database.pool.script(sql)
            let row = try #require(try await database.pool.query("SELECT revocation_reason FROM user_sessions").first)
            #expect(try row.textIfPresent("revocation_reason") == reason)
        }
    }

    @Test func `no word of one transaction about passwords into the next`() async throws {
        try await withDatabase { database in
            try await database.pool.script(user)
            let found = try await database.stores.users.find(username: "ada")
            let id = try #require(found).id
            _ = try await database.stores.users.setPasswordHash(id, "$old", keeping: nil)
            try await database.stores.users.renewPasswordHash(id, from: "$old", to: "$renewed")
            // On whichever connection of the pool this runs, it is another password again.
            for round in 0..<12 {
                try await database.pool.script(session)
                #expect(try await database.stores.users.setPasswordHash(id, "$\(round)", keeping: nil) == 1)
            }
        }
    }

    @Test func `the end of API tokens, when somebody deletes a user in psql`() async throws {
        try await withDatabase { database in
            try await database.pool.script(user + apiToken + "UPDATE users SET status = 'suspended';")
            #expect(try await database.pool.query("SELECT FROM api_tokens WHERE revoked_at IS NULL").count == 1)
            try await database.pool.script("UPDATE users SET deleted_at = now()")
            #expect(try await database.pool.query("SELECT FROM api_tokens WHERE revoked_at IS NULL").isEmpty)
        }
    }

    @Test func `the end of sessions, when somebody suspends a user in psql`() async throws {
        try await withDatabase { database in
            try await database.pool.script(user + session + "UPDATE users SET status = 'suspended';")
            let reason = try await database.pool.query(
                "SELECT revocation_reason FROM user_sessions WHERE revoked_at IS NOT NULL")
            #expect(try reason.first?.text("revocation_reason") == "user_suspended")
        }
    }
}
