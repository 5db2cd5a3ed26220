package import Identity
import PostgreSQL

/// The exchange of tokens for the next ones: compare and set, so that of any number who ask at once, on any number of
/// gateways, one changes the row and the others learn what it was changed to.
extension PostgresSessionStore {
    /// The next token is made from the presented one and a nonce (`Token.next`). Who comes second finds the row changed,
    /// and gets the first one's nonce, as long as the next token has not been used.
    static let rotate = Statement(
        assembled: """
            WITH rotated AS (
                UPDATE session_tokens t
                SET previous_token_hash = t.token_hash, token_hash = $2, rotated_at = now(), rotation_nonce = $3
                FROM user_sessions s
                WHERE t.token_hash = $1 AND t.host = $4
                    AND coalesce(t.rotated_at, t.created_at) <= now() - $5::bigint * interval '1 microsecond'
                    AND s.id = t.session_id AND s.refresh_id IS NULL AND s.revoked_at IS NULL AND s.expires_at > now()
                RETURNING t.session_id, t.rotation_nonce
            ), next AS (
                SELECT session_id, rotation_nonce FROM rotated
                UNION ALL
                SELECT session_id, rotation_nonce FROM session_tokens
                WHERE previous_token_hash = $1 AND host = $4 AND rotation_nonce IS NOT NULL
                    AND rotated_at > now() - $6::bigint * interval '1 microsecond'
            )
            SELECT next.rotation_nonce AS nonce, \(Session.columns(of: "s."))
            FROM next JOIN user_sessions s ON s.id = next.session_id AND s.revoked_at IS NULL AND s.expires_at > now()
            JOIN users u ON u.id = s.user_id AND u.is_active
            """)
    /// A page waits for it. What is not done in time is done with the next page.
    private static let rotationTimeout = Duration.milliseconds(500)
    static let refresh = Statement(
        assembled: """
            WITH session AS (
                UPDATE user_sessions s
                SET previous_refresh_token_hash = s.refresh_token_hash, refresh_token_hash = $2,
                    refresh_id = gen_random_uuid(), refreshed_at = now(), refresh_nonce = $4,
                    last_used_at = GREATEST(s.last_used_at, now())
                FROM users u
                WHERE s.refresh_token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > now()
                    AND (s.is_persistent OR s.last_used_at > now() - $6::bigint * interval '1 microsecond')
                    AND u.id = s.user_id AND u.is_active
                RETURNING s.*
            ), token AS (
                UPDATE session_tokens t
                SET previous_token_hash = t.token_hash, token_hash = $3, rotated_at = now(),
                    expires_at = LEAST($5::timestamptz, session.expires_at)
                FROM session WHERE t.session_id = session.id AND t.host IS NULL
                RETURNING t.expires_at
            ), told AS (
                \(AuditedStatement.line(parametersFrom: 7, subject: "user_id", adding: named, from: "session"))
            )
            SELECT \(Session.columns(of: "session.")), session.refresh_nonce AS nonce,
                token.expires_at AS access_expires_at
            FROM session CROSS JOIN token
            """)
    /// Within the grace, the same pair once more.
    static let refreshAgain = Statement(
        assembled: """
            SELECT \(Session.columns(of: "s.")), s.refresh_nonce AS nonce, t.expires_at AS access_expires_at
            FROM user_sessions s
            JOIN session_tokens t ON t.session_id = s.id AND t.host IS NULL
            JOIN users u ON u.id = s.user_id AND u.is_active
            WHERE s.previous_refresh_token_hash = $1 AND s.refresh_nonce IS NOT NULL
                AND s.refreshed_at > now() - $2::bigint * interval '1 microsecond'
                AND s.revoked_at IS NULL AND s.expires_at > now()
            """)
    /// Whose refresh token it was. Ends the session, unless it is over already.
    static let endOfReused = Statement(
        assembled: """
            WITH stolen AS (
                SELECT id FROM user_sessions WHERE previous_refresh_token_hash = $1
                UNION
                SELECT session_id FROM spent_tokens WHERE token_hash = $1
            ), ended AS (
                UPDATE user_sessions s SET revoked_at = now(), revocation_reason = 'token_reused'
                FROM stolen WHERE s.id = stolen.id AND s.revoked_at IS NULL AND s.expires_at > now()
                RETURNING s.id, s.user_id
            ), told AS (
                \(AuditedStatement.line(parametersFrom: 2, subject: "user_id", adding: named, from: "ended"))
            )
            SELECT id FROM stolen
            """)

    package func rotate(_ rotation: TokenRotation) async throws(StoreError) -> RotationOutcome {
        try FieldRules.checkSearch(rotation.host)
        let parameters: [PostgresValue] = [
            PostgresValue(rotation.presented), PostgresValue(rotation.next), .bytes(rotation.nonce),
            .text(rotation.host), PostgresValue(rotation.age), PostgresValue(rotationGrace),
        ]
        return try await storing { () async throws(PostgresError) -> RotationOutcome in
            let rows = try await pool.query(Self.rotate, parameters, timeout: Self.rotationTimeout)
            guard let row = rows.first else { return .none }
            return .next(nonce: try row.bytes("nonce"), session: try Session(row))
        }
    }

    package func refresh(
        _ refreshing: RefreshRotation, audit: AuditEvent, theft: AuditEvent
    ) async throws(StoreError) -> RefreshOutcome {
        let presented = PostgresValue(refreshing.presented)
        let exchange: [PostgresValue] =
            [
                presented, PostgresValue(refreshing.refresh), PostgresValue(refreshing.access),
                .bytes(refreshing.nonce), PostgresValue(refreshing.accessExpiresAt), PostgresValue(refreshing.idle),
            ] + (try audit.parameters())
        let reuse = [presented] + (try theft.parameters())
        // Three transactions, each of which stands alone: what one finds can only have become older for the next, and
        // a token that has been used never becomes good again.
        return try await storing { () async throws(PostgresError) -> RefreshOutcome in
            if let row = try await pool.query(Self.refresh, exchange).first { return try RefreshOutcome(row) }
            let again = try await pool.query(Self.refreshAgain, [presented, PostgresValue(rotationGrace)])
            if let row = again.first { return try RefreshOutcome(row) }
            guard let row = try await pool.query(Self.endOfReused, reuse).first else { return .unknown }
            return .reused(try row.sessionID("id"))
        }
    }
}

extension RefreshOutcome {
    fileprivate init(_ row: Row) throws(PostgresError) {
        self = .next(
            nonce: try row.bytes("nonce"), session: try Session(row),
            accessExpiresAt: try row.moment("access_expires_at"))
    }
}
