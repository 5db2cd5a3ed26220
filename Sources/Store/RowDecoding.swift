import Identity
import PostgreSQL

// What each column holds, in one place: the stores' statements name their columns as these expect.

extension Row {
    func userID(_ column: String) throws(PostgresError) -> UserID { UserID(UUID128(try uuid(column))) }
    func userIDIfPresent(_ column: String) throws(PostgresError) -> UserID? {
        try uuidIfPresent(column).map { UserID(UUID128($0)) }
    }
    func sessionID(_ column: String) throws(PostgresError) -> SessionID { SessionID(UUID128(try uuid(column))) }
    func plantID(_ column: String) throws(PostgresError) -> PlantID { PlantID(try int32(column)) }
    func moment(_ column: String) throws(PostgresError) -> Timestamp {
        Timestamp(microseconds: try timestamp(column))
    }
    func momentIfPresent(_ column: String) throws(PostgresError) -> Timestamp? {
        try timestampIfPresent(column).map { Timestamp(microseconds: $0) }
    }
    func tokenHash(_ column: String) throws(PostgresError) -> TokenHash {
        guard let hash = TokenHash(bytes: try bytes(column)) else { throw .unexpected("\(column) is no SHA-256") }
        return hash
    }
    func role(_ column: String) throws(PostgresError) -> Role { try Self.role(named: text(column)) }

    fileprivate static func role(named name: String) throws(PostgresError) -> Role {
        guard let role = Role(name) else { throw .unexpected("there is no role \(name)") }
        return role
    }
}

extension UUID128 {
    init(_ id: PostgresUUID) { self.init(high: id.high, low: id.low) }
}

extension User {
    /// The columns of a user as people may see it: never the password hash.
    static let columns = """
        id, username, email, name, first_name, last_name, phone, status, email_verified_at,
        ARRAY(SELECT jsonb_array_elements_text(roles)) AS roles, last_login_at, stripe_customer_id,
        created_at, updated_at, deleted_at
        """

    /// The same of a table that is not alone in its statement.
    static func columns(of table: StaticString) -> String {
        """
        \(table).id, \(table).username, \(table).email, \(table).name, \(table).first_name, \(table).last_name,
        \(table).phone, \(table).status, \(table).email_verified_at,
        ARRAY(SELECT jsonb_array_elements_text(\(table).roles)) AS roles, \(table).last_login_at,
        \(table).stripe_customer_id, \(table).created_at, \(table).updated_at, \(table).deleted_at
        """
    }

    init(_ row: Row) throws(PostgresError) {
        let word = try row.text("status")
        guard let status = UserStatus(rawValue: word) else { throw .unexpected("there is no status \(word)") }
        self.init(
            id: try row.userID("id"), username: try row.textIfPresent("username"),
            email: try row.textIfPresent("email"), name: try row.textIfPresent("name"),
            firstName: try row.textIfPresent("first_name"), lastName: try row.textIfPresent("last_name"),
            phone: try row.textIfPresent("phone"), status: status,
            emailVerifiedAt: try row.momentIfPresent("email_verified_at"), roles: try row.texts("roles"),
            lastLoginAt: try row.momentIfPresent("last_login_at"),
            stripeCustomerID: try row.textIfPresent("stripe_customer_id"), createdAt: try row.moment("created_at"),
            updatedAt: try row.moment("updated_at"), deletedAt: try row.momentIfPresent("deleted_at"))
    }
}

extension Plant {
    static let columns = "id, code, name, is_active, created_at, updated_at"

    init(_ row: Row) throws(PostgresError) {
        self.init(
            id: try row.plantID("id"), code: try row.text("code"), name: try row.text("name"),
            isActive: try row.bool("is_active"), createdAt: try row.moment("created_at"),
            updatedAt: try row.moment("updated_at"))
    }
}

extension PlantMembership {
    /// Of `user_plant_role` as `r` and `plants` as `p`.
    static let columns = "p.id AS plant_id, p.code, p.name AS plant_name, r.role, r.expires_at"

    /// A user `u`'s memberships that hold now, as one row of arrays: so that users come with their roles in one query,
    /// however many there are. The largest number stands for "for good".
    static let arrays = """
        SELECT coalesce(array_agg(p.id ORDER BY p.id), '{}') AS plant_ids,
            coalesce(array_agg(p.code::text ORDER BY p.id), '{}') AS plant_codes,
            coalesce(array_agg(p.name::text ORDER BY p.id), '{}') AS plant_names,
            coalesce(array_agg(r.role::text ORDER BY p.id), '{}') AS plant_roles,
            coalesce(array_agg(
                CASE WHEN isfinite(r.expires_at) THEN (extract(epoch FROM r.expires_at) * 1000000)::bigint
                ELSE 9223372036854775807 END
            ORDER BY p.id), '{}') AS role_ends
        FROM user_plant_role r JOIN plants p ON p.id = r.plant_id AND p.is_active
        WHERE r.user_id = u.id AND (r.expires_at IS NULL OR r.expires_at > now())
        """

    init(_ row: Row) throws(PostgresError) {
        self.init(
            plantID: try row.plantID("plant_id"), plantCode: try row.text("code"),
            plantName: try row.text("plant_name"), role: try row.role("role"),
            expiresAt: try row.momentIfPresent("expires_at"))
    }

    /// Reads `arrays`.
    static func list(_ row: Row) throws(PostgresError) -> [PlantMembership] {
        let ids = try row.ints("plant_ids")
        let codes = try row.texts("plant_codes")
        let names = try row.texts("plant_names")
        let roles = try row.texts("plant_roles")
        let ends = try row.ints("role_ends")
        guard [codes.count, names.count, roles.count, ends.count].allSatisfy({ $0 == ids.count }) else {
            throw .unexpected("memberships of unequal length")
        }
        var memberships: [PlantMembership] = []
        memberships.reserveCapacity(ids.count)
        for index in ids.indices {
            guard let id = Int32(exactly: ids[index]) else { throw .unexpected("a plant's id that is too large") }
            memberships.append(
                PlantMembership(
                    plantID: PlantID(id), plantCode: codes[index], plantName: names[index],
                    role: try Row.role(named: roles[index]),
                    expiresAt: ends[index] == .max ? nil : Timestamp(microseconds: ends[index])))
        }
        return memberships
    }
}

extension Principal {
    /// Of `users` as `u`, beside `PlantMembership.arrays`.
    static let columns = """
        u.id AS user_id, u.username, u.email, u.name, ARRAY(SELECT jsonb_array_elements_text(u.roles)) AS roles,
        m.plant_ids, m.plant_codes, m.plant_names, m.plant_roles, m.role_ends
        """

    /// Joins the user `u` whose id is `column`, if active; by the index, whatever the planner believes of the table.
    static func active(of column: StaticString) -> String {
        "CROSS JOIN LATERAL (SELECT * FROM users WHERE id = \(column) AND is_active OFFSET 0) u"
    }

    convenience init(_ row: Row) throws(PostgresError) {
        self.init(
            userID: try row.userID("user_id"), username: try row.textIfPresent("username"),
            email: try row.textIfPresent("email"), name: try row.textIfPresent("name"),
            globalRoles: try row.texts("roles"), memberships: try PlantMembership.list(row))
    }
}

extension RoleGrant {
    init(_ row: Row) throws(PostgresError) {
        self.init(
            userID: try row.userID("user_id"), username: try row.textIfPresent("username"),
            email: try row.textIfPresent("email"), membership: try PlantMembership(row),
            grantedBy: try row.userIDIfPresent("granted_by"))
    }
}

extension Session {
    static let columns = columns(of: "")

    /// The columns of `user_sessions` as `table.`, with the dot.
    static func columns(of table: String) -> String {
        [
            "id", "user_id", "user_agent", "ip_address", "method", "factors", "issued_at", "last_used_at",
            "expires_at", "revoked_at", "revocation_reason", "is_persistent",
        ].map { table + $0 }.joined(separator: ", ") + ", \(table)refresh_id IS NOT NULL AS is_api_client"
    }

    init(_ row: Row) throws(PostgresError) {
        self.init(
            id: try row.sessionID("id"), userID: try row.userID("user_id"),
            userAgent: try row.textIfPresent("user_agent"), ipAddress: try row.textIfPresent("ip_address"),
            method: try row.text("method"), factors: Int(try row.int("factors")),
            issuedAt: try row.moment("issued_at"), lastUsedAt: try row.moment("last_used_at"),
            expiresAt: try row.moment("expires_at"), revokedAt: try row.momentIfPresent("revoked_at"),
            revocationReason: try row.textIfPresent("revocation_reason"),
            isPersistent: try row.bool("is_persistent"), isAPIClient: try row.bool("is_api_client"))
    }
}

extension RoleCeiling {
    init(_ row: Row) throws(PostgresError) {
        self.init(
            plant: try row.isNull("ceiling_plant") ? nil : try row.plantID("ceiling_plant"),
            role: try row.isNull("ceiling_role") ? nil : try row.role("ceiling_role"))
    }
}

extension AuthenticatedSession {
    init(_ row: Row) throws(PostgresError) {
        self.init(
            kind: try row.bool("is_api_token") ? .apiToken : .session, sessionID: try row.sessionID("session_id"),
            principal: try Principal(row).held(to: try RoleCeiling(row)), host: try row.textIfPresent("host"),
            lastUsedAt: try row.moment("last_used_at"), expiresAt: try row.moment("expires_at"),
            tokenIssuedAt: try row.momentIfPresent("token_issued_at"), isPersistent: try row.bool("is_persistent"))
    }
}

extension APIToken {
    /// Of `api_tokens` as `a` and `plants` as `p`.
    static let columns = """
        a.id, a.user_id, a.name, a.plant_id AS ceiling_plant, a.role_max AS ceiling_role, p.code AS plant_code,
        a.created_at, a.expires_at, a.last_used_at, a.revoked_at
        """

    init(_ row: Row) throws(PostgresError) {
        self.init(
            id: APITokenID(UUID128(try row.uuid("id"))), userID: try row.userID("user_id"),
            name: try row.text("name"), ceiling: try RoleCeiling(row), plantCode: try row.textIfPresent("plant_code"),
            createdAt: try row.moment("created_at"), expiresAt: try row.momentIfPresent("expires_at"),
            lastUsedAt: try row.momentIfPresent("last_used_at"), revokedAt: try row.momentIfPresent("revoked_at"))
    }
}

extension AuditEvent {
    /// The details as two arrays of equal length and order.
    static let columns = """
        at, event, actor_id, subject_id, plant_id, ip_address,
        ARRAY(SELECT key FROM jsonb_each_text(details) ORDER BY key) AS detail_keys,
        ARRAY(SELECT coalesce(value, '') FROM jsonb_each_text(details) ORDER BY key) AS detail_values
        """

    init(_ row: Row) throws(PostgresError) {
        let plant = try row.intIfPresent("plant_id")
        self.init(
            at: try row.moment("at"), event: try row.text("event"), actor: try row.userIDIfPresent("actor_id"),
            subject: try row.userIDIfPresent("subject_id"),
            plant: plant.map { PlantID(Int32(truncatingIfNeeded: $0)) },
            ipAddress: try row.textIfPresent("ip_address"),
            details: Dictionary(
                zip(try row.texts("detail_keys"), try row.texts("detail_values")),
                uniquingKeysWith: { first, _ in first }
            ))
    }
}
