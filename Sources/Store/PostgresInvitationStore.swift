package import Identity
package import PostgreSQL

/// Invitations in PostgreSQL.
package struct PostgresInvitationStore: InvitationStore {
    private let database: any Querying

    package init(pool: PostgresPool) { database = pool }
    init(_ database: any Querying) { self.database = database }

    // MARK: Statements

    private static let columns = """
        i.id, i.email, i.plant_id, p.code, p.name AS plant_name, i.role, i.role_until, i.invited_by, i.created_at,
        i.expires_at
        """
    /// Which are open at `$2`.
    private static let open = "i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2::timestamptz"

    static let replace = Statement(
        """
        UPDATE invitations SET revoked_at = $3::timestamptz
        WHERE plant_id = $1 AND lower(email) = lower($2::text) AND accepted_at IS NULL AND revoked_at IS NULL
        """)
    static let create = Statement(
        assembled: """
            WITH i AS (
                INSERT INTO invitations
                    (email, plant_id, role, role_until, invited_by, token_hash, expires_at, created_at)
                SELECT $1::text, p.id, $3::plant_role, $4::timestamptz, $5::uuid, $6::bytea, $7::timestamptz,
                    $8::timestamptz
                FROM plants p WHERE p.id = $2 AND p.is_active
                RETURNING *
            )
            SELECT \(columns) FROM i JOIN plants p ON p.id = i.plant_id
            """)
    static let find = Statement(
        assembled: """
            SELECT \(columns) FROM invitations i JOIN plants p ON p.id = i.plant_id AND p.is_active
            WHERE i.token_hash = $1 AND \(open)
            """)
    static let accept = Statement(
        assembled: """
            UPDATE invitations i SET accepted_at = $2::timestamptz FROM plants p
            WHERE p.id = i.plant_id AND p.is_active AND i.token_hash = $1 AND \(open)
            RETURNING \(columns)
            """)
    static let list = Statement(
        assembled: """
            SELECT \(columns) FROM invitations i JOIN plants p ON p.id = i.plant_id
            WHERE i.plant_id = $1 AND \(open) ORDER BY i.created_at DESC, i.id
            """)
    static let revoke = Statement(
        assembled: """
            UPDATE invitations i SET revoked_at = $2::timestamptz FROM plants p
            WHERE p.id = i.plant_id AND i.plant_id = $1 AND i.id = $3 AND \(open)
            RETURNING \(columns)
            """)

    // MARK: Operations

    package func create(_ new: NewInvitation, at moment: Timestamp) async throws(StoreError) -> Invitation {
        try FieldRules.check(new.email, .email)
        let values: [PostgresValue] = [
            .text(new.email), PostgresValue(new.plantID), .text(new.role.description), PostgresValue(new.roleUntil),
            PostgresValue(new.invitedBy), PostgresValue(new.token), PostgresValue(new.expiresAt),
            PostgresValue(moment),
        ]
        let results = try await storing { () async throws(PostgresError) in
            try await database.batch([
                Query(Self.replace, [PostgresValue(new.plantID), .text(new.email), PostgresValue(moment)]),
                Query(Self.create, values),
            ])
        }
        guard let row = results.last?.first else { throw .notFound }
        return try reading { () throws(PostgresError) in try Invitation(row) }
    }

    package func find(_ token: TokenHash, at moment: Timestamp) async throws(StoreError) -> Invitation? {
        try await ask(Self.find, [PostgresValue(token), PostgresValue(moment)]).first
    }

    package func accept(_ token: TokenHash, at moment: Timestamp) async throws(StoreError) -> Invitation? {
        try await ask(Self.accept, [PostgresValue(token), PostgresValue(moment)]).first
    }

    package func list(plant: PlantID, at moment: Timestamp) async throws(StoreError) -> [Invitation] {
        try await ask(Self.list, [PostgresValue(plant), PostgresValue(moment)])
    }

    package func revoke(
        _ id: InvitationID, plant: PlantID, at moment: Timestamp
    ) async throws(StoreError) -> Invitation? {
        let id = PostgresValue.uuid(high: id.value.high, low: id.value.low)
        return try await ask(Self.revoke, [PostgresValue(plant), PostgresValue(moment), id]).first
    }

    private func ask(_ statement: Statement, _ parameters: [PostgresValue]) async throws(StoreError) -> [Invitation] {
        try await storing { () async throws(PostgresError) in
            try await database.query(statement, parameters)
                .map { row throws(PostgresError) in try Invitation(row) }
        }
    }
}

extension Invitation {
    init(_ row: Row) throws(PostgresError) {
        self.init(
            id: InvitationID(UUID128(try row.uuid("id"))), email: try row.text("email"),
            plantID: try row.plantID("plant_id"), plantCode: try row.text("code"),
            plantName: try row.text("plant_name"), role: try row.role("role"),
            roleUntil: try row.momentIfPresent("role_until"), invitedBy: try row.userIDIfPresent("invited_by"),
            createdAt: try row.moment("created_at"), expiresAt: try row.moment("expires_at"))
    }
}
