package import Identity
package import PostgreSQL

/// Roles in plants, in PostgreSQL.
package struct PostgresRoleStore: RoleStore {
    private let database: any Querying

    package init(pool: PostgresPool) { database = pool }
    init(_ database: any Querying) { self.database = database }

    // MARK: Statements

    /// Nothing for a user who is deleted, or for a plant that does not exist.
    static let grant = Statement(
        """
        INSERT INTO user_plant_role (user_id, plant_id, role, granted_by, expires_at)
        SELECT u.id, p.id, $3::plant_role, $4::uuid, $5::timestamptz
        FROM users u CROSS JOIN plants p
        WHERE u.id = $1 AND u.deleted_at IS NULL AND p.id = $2
        ON CONFLICT (user_id, plant_id) DO UPDATE
        SET role = EXCLUDED.role, granted_by = EXCLUDED.granted_by, expires_at = EXCLUDED.expires_at
        """)
    static let revoke = Statement("DELETE FROM user_plant_role WHERE user_id = $1 AND plant_id = $2")
    static let memberships = Statement(
        assembled: """
            SELECT \(PlantMembership.columns)
            FROM user_plant_role r JOIN plants p ON p.id = r.plant_id AND p.is_active
            JOIN users u ON u.id = r.user_id AND u.deleted_at IS NULL
            WHERE r.user_id = $1 AND (r.expires_at IS NULL OR r.expires_at > now())
            ORDER BY p.id
            """)
    static let role = Statement(
        """
        SELECT r.role
        FROM user_plant_role r JOIN plants p ON p.id = r.plant_id AND p.is_active
        JOIN users u ON u.id = r.user_id AND u.deleted_at IS NULL
        WHERE r.user_id = $1 AND r.plant_id = $2 AND (r.expires_at IS NULL OR r.expires_at > now())
        """)
    static let principal = Statement(
        assembled: """
            SELECT \(Principal.columns)
            FROM users u CROSS JOIN LATERAL (\(PlantMembership.arrays)) m
            WHERE u.id = $1 AND u.is_active
            """)
    static let list = listing(where: "true")
    static let listOfUser = listing(where: "r.user_id = $1")
    static let listOfPlant = listing(where: "r.plant_id = $1")
    static let listOfUserAndPlant = listing(where: "r.user_id = $1 AND r.plant_id = $2")

    /// One statement for each filter, so that each uses its index.
    private static func listing(where condition: StaticString) -> Statement {
        Statement(
            assembled: """
                SELECT r.user_id, u.username, u.email, r.granted_by, \(PlantMembership.columns)
                FROM user_plant_role r JOIN plants p ON p.id = r.plant_id
                JOIN users u ON u.id = r.user_id AND u.deleted_at IS NULL
                WHERE \(condition)
                ORDER BY p.id, r.user_id
                """)
    }

    // MARK: Operations

    package func grant(
        _ role: Role, to user: UserID, in plant: PlantID, by granter: UserID?, until: Timestamp?
    ) async throws(StoreError) {
        let parameters = [
            PostgresValue(user), PostgresValue(plant), .text(role.description), PostgresValue(granter),
            PostgresValue(until),
        ]
        let granted = try await storing { () async throws(PostgresError) in
            try await database.query(Self.grant, parameters).affectedCount
        }
        guard granted > 0 else { throw .notFound }
    }

    package func revoke(from user: UserID, in plant: PlantID) async throws(StoreError) -> Bool {
        try await storing { () async throws(PostgresError) in
            try await database.query(Self.revoke, [PostgresValue(user), PostgresValue(plant)]).affectedCount > 0
        }
    }

    package func role(of user: UserID, in plant: PlantID) async throws(StoreError) -> Role? {
        try await storing { () async throws(PostgresError) in
            try await database.query(Self.role, [PostgresValue(user), PostgresValue(plant)]).first?.role("role")
        }
    }

    package func memberships(of user: UserID) async throws(StoreError) -> [PlantMembership] {
        try await storing { () async throws(PostgresError) in
            try await database.query(Self.memberships, [PostgresValue(user)])
                .map { row throws(PostgresError) in try PlantMembership(row) }
        }
    }

    package func list(user: UserID?, plant: PlantID?) async throws(StoreError) -> [RoleGrant] {
        let query =
            switch (user, plant) {
            case (nil, nil): Query(Self.list)
            case (let user?, nil): Query(Self.listOfUser, [PostgresValue(user)])
            case (nil, let plant?): Query(Self.listOfPlant, [PostgresValue(plant)])
            case (let user?, let plant?):
                Query(Self.listOfUserAndPlant, [PostgresValue(user), PostgresValue(plant)])
            }
        return try await storing { () async throws(PostgresError) in
            try await database.query(query.statement, query.parameters)
                .map { row throws(PostgresError) in try RoleGrant(row) }
        }
    }

    package func principal(of user: UserID) async throws(StoreError) -> Principal? {
        try await storing { () async throws(PostgresError) -> Principal? in
            guard let row = try await database.query(Self.principal, [PostgresValue(user)]).first else { return nil }
            return try Principal(row)
        }
    }
}
