import Foundation
import Identity
import PostgreSQL
import Store
import Testing

/// What the database announces of changes in who may do what, and what it keeps quiet about.
@Suite struct `The announcement of changes` {
    private static let ada = UserID(UUID128(high: 1, low: 1))
    private static let bob = UserID(UUID128(high: 1, low: 2))
    private static let session = SessionID(UUID128(high: 2, low: 1))
    private static let token = SessionID(UUID128(high: 3, low: 1))

    private static let people = """
        INSERT INTO users (id, username, status) VALUES ('\(ada)', 'ada', 'active'), ('\(bob)', 'bob', 'active');
        INSERT INTO plants (id, code, name) OVERRIDING SYSTEM VALUE VALUES (1, 'detroit', 'D'), (2, 'lyon', 'L');
        INSERT INTO user_plant_role (user_id, plant_id) VALUES ('\(ada)', 1), ('\(ada)', 2), ('\(bob)', 1);
        INSERT INTO user_sessions (id, user_id, method, expires_at) VALUES
            ('\(session)', '\(ada)', 'password', now() + interval '1 hour');
        INSERT INTO session_tokens (session_id, token_hash) VALUES ('\(session)', sha256('a'));
        INSERT INTO api_tokens (id, user_id, name, token_hash) VALUES ('\(token)', '\(ada)', 'x', sha256('b'));
        """

    /// What is announced when `script` is run, in order.
    private func announced(by script: String, before: String = Self.people) async throws -> [IdentityChange] {
        try await withDatabase { database in
            try await database.pool.script(before)
            var events = await database.pool.listen(ChangeAnnouncement.channel).makeAsyncIterator()
            while let event = await events.next(), event != .listening {}
            try await database.pool.script(script)
            // In the order of commits: what comes before this, is all that there is.
            try await database.pool.script("NOTIFY \(ChangeAnnouncement.channel), 'end'")
            var changes: [IdentityChange] = []
            while case .notification(let note)? = await events.next(), note.payload != "end" {
                #expect(note.payload.utf8.count < 200)
                let announcement = ChangeAnnouncement(note.payload)
                #expect(announcement.at != nil)
                changes.append(announcement.change)
            }
            return changes
        }
    }

    @Test(
        arguments: [
            (
                "UPDATE user_sessions SET revoked_at = now(), revocation_reason = 'revoked'",
                [.session(session, of: ada)]
            ),
            ("UPDATE user_sessions SET expires_at = now() + interval '1 minute'", [.session(session, of: ada)]),
            ("DELETE FROM user_sessions", [.session(session, of: ada)]),
            (
                """
                UPDATE session_tokens
                SET previous_token_hash = token_hash, token_hash = sha256('c'), rotated_at = now(), rotation_nonce = 'n'
                """, [.session(session, of: ada)]
            ),
            ("DELETE FROM session_tokens", [.session(session, of: ada)]),
            ("UPDATE api_tokens SET revoked_at = now()", [.session(token, of: ada)]),
            ("DELETE FROM api_tokens", [.session(token, of: ada)]),
            ("UPDATE users SET name = 'Ada' WHERE username = 'ada'", [.user(ada)]),
            ("UPDATE users SET roles = '[\"user\", \"ADMIN\"]' WHERE username = 'ada'", [.user(ada)]),
            ("UPDATE users SET status = 'suspended' WHERE username = 'bob'", [.user(bob)]),
            (
                "UPDATE users SET status = 'suspended' WHERE username = 'ada'",
                [.session(session, of: ada), .user(ada)]
            ),
            ("UPDATE user_plant_role SET role = 'admin' WHERE plant_id = 2", [.role(of: ada, in: PlantID(2))]),
            ("UPDATE user_plant_role SET expires_at = now() WHERE plant_id = 2", [.role(of: ada, in: PlantID(2))]),
            ("DELETE FROM user_plant_role WHERE user_id = '\(bob)'", [.role(of: bob, in: PlantID(1))]),
            (
                "INSERT INTO user_plant_role (user_id, plant_id) VALUES ('\(bob)', 2)",
                [.role(of: bob, in: PlantID(2))]
            ),
            ("UPDATE plants SET is_active = false WHERE id = 2", [.plant(PlantID(2))]),
            ("UPDATE plants SET code = 'lyons' WHERE id = 2", [.plant(PlantID(2))]),
            ("DELETE FROM plants WHERE id = 2", [.plant(PlantID(2)), .role(of: ada, in: PlantID(2))]),
            ("TRUNCATE api_tokens", [.everything]),
            ("TRUNCATE user_plant_role", [.everything]),
        ] as [(String, Set<IdentityChange>)]) func `is made of`(script: String, expected: Set<IdentityChange>)
        async throws
    {
        #expect(Set(try await announced(by: script)) == expected)
    }

    @Test(arguments: [
        "UPDATE user_sessions SET last_used_at = now()", "UPDATE api_tokens SET last_used_at = now()",
        "UPDATE users SET last_login_at = now()", "UPDATE users SET name = name",
        "UPDATE user_plant_role SET role = role", "UPDATE plants SET is_active = true",
        "UPDATE session_tokens SET rotation_nonce = NULL",
        "INSERT INTO users (username) VALUES ('eve')",
        "INSERT INTO plants (id, code, name) OVERRIDING SYSTEM VALUE VALUES (3, 'turin', 'T')",
        "BEGIN; UPDATE users SET status = 'suspended'; ROLLBACK",
        """
        BEGIN; SAVEPOINT a; UPDATE users SET status = 'suspended'; ROLLBACK TO a; COMMIT
        """,
    ]) func `is not made of`(script: String) async throws {
        #expect(try await announced(by: script) == [])
    }

    @Test func `of what is over and removed is not made`() async throws {
        let before =
            Self.people
                + """
                UPDATE user_sessions SET revoked_at = now(), revocation_reason = 'revoked';
                UPDATE api_tokens SET revoked_at = now();
                """
        #expect(try await announced(by: "DELETE FROM user_sessions; DELETE FROM api_tokens", before: before) == [])
    }

    @Test func `of a person's many sessions is one of the person`() async throws {
        let before =
            Self.people
                + """
                INSERT INTO user_sessions (user_id, method, expires_at)
                SELECT '\(Self.ada)', 'password', now() + interval '1 hour' FROM generate_series(1, 1000);
                """
        let changes = try await announced(by: "SELECT revoke_user_sessions('\(Self.ada)', 'revoked')", before: before)
        #expect(changes.count == 9 && changes.last == .user(Self.ada))
    }

    @Test func `of the roles of a whole plant is one of the plant`() async throws {
        let before =
            Self.people
                + """
                INSERT INTO users (username) SELECT 'user' || n FROM generate_series(1, 1000) n;
                INSERT INTO user_plant_role (user_id, plant_id) SELECT id, 2 FROM users WHERE username LIKE 'user%';
                """
        #expect(
            try await announced(by: "UPDATE user_plant_role SET role = 'admin' WHERE plant_id = 2", before: before)
                == [.plant(PlantID(2))])
        let deleted = try await announced(by: "DELETE FROM plants WHERE id = 2", before: before)
        #expect(Set(deleted) == [.plant(PlantID(2))])
    }

    @Test(arguments: [
        "UPDATE users SET status = 'suspended' WHERE username LIKE 'user%'",
        """
        DO $$ BEGIN
            FOR n IN 1..1000 LOOP UPDATE users SET name = 'x' || n WHERE username = 'user' || n; END LOOP;
        END $$
        """,
    ]) func `of more than 64 things in a transaction ends with everything, once`(script: String) async throws {
        let before =
            Self.people
            + "INSERT INTO users (username, status) SELECT 'user' || n, 'active' FROM generate_series(1, 1000) n;"
        let changes = try await announced(by: script, before: before)
        #expect(changes.count <= 65 && changes.filter { $0 == .everything }.count == 1)
        #expect(changes.last == .everything)
    }

    @Test func `counts from the beginning in each transaction`() async throws {
        let script = (1...70).map { "UPDATE users SET name = 'x\($0)' WHERE username = 'ada'" }
        try await withDatabase { database in
            try await database.pool.script(Self.people)
            var events = await database.pool.listen(ChangeAnnouncement.channel).makeAsyncIterator()
            while let event = await events.next(), event != .listening {}
            for statement in script {
                try await database.pool.script(statement)
                guard case .notification(let note)? = await events.next() else { return #expect(Bool(false)) }
                #expect(ChangeAnnouncement(note.payload).change == .user(Self.ada))
            }
        }
    }

    @Test(arguments: [
        "", " ", "5", "5 ", "5 user", "5 user x", "5 user \(ada) 1", "5 session \(session)",
        "5 role \(ada) 99999999999",
        "5 plant", "5 plant -", "5 plant 1 2", "5 tomorrow 1", "user \(ada)", "5  user \(ada)", "5 USER \(ada)",
        String(repeating: "9", count: 7_000),
    ]) func `that nobody understands counts as everything`(payload: String) {
        #expect(ChangeAnnouncement(payload).change == .everything)
    }

    @Test func `tells when the change was written`() {
        let announcement = ChangeAnnouncement("1700000000000001 plant 7")
        #expect(announcement.change == .plant(PlantID(7)))
        #expect(announcement.at == Timestamp(microseconds: 1_700_000_000_000_001))
    }
}
