package import Identity
package import PostgreSQL

/// The audit log in PostgreSQL.
package struct PostgresAuditStore: AuditStore {
    private let pool: PostgresPool

    package init(pool: PostgresPool) { self.pool = pool }

    static let append = Statement(
        """
        INSERT INTO audit_log (at, event, actor_id, subject_id, plant_id, ip_address, details)
        VALUES ($1, $2, $3, $4, $5, $6, jsonb_object($7::text[], $8::text[]))
        """)
    static let list = Statement(
        assembled: "SELECT \(AuditEvent.columns) FROM audit_log ORDER BY at DESC, position DESC LIMIT $1::bigint")

    package func append(_ event: AuditEvent) async throws(StoreError) {
        let parameters = try event.parameters()
        _ = try await storing { () async throws(PostgresError) in try await pool.query(Self.append, parameters) }
    }

    /// The newest first.
    package func list(limit: Int) async throws(StoreError) -> [AuditEvent] {
        try FieldRules.checkPage(offset: 0, limit: limit)
        return try await storing { () async throws(PostgresError) in
            try await pool.query(Self.list, [.int(Int64(limit))])
                .map { row throws(PostgresError) in try AuditEvent(row) }
        }
    }
}
