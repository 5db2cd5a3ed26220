package import Identity
package import PostgreSQL

/// Tickets to other hosts, in PostgreSQL.
package struct PostgresTicketStore: TicketStore {
    private let pool: PostgresPool

    package init(pool: PostgresPool) { self.pool = pool }

    static let create = Statement(
        """
        INSERT INTO sign_in_tickets (session_id, token_hash, host, attempt_hash, expires_at)
        SELECT id, $2::bytea, $3::text, $4::bytea, $5::timestamptz
        FROM user_sessions WHERE id = $1 AND revoked_at IS NULL AND expires_at > now()
        """)
    /// Deleting is redeeming: of two at once, one finds the row gone.
    static let redeem = Statement(
        """
        DELETE FROM sign_in_tickets
        WHERE token_hash = $1 AND host = $2 AND attempt_hash = $3 AND expires_at > $4
        RETURNING session_id
        """)

    package func create(_ ticket: Ticket) async throws(StoreError) {
        try FieldRules.checkHost(ticket.host)
        let parameters = [
            PostgresValue(ticket.session), PostgresValue(ticket.token), .text(ticket.host),
            PostgresValue(ticket.attempt), PostgresValue(ticket.expiresAt),
        ]
        let created = try await storing { () async throws(PostgresError) in
            try await pool.query(Self.create, parameters).affectedCount
        }
        guard created > 0 else { throw .notFound }
    }

    package func redeem(
        _ token: TokenHash, host: String, attempt: TokenHash, at moment: Timestamp
    ) async throws(StoreError) -> SessionID? {
        try FieldRules.checkSearch(host)
        let parameters = [PostgresValue(token), .text(host), PostgresValue(attempt), PostgresValue(moment)]
        return try await storing { () async throws(PostgresError) in
            try await pool.query(Self.redeem, parameters).first?.sessionID("session_id")
        }
    }
}
