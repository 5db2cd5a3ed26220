package import Identity
import PostgreSQL

extension PostgresUserStore {
    /// `$1` a part of a name, `$2` a status, `$3` a plant, `$4` whether deleted ones are among them.
    private static let condition = """
        ($4::boolean OR u.deleted_at IS NULL)
        AND ($2::text IS NULL OR u.status = $2::text::user_status)
        AND ($1::text IS NULL OR position($1::text IN lower(u.username)) > 0
            OR position($1::text IN u.email_normalized) > 0 OR position($1::text IN lower(u.name)) > 0)
        """
    private static let inPlant = """
        AND EXISTS (
            SELECT FROM user_plant_role held
            WHERE held.user_id = u.id AND held.plant_id = $3::integer
                AND (held.expires_at IS NULL OR held.expires_at > now())
        )
        """
    private static let columns = """
        \(User.columns(of: "u")), u.password_hash IS NOT NULL AS has_password, u.password_must_change,
        m.plant_ids, m.plant_codes, m.plant_names, m.plant_roles, m.role_ends
        """

    static let people = Statement(
        assembled: """
            SELECT \(columns) FROM users u CROSS JOIN LATERAL (\(PlantMembership.arrays)) m
            WHERE \(condition) AND $3::integer IS NULL
            ORDER BY u.created_at, u.id OFFSET $5::bigint LIMIT $6::bigint
            """)
    /// With the roles in this plant alone.
    static let peopleOfPlant = Statement(
        assembled: """
            SELECT \(columns)
            FROM users u CROSS JOIN LATERAL (\(PlantMembership.arrays) AND p.id = $3::integer) m
            WHERE \(condition) \(inPlant)
            ORDER BY u.created_at, u.id OFFSET $5::bigint LIMIT $6::bigint
            """)
    static let countPeople = Statement(
        assembled: "SELECT count(*) AS count FROM users u WHERE \(condition) AND $3::integer IS NULL")
    static let countPeopleOfPlant = Statement(
        assembled: "SELECT count(*) AS count FROM users u WHERE \(condition) \(inPlant)")
    static let listedByID = Statement(
        assembled: """
            SELECT \(columns) FROM users u CROSS JOIN LATERAL (\(PlantMembership.arrays)) m
            WHERE u.id = $1 AND u.deleted_at IS NULL
            """)

    package func list(_ filter: UserFilter) async throws(StoreError) -> [ListedUser] {
        try FieldRules.checkPage(offset: filter.offset, limit: filter.limit)
        let page: [PostgresValue] = [.int(Int64(filter.offset)), .int(Int64(filter.limit))]
        let parameters = try parameters(filter) + page
        return try await storing { () async throws(PostgresError) in
            try await database.query(filter.plant == nil ? Self.people : Self.peopleOfPlant, parameters)
                .map { row throws(PostgresError) in try ListedUser(row) }
        }
    }

    package func count(_ filter: UserFilter) async throws(StoreError) -> Int {
        let parameters = try parameters(filter)
        return try await storing { () async throws(PostgresError) in
            let statement = filter.plant == nil ? Self.countPeople : Self.countPeopleOfPlant
            return Int(try await database.query(statement, parameters).first?.int("count") ?? 0)
        }
    }

    package func listed(_ id: UserID) async throws(StoreError) -> ListedUser? {
        try await storing { () async throws(PostgresError) -> ListedUser? in
            guard let row = try await database.query(Self.listedByID, [PostgresValue(id)]).first else { return nil }
            return try ListedUser(row)
        }
    }

    private func parameters(_ filter: UserFilter) throws(StoreError) -> [PostgresValue] {
        if let text = filter.text { try FieldRules.checkSearch(text) }
        return [
            PostgresValue(filter.text?.lowercased()), PostgresValue(filter.status?.rawValue),
            PostgresValue(filter.plant), .bool(filter.includesDeleted),
        ]
    }
}

extension ListedUser {
    init(_ row: Row) throws(PostgresError) {
        self.init(
            user: try User(row), memberships: try PlantMembership.list(row),
            hasPassword: try row.bool("has_password"), mustChangePassword: try row.bool("password_must_change"))
    }
}
