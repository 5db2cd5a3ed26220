import Identity
import PostgreSQL
import Store
import Testing

/// What a stream goes on by: sessions and API tokens by their own ids.
@Suite struct `The standing of sessions` {
    private static let ada = UserID(UUID128(high: 1, low: 1))
    private static let session = SessionID(UUID128(high: 2, low: 1))
    private static let token = SessionID(UUID128(high: 3, low: 1))

    private static let people = """
        INSERT INTO users (id, username, status) VALUES ('\(ada)', 'ada', 'active');
        INSERT INTO plants (id, code, name) OVERRIDING SYSTEM VALUE VALUES (1, 'detroit', 'D'), (2, 'lyon', 'L');
        INSERT INTO user_plant_role (user_id, plant_id, role) VALUES ('\(ada)', 1, 'engineer'), ('\(ada)', 2, 'admin');
        INSERT INTO user_sessions (id, user_id, method, issued_at, last_used_at, expires_at) VALUES
            ('\(session)', '\(ada)', 'password', now() - interval '1 day', now() - interval '1 day', now() + interval '1 hour');
        INSERT INTO session_tokens (session_id, host, token_hash, previous_token_hash, rotated_at) VALUES
            ('\(session)', 'spc.localhost', sha256('a'), sha256('b'), now() - interval '1 hour');
        INSERT INTO api_tokens (id, user_id, name, token_hash, plant_id, role_max) VALUES
            ('\(token)', '\(ada)', 'x', sha256('c'), 1, 'supervisor');
        """

    private func standing(after script: String) async throws -> [SessionID: AuthenticatedSession] {
        try await withDatabase { database in
            try await database.pool.script(Self.people)
            try await database.pool.script(script)
            let stranger = SessionID(UUID128(high: 9, low: 9))
            return try await database.stores.sessions.standing(of: [Self.session, Self.token, stranger])
        }
    }

    @Test func `goes by neither idleness nor the token that opened it, and keeps a ceiling`() async throws {
        let found = try await standing(after: "SELECT 1")
        #expect(Set(found.keys) == [Self.session, Self.token])
        let roles = found.mapValues { $0.principal.memberships.map(\.role) }
        #expect(roles[Self.session] == [.engineer, .admin] && roles[Self.token] == [.supervisor])
        #expect(found[Self.token]?.expiresAt == .distantFuture)
    }

    @Test(
        arguments: [
            ("UPDATE user_sessions SET revoked_at = now(), revocation_reason = 'revoked'", [token]),
            ("UPDATE user_sessions SET expires_at = now() - interval '1 second'", [token]),
            ("UPDATE api_tokens SET revoked_at = now()", [session]),
            ("UPDATE api_tokens SET created_at = now() - interval '1 day', expires_at = now()", [session]),
            ("UPDATE users SET status = 'suspended'", []),
            ("UPDATE users SET status = 'suspended', deleted_at = now()", []),
            ("DELETE FROM users", []),
        ] as [(String, Set<SessionID>)]) func `ends with`(script: String, left: Set<SessionID>) async throws
    {
        #expect(Set(try await standing(after: script).keys) == left)
    }
}
