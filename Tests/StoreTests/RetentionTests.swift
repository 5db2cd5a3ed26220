import GatehouseTesting
import Identity
import PostgreSQL
import Store
import Testing

@Suite struct `The sweep` {
    /// 25 sessions of each kind, each with a token, a ticket and, for its user, a verification token.
    private static let filling = """
        INSERT INTO users (username) VALUES ('ada');
        INSERT INTO user_sessions (user_id, method, issued_at, last_used_at, expires_at, revoked_at, revocation_reason,
            user_agent)
        SELECT u.id, 'password', now() - interval '50 days', now() - interval '50 days', kind.expires_at,
            kind.revoked_at, CASE WHEN kind.revoked_at IS NOT NULL THEN 'revoked' END, kind.name
        FROM users u, generate_series(1, 25), (VALUES
            ('live', now() + interval '1 day', NULL::timestamptz),
            ('expired lately', now() - interval '1 day', NULL),
            ('expired long ago', now() - interval '40 days', NULL),
            ('revoked long ago', now() + interval '1 day', now() - interval '40 days'),
            ('revoked lately', now() + interval '1 day', now() - interval '1 day')
        ) AS kind (name, expires_at, revoked_at);
        INSERT INTO session_tokens (session_id, token_hash)
        SELECT id, decode(md5(id::text) || md5('x'), 'hex') FROM user_sessions;
        INSERT INTO spent_tokens (session_id, token_hash, spent_at)
        SELECT id, decode(md5(id::text) || md5('y'), 'hex'), now() FROM user_sessions;
        INSERT INTO api_tokens (user_id, name, token_hash, created_at, expires_at, revoked_at)
        SELECT user_id, user_agent, decode(md5(id::text) || md5('z'), 'hex'), now() - interval '90 days', expires_at,
            revoked_at
        FROM user_sessions;
        INSERT INTO sign_in_tickets (session_id, token_hash, host, attempt_hash, expires_at)
        SELECT id, decode(md5(id::text) || md5('x'), 'hex'), 'a', decode(md5(id::text) || md5('x'), 'hex'),
            now() - CASE WHEN user_agent = 'live' THEN interval '0' ELSE interval '2 hours' END
        FROM user_sessions;
        INSERT INTO verification_tokens (user_id, purpose, email, token_hash, created_at, expires_at)
        SELECT user_id, 'verify_email', 'a@b', decode(md5(id::text) || md5('x'), 'hex'), now() - interval '60 days',
            now() - CASE WHEN user_agent LIKE '%lately' THEN interval '1 hour' ELSE interval '8 days' END
        FROM user_sessions;
        """

    @Test func `removes what has been over for long enough, in small batches, and nothing else`() async throws {
        try await withDatabase { database in
            try await database.pool.script(Self.filling)
            let sweep = RetentionSweep(pool: database.pool, limits: .init(batchRows: 7))
            let outcome = try await sweep()
            #expect(outcome.sessions == 50)
            #expect(outcome.tickets == 100)
            #expect(outcome.verificationTokens == 75)
            #expect(outcome.apiTokens == 50)
            #expect(try await database.pool.query("SELECT FROM api_tokens").count == 75)
            #expect(try await database.pool.query("SELECT FROM spent_tokens").count == 75, "gone with their sessions")
            let kept = try await database.pool.query(
                "SELECT user_agent, count(*) AS count FROM user_sessions GROUP BY 1 ORDER BY 1")
            let names = try kept.map { try $0.text("user_agent") }
            #expect(names == ["expired lately", "live", "revoked lately"])
            #expect(try await database.pool.query("SELECT FROM session_tokens").count == 75)
            #expect(try await sweep().sessions == 0)
        }
    }

    @Test func `removes invitations and counts that are over, and none that still holds somebody back`() async throws {
        try await withDatabase { database in
            try await database.pool.script(
                """
                INSERT INTO plants (code, name) VALUES ('one', 'One');
                INSERT INTO invitations (email, plant_id, token_hash, expires_at)
                SELECT 'i' || n || '@b', p.id, decode(md5(n::text) || md5('x'), 'hex'),
                    now() - CASE WHEN n % 2 = 0 THEN interval '40 days' ELSE interval '1 day' END
                FROM plants p, generate_series(1, 50) AS n;
                INSERT INTO throttles (bucket, attempts, until, forget_at)
                SELECT decode(md5(n::text) || md5('x'), 'hex'), 80, now(), CASE n % 3
                    WHEN 0 THEN 'infinity' WHEN 1 THEN now() - interval '2 hours' ELSE now() END
                FROM generate_series(1, 60) AS n;
                """)
            let outcome = try await RetentionSweep(pool: database.pool, limits: .init(batchRows: 7))()
            #expect(outcome.invitations == 25)
            #expect(outcome.throttles == 20)
            #expect(try await database.pool.query("SELECT FROM invitations").count == 25)
            #expect(try await database.pool.query("SELECT FROM throttles").count == 40)
        }
    }

    @Test func `stops at its limit and goes on the next time`() async throws {
        try await withDatabase { database in
            try await database.pool.script(Self.filling)
            let sweep = RetentionSweep(pool: database.pool, limits: .init(batchRows: 10, batchesMax: 2))
            #expect(try await sweep().sessions == 20)
            #expect(try await sweep().sessions == 20)
            #expect(try await sweep().sessions == 10)
        }
    }

    @Test func `shares the work with others who sweep at the same time`() async throws {
        try await withDatabase { database in
            try await database.pool.script(Self.filling)
            let sweep = RetentionSweep(pool: database.pool, limits: .init(batchRows: 3))
            let removed = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 { group.addTask { try await sweep().sessions } }
                return try await group.reduce(0, +)
            }
            // One who finds all that is left held by others stops early; nothing is counted twice.
            #expect(removed <= 50)
            let left = try await sweep().sessions
            #expect(removed + left == 50)
        }
    }
}
