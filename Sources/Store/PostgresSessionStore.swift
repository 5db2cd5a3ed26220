package import Identity
package import PostgreSQL

/// Sessions and the tokens that open them, in PostgreSQL.
///
/// What rotates tokens is in `PostgresSessionStore+Rotation.swift`, and what looks them up in
/// `PostgresSessionStore+Lookup.swift`.
package struct PostgresSessionStore: SessionStore {
    let pool: PostgresPool
    private let grace: RotationGrace
    var rotationGrace: Duration { grace.length }

    package init(pool: PostgresPool, rotationGrace: RotationGrace) {
        self.pool = pool
        grace = rotationGrace
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
        ), ended AS (
            UPDATE user_sessions s SET revoked_at = now(), revocation_reason = 'displaced'
            FROM oldest WHERE s.id = oldest.id AND s.revoked_at IS NULL
            RETURNING s.id, s.user_id
        )
        INSERT INTO audit_log (event, subject_id, details)
        SELECT 'session.displaced', user_id, jsonb_build_object('session', id) FROM ended
        """)
    static let createUntold = creation(audit: "")
    static let create = creation(
        audit:
            ", told AS (\(AuditedStatement.line(parametersFrom: 13, subject: "user_id", adding: named, from: "session")))"
    )

    /// The id of the session that a statement is about, for the details of its event.
    static let named = "jsonb_build_object('session', id)"

    private static func creation(audit: String) -> Statement {
        Statement(
            assembled: """
                WITH session AS (
                    INSERT INTO user_sessions (user_id, user_agent, ip_address, method, factors, issued_at,
                        last_used_at, expires_at, is_persistent, refresh_id, refresh_token_hash)
                    SELECT id, $2::text, $3::inet, $4::text, $5::smallint, $6::timestamptz, $6::timestamptz,
                        $7::timestamptz, $10::boolean, CASE WHEN $11::bytea IS NULL THEN NULL ELSE gen_random_uuid() END,
                        $11::bytea
                    FROM users WHERE id = $1 AND is_active
                    RETURNING *
                ), token AS (
                    INSERT INTO session_tokens (session_id, host, token_hash, expires_at)
                    SELECT id, $8::text, $9::bytea, $12::timestamptz FROM session
                )\(audit)
                SELECT \(Session.columns) FROM session
                """)
    }
    /// A second token for one host takes the place of the first.
    static let addToken = Statement(
        assembled: """
            WITH live AS (
                SELECT s.* FROM user_sessions s JOIN users u ON u.id = s.user_id AND u.is_active
                WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > now()
                FOR KEY SHARE OF s
            ), token AS (
                INSERT INTO session_tokens AS t (session_id, host, token_hash) SELECT id, $2::text, $3::bytea FROM live
                ON CONFLICT (session_id, host) DO UPDATE
                SET previous_token_hash = t.token_hash, rotated_at = now(), token_hash = EXCLUDED.token_hash,
                    rotation_nonce = NULL
            ), told AS (
                \(AuditedStatement.line(parametersFrom: 4, subject: "user_id", adding: named, from: "live"))
            )
            SELECT \(Session.columns) FROM live
            """)
    static let list = Statement(
        assembled: "SELECT \(Session.columns) FROM user_sessions WHERE user_id = $1 ORDER BY issued_at DESC, id DESC")
    static let revoke = Statement(
        assembled: """
            WITH ended AS (
                UPDATE user_sessions SET revoked_at = now(), revocation_reason = $3
                WHERE id = $1 AND user_id = coalesce($2::uuid, user_id) AND revoked_at IS NULL AND expires_at > now()
                RETURNING id, user_id
            )
            \(AuditedStatement.line(parametersFrom: 4, subject: "user_id", adding: named, from: "ended"))
            """)
    static let revokeAll = Statement(
        assembled: """
            WITH ended AS MATERIALIZED (
                SELECT revoke_user_sessions($1, $2::text, $3::uuid) AS count
            ), told AS (
                \(AuditedStatement.line(
                    parametersFrom: 4, subject: "$1", adding: "jsonb_build_object('count', count::text)", from: "ended"))
            )
            SELECT count FROM ended
            """)
    static let recordUse = Statement(
        """
        WITH used AS (
            SELECT id, max(at) AS at FROM unnest($1::uuid[], $2::timestamptz[]) AS use (id, at) GROUP BY id
        ), sessions AS (
            SELECT s.id, used.at FROM user_sessions s JOIN used ON used.id = s.id
            WHERE s.last_used_at < used.at
            ORDER BY s.id FOR NO KEY UPDATE OF s
        ), tokens AS (
            SELECT a.id, used.at FROM api_tokens a JOIN used ON used.id = a.id
            WHERE a.last_used_at IS NULL OR a.last_used_at < used.at
            ORDER BY a.id FOR NO KEY UPDATE OF a
        ), touched AS (
            UPDATE user_sessions s SET last_used_at = GREATEST(s.last_used_at, sessions.at)
            FROM sessions WHERE s.id = sessions.id
        )
        UPDATE api_tokens a SET last_used_at = GREATEST(a.last_used_at, tokens.at)
        FROM tokens WHERE a.id = tokens.id
        """)

    // MARK: Operations

    package func create(
        _ session: NewSession, token: TokenHash, host: String?, audit: AuditEvent?
    ) async throws(StoreError) -> Session {
        try FieldRules.checkHost(host)
        var values: [PostgresValue] = [
            PostgresValue(session.userID), PostgresValue(try FieldRules.userAgent(session.userAgent)),
            PostgresValue(try FieldRules.ipAddress(session.ipAddress)), .text(session.method.rawValue),
            .int(Int64(session.factors)), PostgresValue(session.issuedAt), PostgresValue(session.expiresAt),
            PostgresValue(host), PostgresValue(token), .bool(session.isPersistent),
            session.refresh.map { PostgresValue($0) } ?? .null, PostgresValue(session.tokenExpiresAt),
        ]
        if let audit { values += try audit.parameters() }
        // One round trip and one transaction, in which each statement sees what was committed before it began: so the
        // one that displaces, after it got the lock, sees the session of the sign-in that it waited for.
        var queries = [Query(Self.lockUser, [PostgresValue(session.userID)])]
        // Command-line sessions have no limit, and counting to it would cost more with each one.
        if session.perUserMax < Int(Int32.max) {
            let kept = Int64(max(1, session.perUserMax) - 1)
            queries.append(Query(Self.displace, [PostgresValue(session.userID), .int(kept)]))
        }
        queries.append(Query(audit == nil ? Self.createUntold : Self.create, values))
        let batch = queries
        let results = try await storing { () async throws(PostgresError) in try await pool.batch(batch) }
        guard results.first?.isEmpty == false else { throw .notFound }
        guard let row = results.last?.first else { throw ModelRules.inactiveUserHasNoSessions }
        return try reading { () throws(PostgresError) in try Session(row) }
    }

    package func addToken(
        _ token: TokenHash, to session: SessionID, host: String, audit: AuditEvent
    ) async throws(StoreError) -> Session {
        try FieldRules.checkHost(host)
        let parameters = [PostgresValue(session), .text(host), PostgresValue(token)] + (try audit.parameters())
        let found = try await storing { () async throws(PostgresError) -> Session? in
            guard let row = try await pool.query(Self.addToken, parameters).first else { return nil }
            return try Session(row)
        }
        guard let found else { throw .notFound }
        return found
    }

    package func list(of user: UserID) async throws(StoreError) -> [Session] {
        try await storing { () async throws(PostgresError) in
            try await pool.query(Self.list, [PostgresValue(user)])
                .map { row throws(PostgresError) in try Session(row) }
        }
    }

    package func revoke(
        _ session: SessionID, of user: UserID?, reason: RevocationReason, audit: AuditEvent
    ) async throws(StoreError) -> Bool {
        let parameters =
            [PostgresValue(session), PostgresValue(user), .text(reason.rawValue)] + (try audit.parameters())
        return try await storing { () async throws(PostgresError) in
            try await pool.query(Self.revoke, parameters).affectedCount > 0
        }
    }

    package func revokeAll(
        of user: UserID, except session: SessionID?, reason: RevocationReason, audit: AuditEvent
    ) async throws(StoreError) -> Int {
        let parameters =
            [PostgresValue(user), .text(reason.rawValue), PostgresValue(session)] + (try audit.parameters())
        return try await storing { () async throws(PostgresError) in
            Int(try await pool.query(Self.revokeAll, parameters).first?.int("count") ?? 0)
        }
    }

    package func recordUse(_ uses: [SessionUse]) async throws(StoreError) {
        // In pieces, so that no statement holds its locks for long.
        for start in stride(from: 0, to: uses.count, by: Self.usesPerStatement) {
            let piece = uses[start..<min(start + Self.usesPerStatement, uses.count)]
            let ids = piece.map { PostgresUUID(high: $0.session.value.high, low: $0.session.value.low) }
            let times = piece.map(\.at.microseconds)
            _ = try await storing { () async throws(PostgresError) in
                try await pool.query(Self.recordUse, [.uuidArray(ids), .timestampArray(times)])
            }
        }
    }

    private static let usesPerStatement = 1_000
}
