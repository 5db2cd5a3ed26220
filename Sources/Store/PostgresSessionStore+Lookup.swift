package import Identity
import PostgreSQL

/// What the proxy asks: who holds which token.
extension PostgresSessionStore {
    /// Cookies and access tokens, present and previous, and API tokens. The idle time is for sessions of people who did
    /// not ask to be remembered.
    ///
    /// `OFFSET 0` keeps the planner from turning the joins around: whatever it believes of the tables, each token is
    /// followed through indexes. It made a plan of the square of all sessions as long as nobody had run ANALYZE, as after
    /// an import or a restore, and kept to it.
    static let lookup = Statement(
        assembled: """
            WITH presented AS (
                SELECT t.* FROM unnest($1::bytea[]) AS asked (token) CROSS JOIN LATERAL (
                    SELECT token_hash AS hash, session_id, host, expires_at AS ends_at,
                        coalesce(rotated_at, created_at) AS issued_at, rotation_nonce IS NOT NULL AS is_fresh
                    FROM session_tokens
                    WHERE token_hash = asked.token AND (expires_at IS NULL OR expires_at > now())
                    UNION ALL
                    SELECT previous_token_hash, session_id, host, rotated_at + $3::bigint * interval '1 microsecond',
                        CASE WHEN rotation_nonce IS NOT NULL THEN to_timestamp(0) END, false
                    FROM session_tokens
                    WHERE previous_token_hash = asked.token
                        AND rotated_at > now() - $3::bigint * interval '1 microsecond'
                    UNION ALL
                    SELECT token_hash, session_id, host, spent_at + $3::bigint * interval '1 microsecond', NULL, false
                    FROM spent_tokens
                    WHERE token_hash = asked.token AND host IS NOT NULL
                        AND spent_at > now() - $3::bigint * interval '1 microsecond'
                    OFFSET 0
                ) t
            ), opened AS (
                SELECT t.hash, t.host, s.id AS session_id, s.user_id, s.last_used_at,
                    LEAST(s.expires_at, t.ends_at) AS expires_at,
                    CASE WHEN t.host IS NOT NULL THEN t.issued_at END AS token_issued_at, s.is_persistent, t.is_fresh,
                    false AS is_api_token, NULL::integer AS ceiling_plant, NULL::plant_role AS ceiling_role
                FROM presented t CROSS JOIN LATERAL (
                    SELECT id, user_id, last_used_at, expires_at, is_persistent FROM user_sessions
                    WHERE id = t.session_id AND revoked_at IS NULL AND expires_at > now()
                        AND (is_persistent OR last_used_at > now() - $2::bigint * interval '1 microsecond')
                    OFFSET 0
                ) s
                UNION ALL
                SELECT a.* FROM unnest($1::bytea[]) AS asked (token) CROSS JOIN LATERAL (
                    SELECT token_hash, NULL, id, user_id, coalesce(last_used_at, created_at),
                        coalesce(expires_at, 'infinity'), NULL::timestamptz, false, false, true, plant_id, role_max
                    FROM api_tokens
                    WHERE token_hash = asked.token AND revoked_at IS NULL
                        AND (expires_at IS NULL OR expires_at > now())
                    OFFSET 0
                ) a
            )
            SELECT o.hash, o.host, o.session_id, o.last_used_at, o.expires_at, o.token_issued_at, o.is_persistent,
                o.is_fresh, o.is_api_token, o.ceiling_plant, o.ceiling_role, \(Principal.columns)
            FROM opened o
            \(Principal.active(of: "o.user_id"))
            CROSS JOIN LATERAL (\(PlantMembership.arrays)) m
            """)
    /// The first use of a token that was rotated in: the former one brings it no more. Whoever holds the row has an
    /// answer to it already, or makes one.
    static let settle = Statement(
        """
        UPDATE session_tokens SET rotation_nonce = NULL WHERE id = ANY (ARRAY(
            SELECT id FROM session_tokens WHERE token_hash = ANY ($1::bytea[]) AND rotation_nonce IS NOT NULL
            ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
        ))
        """)
    /// Ends the sessions of cookies that were rotated away longer ago than the grace. A program's access token that comes
    /// late is merely late: what counts there is its refresh token.
    static let endStolen = Statement(
        """
        WITH stolen AS (
            SELECT session_id FROM session_tokens
            WHERE previous_token_hash = ANY ($1::bytea[]) AND host IS NOT NULL
                AND rotated_at <= now() - $2::bigint * interval '1 microsecond'
            UNION
            SELECT session_id FROM spent_tokens
            WHERE token_hash = ANY ($1::bytea[]) AND spent_at <= now() - $2::bigint * interval '1 microsecond'
        ), live AS (
            SELECT id FROM user_sessions
            WHERE id IN (SELECT session_id FROM stolen) AND revoked_at IS NULL AND expires_at > now()
            ORDER BY id FOR UPDATE
        ), ended AS (
            UPDATE user_sessions s SET revoked_at = now(), revocation_reason = 'token_reused'
            FROM live WHERE s.id = live.id
            RETURNING s.id, s.user_id
        ), told AS (
            INSERT INTO audit_log (event, subject_id, details)
            SELECT 'session.token_reused', user_id, jsonb_build_object('session', id, 'token', 'cookie') FROM ended
        )
        SELECT id FROM ended
        """)

    package func lookup(
        _ tokens: [TokenHash], idle: Duration
    ) async throws(StoreError) -> [TokenHash: AuthenticatedSession] {
        guard !tokens.isEmpty else { return [:] }
        let parameters: [PostgresValue] = [
            .byteaArray(tokens.map(\.bytes)), PostgresValue(idle), PostgresValue(rotationGrace),
        ]
        return try await storing { () async throws(PostgresError) in
            var found: [TokenHash: AuthenticatedSession] = [:]
            var fresh: [[UInt8]] = []
            for row in try await pool.query(Self.lookup, parameters) {
                let hash = try row.tokenHash("hash")
                found[hash] = try AuthenticatedSession(row)
                if try row.bool("is_fresh") { fresh.append(hash.bytes) }
            }
            if !fresh.isEmpty { try await pool.query(Self.settle, [.byteaArray(fresh)]) }
            let missing = tokens.filter { found[$0] == nil }.map(\.bytes)
            guard !missing.isEmpty else { return found }
            // What else of these sessions was found a moment ago is over with them.
            for row in try await pool.query(Self.endStolen, [.byteaArray(missing), PostgresValue(rotationGrace)]) {
                let ended = try row.sessionID("id")
                found = found.filter { $0.value.sessionID != ended }
            }
            return found
        }
    }
}
