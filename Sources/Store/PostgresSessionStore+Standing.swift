package import Identity
import PostgreSQL

/// What a stream that was let in long ago goes on by.
extension PostgresSessionStore {
    /// By the sessions' own ids: the tokens that opened them may have been rotated away since, and to ask for one of those
    /// would look like theft. Being idle is no matter for what is in use. `OFFSET 0` as in `lookup`.
    static let standing = Statement(
        assembled: """
            WITH opened AS (
                SELECT s.* FROM unnest($1::uuid[]) AS asked (id) CROSS JOIN LATERAL (
                    SELECT id, user_id, last_used_at, expires_at, is_persistent, false AS is_api_token,
                        NULL::integer AS ceiling_plant, NULL::plant_role AS ceiling_role
                    FROM user_sessions
                    WHERE id = asked.id AND revoked_at IS NULL AND expires_at > now()
                    UNION ALL
                    SELECT id, user_id, coalesce(last_used_at, created_at), coalesce(expires_at, 'infinity'), false,
                        true, plant_id, role_max
                    FROM api_tokens
                    WHERE id = asked.id AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
                    OFFSET 0
                ) s
            )
            SELECT o.id AS session_id, NULL::varchar AS host, o.last_used_at, o.expires_at,
                NULL::timestamptz AS token_issued_at, o.is_persistent, o.is_api_token, o.ceiling_plant, o.ceiling_role,
                \(Principal.columns)
            FROM opened o
            \(Principal.active(of: "o.user_id"))
            CROSS JOIN LATERAL (\(PlantMembership.arrays)) m
            """)

    package func standing(of sessions: [SessionID]) async throws(StoreError) -> [SessionID: AuthenticatedSession] {
        guard !sessions.isEmpty else { return [:] }
        let ids = sessions.map { PostgresUUID(high: $0.value.high, low: $0.value.low) }
        return try await storing { () async throws(PostgresError) in
            var found: [SessionID: AuthenticatedSession] = [:]
            for row in try await pool.query(Self.standing, [.uuidArray(ids)]) {
                let session = try AuthenticatedSession(row)
                found[session.sessionID] = session
            }
            return found
        }
    }
}
