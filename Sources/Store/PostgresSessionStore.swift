package import Identity
package import PostgreSQL

/// Sessions and the tokens that open them, in PostgreSQL.
package struct PostgresSessionStore: SessionStore {
    private let pool: PostgresPool
    private let rotationGrace: Duration

    /// - Parameter rotationGrace: how long a token still opens its session after another took its place.
    package init(pool: PostgresPool, rotationGrace: Duration = .seconds(30)) {
        self.pool = pool
        self.rotationGrace = rotationGrace
    }

    // MARK: Statements

    /// The user's row is the lock that two sign-ins of one person wait for, so that together they keep the limit; and
    /// whoever suspends the person waits for it too, or is waited for.
    static let lockUser = Statement(
        "SELECT is_active FROM users WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE")
    /// The oldest live sessions but for the newest `$2`. The locks are taken in the order of the key, as everywhere.
    static let displace = Statement(
        """
        WITH oldest AS (
            SELECT id FROM user_sessions WHERE id IN (
                SELECT id FROM user_sessions
                WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()
                ORDER BY issued_at DESC, id DESC OFFSET $2::bigint
            ) ORDER BY id FOR UPDATE
        )
        UPDATE user_sessions s SET revoked_at = now(), revocation_reason = 'displaced'
        FROM oldest WHERE s.id = oldest.id AND s.revoked_at IS NULL
        """)
    static let create = Statement(
        assembled: """
            WITH session AS (
                INSERT INTO user_sessions
                    (user_id, user_agent, ip_address, method, factors, issued_at, last_used_at, expires_at)
                SELECT id, $2::text, $3::inet, $4::text, $5::smallint, $6::timestamptz, $6::timestamptz,
                    $7::timestamptz
                FROM users WHERE id = $1 AND is_active
                RETURNING \(Session.columns)
            ), token AS (
                INSERT INTO session_tokens (session_id, host, token_hash) SELECT id, $8::text, $9::bytea FROM session
            )
            SELECT \(Session.columns) FROM session
            """)
    /// A second token for one host takes the place of the first.
    static let addToken = Statement(
        """
        WITH live AS (
            SELECT s.id FROM user_sessions s JOIN users u ON u.id = s.user_id AND u.is_active
            WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > now()
            FOR KEY SHARE OF s
        )
        INSERT INTO session_tokens AS t (session_id, host, token_hash) SELECT id, $2::text, $3::bytea FROM live
        ON CONFLICT (session_id, host) DO UPDATE
        SET previous_token_hash = t.token_hash, rotated_at = now(), token_hash = EXCLUDED.token_hash
        """)
    static let list = Statement(
        assembled: "SELECT \(Session.columns) FROM user_sessions WHERE user_id = $1 ORDER BY issued_at DESC, id DESC")
    static let revoke = Statement(
        """
        UPDATE user_sessions SET revoked_at = now(), revocation_reason = $2
        WHERE id = $1 AND revoked_at IS NULL AND expires_at > now()
        """)
    static let revokeAll = Statement("SELECT revoke_user_sessions($1, $2::text) AS count")
    static let recordUse = Statement(
        """
        WITH used AS (
            SELECT id, max(at) AS at FROM unnest($1::uuid[], $2::timestamptz[]) AS use (id, at) GROUP BY id
        ), later AS (
            SELECT s.id, used.at FROM user_sessions s JOIN used ON used.id = s.id
            WHERE s.last_used_at < used.at
            ORDER BY s.id FOR NO KEY UPDATE OF s
        )
        UPDATE user_sessions s SET last_used_at = GREATEST(s.last_used_at, later.at)
        FROM later WHERE s.id = later.id
        """)
    static let lookup = Statement(
        assembled: """
            WITH presented AS (
                SELECT token_hash AS hash, session_id, host FROM session_tokens WHERE token_hash = ANY ($1::bytea[])
                UNION ALL
                SELECT previous_token_hash, session_id, host FROM session_tokens
                WHERE previous_token_hash = ANY ($1::bytea[])
                    AND rotated_at > now() - $3::bigint * interval '1 microsecond'
            )
            SELECT t.hash, t.host, s.id AS session_id, s.last_used_at, s.expires_at, \(Principal.columns)
            FROM presented t
            JOIN user_sessions s ON s.id = t.session_id AND s.revoked_at IS NULL AND s.expires_at > now()
                AND s.last_used_at > now() - $2::bigint * interval '1 microsecond'
            JOIN users u ON u.id = s.user_id AND u.is_active
            CROSS JOIN LATERAL (\(PlantMembership.arrays)) m
            """)

    // MARK: Operations

    package func create(_ session: NewSession, token: TokenHash, host: String?) async throws(StoreError) -> Session {
        try FieldRules.checkHost(host)
        let values: [PostgresValue] = [
            PostgresValue(session.userID), PostgresValue(try FieldRules.userAgent(session.userAgent)),
            PostgresValue(try FieldRules.ipAddress(session.ipAddress)), .text(session.method.rawValue),
            .int(Int64(session.factors)), PostgresValue(session.issuedAt), PostgresValue(session.expiresAt),
            PostgresValue(host), PostgresValue(token),
        ]
        // One round trip and one transaction, in which each statement sees what was committed before it began: so the
        // one that displaces, after it got the lock, sees the session of the sign-in that it waited for.
        var queries = [Query(Self.lockUser, [PostgresValue(session.userID)])]
        // Command-line sessions have no limit, and counting to it would cost more with each one.
        if session.perUserMax < Int(Int32.max) {
            let kept = Int64(max(1, session.perUserMax) - 1)
            queries.append(Query(Self.displace, [PostgresValue(session.userID), .int(kept)]))
        }
        queries.append(Query(Self.create, values))
        let batch = queries
        let results = try await storing { () async throws(PostgresError) in try await pool.batch(batch) }
        guard results.first?.isEmpty == false else { throw .notFound }
        guard let row = results.last?.first else { throw ModelRules.inactiveUserHasNoSessions }
        return try reading { () throws(PostgresError) in try Session(row) }
    }

    package func addToken(_ token: TokenHash, to session: SessionID, host: String) async throws(StoreError) {
        try FieldRules.checkHost(host)
        let added = try await storing { () async throws(PostgresError) in
            try await pool.query(Self.addToken, [PostgresValue(session), .text(host), PostgresValue(token)])
                .affectedCount
        }
        guard added > 0 else { throw .notFound }
    }

    package func list(of user: UserID) async throws(StoreError) -> [Session] {
        try await storing { () async throws(PostgresError) in
            try await pool.query(Self.list, [PostgresValue(user)])
                .map { row throws(PostgresError) in try Session(row) }
        }
    }

    package func revoke(_ session: SessionID, reason: RevocationReason) async throws(StoreError) -> Bool {
        try await storing { () async throws(PostgresError) in
            try await pool.query(Self.revoke, [PostgresValue(session), .text(reason.rawValue)]).affectedCount > 0
        }
    }

    package func revokeAll(of user: UserID, reason: RevocationReason) async throws(StoreError) -> Int {
        try await storing { () async throws(PostgresError) in
            Int(
                try await pool.query(Self.revokeAll, [PostgresValue(user), .text(reason.rawValue)]).first?.int("count")
                    ?? 0)
        }
    }

    package func recordUse(_ uses: [SessionUse]) async throws(StoreError) {
        guard !uses.isEmpty else { return }
        let ids = uses.map { PostgresUUID(high: $0.session.value.high, low: $0.session.value.low) }
        let times = uses.map(\.at.microseconds)
        _ = try await storing { () async throws(PostgresError) in
            try await pool.query(Self.recordUse, [.uuidArray(ids), .timestampArray(times)])
        }
    }

    package func lookup(
        _ tokens: [TokenHash], idle: Duration
    ) async throws(StoreError) -> [TokenHash: AuthenticatedSession] {
        guard !tokens.isEmpty else { return [:] }
        let parameters: [PostgresValue] = [
            .byteaArray(tokens.map(\.bytes)), PostgresValue(idle), PostgresValue(rotationGrace),
        ]
        return try await storing { () async throws(PostgresError) in
            var found: [TokenHash: AuthenticatedSession] = [:]
            for row in try await pool.query(Self.lookup, parameters) {
                found[try row.tokenHash("hash")] = try AuthenticatedSession(row)
            }
            return found
        }
    }
}
