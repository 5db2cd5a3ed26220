package import Identity
package import PostgreSQL

/// API tokens in PostgreSQL.
package struct PostgresAPITokenStore: APITokenStore {
    private let pool: PostgresPool

    package init(pool: PostgresPool) { self.pool = pool }

    /// Behind the lock of the user's row, so that wishes at once keep the limit together.
    static let create = Statement(
        assembled: """
            WITH created AS (
                INSERT INTO api_tokens (user_id, name, token_hash, plant_id, role_max, expires_at)
                SELECT id, $2::text, $3::bytea, $4::integer, $5::plant_role, $6::timestamptz
                FROM users WHERE id = $1 AND is_active AND $7::bigint > (
                    SELECT count(*) FROM api_tokens
                    WHERE user_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
                )
                RETURNING *
            ), told AS (
                \(AuditedStatement.line(parametersFrom: 8, subject: "user_id", adding: named, from: "created"))
            )
            SELECT \(APIToken.columns) FROM created a LEFT JOIN plants p ON p.id = a.plant_id
            """)
    static let list = Statement(
        assembled: """
            SELECT \(APIToken.columns) FROM api_tokens a LEFT JOIN plants p ON p.id = a.plant_id
            WHERE a.user_id = $1 ORDER BY a.created_at DESC, a.id DESC
            """)
    static let revoke = Statement(
        assembled: """
            WITH ended AS (
                UPDATE api_tokens SET revoked_at = now()
                WHERE id = $1 AND user_id = coalesce($2::uuid, user_id) AND revoked_at IS NULL
                    AND (expires_at IS NULL OR expires_at > now())
                RETURNING id, user_id
            )
            \(AuditedStatement.line(parametersFrom: 3, subject: "user_id", adding: named, from: "ended"))
            """)
    private static let named = "jsonb_build_object('token', id)"

    package func create(
        _ token: NewAPIToken, hash: TokenHash, liveMax: Int, audit: AuditEvent
    ) async throws(StoreError) -> APIToken {
        try FieldRules.check(token.name, .name)
        let parameters: [PostgresValue] =
            [
                PostgresValue(token.userID), .text(token.name), PostgresValue(hash), PostgresValue(token.ceiling.plant),
                PostgresValue(token.ceiling.role?.description), PostgresValue(token.expiresAt), .int(Int64(liveMax)),
            ] + (try audit.parameters())
        let results = try await storing { () async throws(PostgresError) in
            try await pool.batch([
                Query(PostgresSessionStore.lockUser, [PostgresValue(token.userID)]), Query(Self.create, parameters),
            ])
        }
        guard let user = results.first?.first else { throw .notFound }
        guard let row = results.last?.first else {
            let isActive = try reading { () throws(PostgresError) in try user.bool("is_active") }
            throw isActive ? ModelRules.tooManyAPITokens(liveMax) : ModelRules.inactiveUserHasNoAPITokens
        }
        return try reading { () throws(PostgresError) in try APIToken(row) }
    }

    package func list(of user: UserID) async throws(StoreError) -> [APIToken] {
        try await storing { () async throws(PostgresError) in
            try await pool.query(Self.list, [PostgresValue(user)])
                .map { row throws(PostgresError) in try APIToken(row) }
        }
    }

    package func revoke(
        _ token: APITokenID, of user: UserID?, audit: AuditEvent
    ) async throws(StoreError) -> Bool {
        let parameters = [PostgresValue(token), PostgresValue(user)] + (try audit.parameters())
        return try await storing { () async throws(PostgresError) in
            try await pool.query(Self.revoke, parameters).affectedCount > 0
        }
    }
}
