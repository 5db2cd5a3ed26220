package import Identity
package import PostgreSQL

/// The audit log in PostgreSQL.
package struct PostgresAuditStore: AuditStore {
    private let database: any Querying

    package init(pool: PostgresPool) { database = pool }
    init(_ database: any Querying) { self.database = database }

    static let append = Statement(
        """
        INSERT INTO audit_log (at, event, actor_id, subject_id, plant_id, ip_address, details)
        VALUES ($1, $2, $3, $4, $5, $6, jsonb_object($7::text[], $8::text[]))
        """)
    static let list = Statement(
        assembled: "SELECT \(AuditEvent.columns) FROM audit_log ORDER BY at DESC, position DESC LIMIT $1::bigint")

    package func append(_ event: AuditEvent) async throws(StoreError) {
        let parameters = try event.parameters()
        _ = try await storing { () async throws(PostgresError) in try await database.query(Self.append, parameters) }
    }

    /// The newest first.
    package func list(limit: Int) async throws(StoreError) -> [AuditEvent] {
        try FieldRules.checkPage(offset: 0, limit: limit)
        return try await storing { () async throws(PostgresError) in
            try await database.query(Self.list, [.int(Int64(limit))])
                .map { row throws(PostgresError) in try AuditEvent(row) }
        }
    }

    /// One statement for each way to narrow it down, so that each uses its index; what is left is filtered.
    static let page = listing(where: "true")
    static let pageOfSubject = listing(where: "subject_id = $1")
    static let pageOfActor = listing(where: "actor_id = $2")
    static let pageOfPlant = listing(where: "plant_id = $3")

    private static func listing(where condition: StaticString) -> Statement {
        Statement(
            assembled: """
                SELECT \(AuditEvent.columns), position FROM audit_log
                WHERE \(condition)
                    AND ($1::uuid IS NULL OR subject_id = $1) AND ($2::uuid IS NULL OR actor_id = $2)
                    AND ($3::integer IS NULL OR plant_id = $3)
                    AND ($4::text IS NULL OR event = $4
                        OR (right($4::text, 1) = '.' AND starts_with(event, $4::text)))
                    AND ($5::timestamptz IS NULL OR (at, position) < ($5::timestamptz, $6::bigint))
                ORDER BY at DESC, position DESC LIMIT $7::bigint
                """)
    }

    package func list(_ filter: AuditFilter) async throws(StoreError) -> [AuditEntry] {
        try FieldRules.checkPage(offset: 0, limit: filter.limit)
        if let event = filter.event { try FieldRules.checkSearch(event) }
        let statement =
            switch (filter.subject, filter.actor, filter.plant) {
            case (.some, _, _): Self.pageOfSubject
            case (_, .some, _): Self.pageOfActor
            case (_, _, .some): Self.pageOfPlant
            default: Self.page
            }
        let parameters: [PostgresValue] = [
            PostgresValue(filter.subject), PostgresValue(filter.actor), PostgresValue(filter.plant),
            PostgresValue(filter.event), PostgresValue(filter.before?.at), PostgresValue(filter.before?.number),
            .int(Int64(filter.limit)),
        ]
        return try await storing { () async throws(PostgresError) in
            try await database.query(statement, parameters).map { row throws(PostgresError) in
                AuditEntry(
                    position: AuditPosition(at: try row.moment("at"), number: try row.int("position")),
                    event: try AuditEvent(row))
            }
        }
    }
}
