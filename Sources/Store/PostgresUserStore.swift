package import Identity
package import PostgreSQL

/// Accounts in PostgreSQL.
package struct PostgresUserStore: UserStore {
    let database: any Querying

    package init(pool: PostgresPool) { database = pool }
    init(_ database: any Querying) { self.database = database }

    // MARK: Statements

    static let create = Statement(
        assembled: """
            INSERT INTO users (username, email, name, first_name, last_name, phone, password_hash, status,
                email_verified_at, roles, stripe_customer_id, password_must_change)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, to_jsonb($10::text[]), $11, $12)
            RETURNING \(User.columns)
            """)
    static let findByID = Statement(
        assembled: "SELECT \(User.columns) FROM users WHERE id = $1 AND deleted_at IS NULL")
    static let findByUsername = Statement(
        assembled: "SELECT \(User.columns) FROM users WHERE lower(username) = lower($1::text) AND deleted_at IS NULL")
    static let findByEmail = Statement(
        assembled: "SELECT \(User.columns) FROM users WHERE email_normalized = lower($1::text) AND deleted_at IS NULL")
    static let lock = Statement(assembled: "SELECT \(User.columns) FROM users WHERE id = $1 FOR NO KEY UPDATE")
    /// What signing in needs of a user `u`, for whom `$2` is where the request comes from.
    private static let credentialColumns = """
        \(User.columns), password_hash, password_must_change, EXISTS (
            SELECT FROM user_sessions s
            WHERE s.user_id = u.id AND s.ip_address <<= $2::inet AND s.issued_at > now() - interval '30 days'
        ) AS knows_address
        """
    /// No username has an `@` and every address does, so at most one branch finds somebody.
    static let credentials = Statement(
        assembled: """
            SELECT \(credentialColumns) FROM users u
            WHERE lower(username) = lower($1::text) AND deleted_at IS NULL
            UNION ALL
            SELECT \(credentialColumns) FROM users u
            WHERE email_normalized = lower($1::text) AND deleted_at IS NULL
            """)
    static let credentialsByID = Statement(
        assembled: "SELECT \(credentialColumns) FROM users u WHERE id = $1 AND deleted_at IS NULL")
    static let list = Statement(
        assembled: """
            SELECT \(User.columns) FROM users WHERE deleted_at IS NULL
            ORDER BY created_at, id OFFSET $1::bigint LIMIT $2::bigint
            """)
    static let listActive = Statement(
        assembled: """
            SELECT \(User.columns) FROM users WHERE deleted_at IS NULL AND is_active
            ORDER BY created_at, id OFFSET $1::bigint LIMIT $2::bigint
            """)
    static let count = Statement("SELECT count(*) AS count FROM users WHERE deleted_at IS NULL")
    static let countActive = Statement("SELECT count(*) AS count FROM users WHERE is_active")
    /// Each field with whether to set it.
    static let update = Statement(
        assembled: """
            UPDATE users SET
                username = CASE WHEN $2::boolean THEN $3::text ELSE username END,
                email = CASE WHEN $4::boolean THEN $5::text ELSE email END,
                name = CASE WHEN $6::boolean THEN $7::text ELSE name END,
                first_name = CASE WHEN $8::boolean THEN $9::text ELSE first_name END,
                last_name = CASE WHEN $10::boolean THEN $11::text ELSE last_name END,
                phone = CASE WHEN $12::boolean THEN $13::text ELSE phone END,
                email_verified_at = CASE WHEN $14::boolean THEN $15::timestamptz ELSE email_verified_at END,
                roles = CASE WHEN $16::boolean THEN to_jsonb($17::text[]) ELSE roles END,
                stripe_customer_id = CASE WHEN $18::boolean THEN $19::text ELSE stripe_customer_id END,
                password_must_change = CASE WHEN $20::boolean THEN $21::boolean ELSE password_must_change END
            WHERE id = $1 AND deleted_at IS NULL
            RETURNING \(User.columns)
            """)
    /// What the trigger on `password_hash` has to know of this transaction.
    static let keepSession = Statement(
        "SELECT set_config('gatehouse.kept_session', coalesce($1::uuid::text, ''), true)")
    static let sayItIsTheSamePassword = Statement("SELECT set_config('gatehouse.same_password', 'on', true)")
    static let setPasswordHash = Statement(
        "UPDATE users SET password_hash = $2 WHERE id = $1 AND deleted_at IS NULL")
    /// What the trigger did in this transaction.
    static let countEnded = Statement(
        """
        SELECT count(*) AS count FROM user_sessions
        WHERE user_id = $1 AND revoked_at = now() AND revocation_reason = 'password_changed'
        """)
    static let renewPasswordHash = Statement(
        "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2::text AND deleted_at IS NULL")
    /// Triggers enforce the transitions and end the sessions.
    static let setStatus = Statement(
        assembled: "UPDATE users SET status = $2::user_status WHERE id = $1 RETURNING \(User.columns)")
    static let delete = Statement(
        "UPDATE users SET deleted_at = now(), status = 'suspended' WHERE id = $1 AND deleted_at IS NULL")
    /// Also deleted ones; `$2` is null unless the reference has the form of an id.
    static let findAny = Statement(
        """
        SELECT id FROM users WHERE id = $2::uuid
        UNION ALL SELECT id FROM users WHERE lower(username) = lower($1::text)
        UNION ALL SELECT id FROM users WHERE email_normalized = lower($1::text)
        """)
    static let restore = Statement(
        assembled: """
            UPDATE users SET deleted_at = NULL WHERE id = $1 AND deleted_at IS NOT NULL RETURNING \(User.columns)
            """)
    static let recordSignIn = Statement(
        """
        UPDATE users SET last_login_at = GREATEST(last_login_at, $2::timestamptz)
        WHERE id = $1 AND deleted_at IS NULL
        """)

    // MARK: Operations

    package func create(_ user: NewUser) async throws(StoreError) -> User {
        try FieldRules.check(user)
        return try await one(
            Self.create,
            [
                PostgresValue(user.username), PostgresValue(user.email), PostgresValue(user.name),
                PostgresValue(user.firstName), PostgresValue(user.lastName), PostgresValue(user.phone),
                PostgresValue(user.passwordHash), .text(user.status.rawValue), PostgresValue(user.emailVerifiedAt),
                .textArray(user.roles), PostgresValue(user.stripeCustomerID), .bool(user.mustChangePassword),
            ])
    }

    package func lock(_ id: UserID) async throws(StoreError) -> User? {
        try await many(Self.lock, [PostgresValue(id)]).first
    }

    package func find(id: UserID) async throws(StoreError) -> User? {
        try await many(Self.findByID, [PostgresValue(id)]).first
    }

    package func find(username: String) async throws(StoreError) -> User? {
        try FieldRules.checkSearch(username)
        return try await many(Self.findByUsername, [.text(username)]).first
    }

    package func find(email: String) async throws(StoreError) -> User? {
        try FieldRules.checkSearch(email)
        return try await many(Self.findByEmail, [.text(email)]).first
    }

    package func credentials(login: String, from address: String?) async throws(StoreError) -> UserCredentials? {
        try FieldRules.checkSearch(login)
        return try await credentials(Self.credentials, .text(login), from: address)
    }

    package func credentials(of id: UserID, from address: String?) async throws(StoreError) -> UserCredentials? {
        try await credentials(Self.credentialsByID, PostgresValue(id), from: address)
    }

    package func list(activeOnly: Bool, offset: Int, limit: Int) async throws(StoreError) -> [User] {
        try FieldRules.checkPage(offset: offset, limit: limit)
        return try await many(
            activeOnly ? Self.listActive : Self.list, [.int(Int64(offset)), .int(Int64(limit))])
    }

    package func count(activeOnly: Bool) async throws(StoreError) -> Int {
        try await storing { () async throws(PostgresError) in
            Int(try await database.query(activeOnly ? Self.countActive : Self.count).first?.int("count") ?? 0)
        }
    }

    package func update(_ id: UserID, _ changes: [UserChange]) async throws(StoreError) -> User {
        // The place of each field's two parameters follows the statement.
        var parameters: [PostgresValue] = [PostgresValue(id)]
        for _ in 0..<10 { parameters += [.bool(false), .null] }
        func set(_ field: Int, _ value: PostgresValue) {
            parameters[2 * field + 1] = .bool(true)
            parameters[2 * field + 2] = value
        }
        for change in changes {
            try FieldRules.check(change)
            switch change {
            case .username(let text): set(0, PostgresValue(text))
            case .email(let text): set(1, PostgresValue(text))
            case .name(let text): set(2, PostgresValue(text))
            case .firstName(let text): set(3, PostgresValue(text))
            case .lastName(let text): set(4, PostgresValue(text))
            case .phone(let text): set(5, PostgresValue(text))
            case .emailVerifiedAt(let moment): set(6, PostgresValue(moment))
            case .roles(let roles): set(7, .textArray(roles))
            case .stripeCustomerID(let text): set(8, PostgresValue(text))
            case .mustChangePassword(let must): set(9, .bool(must))
            }
        }
        return try await one(Self.update, parameters)
    }

    package func setPasswordHash(
        _ id: UserID, _ hash: String?, keeping session: SessionID?
    ) async throws(StoreError) -> Int {
        try FieldRules.check(hash, .passwordHash)
        let results = try await storing { () async throws(PostgresError) in
            try await database.batch([
                Query(Self.keepSession, [PostgresValue(session)]),
                Query(Self.setPasswordHash, [PostgresValue(id), PostgresValue(hash)]),
                Query(Self.countEnded, [PostgresValue(id)]),
            ])
        }
        guard results.count == 3, results[1].affectedCount > 0 else { throw .notFound }
        return try reading { () throws(PostgresError) in Int(try results[2].first?.int("count") ?? 0) }
    }

    package func renewPasswordHash(_ id: UserID, from old: String, to new: String) async throws(StoreError) {
        try FieldRules.check(new, .passwordHash)
        _ = try await storing { () async throws(PostgresError) in
            try await database.batch([
                Query(Self.sayItIsTheSamePassword),
                Query(Self.renewPasswordHash, [PostgresValue(id), .text(old), .text(new)]),
            ])
        }
    }

    package func setStatus(_ id: UserID, _ status: UserStatus) async throws(StoreError) -> User {
        let user = try await one(Self.setStatus, [PostgresValue(id), .text(status.rawValue)])
        // The trigger lets a status be set to what it is.
        guard user.deletedAt == nil else { throw ModelRules.refusal("users_restore_first") }
        return user
    }

    package func delete(_ id: UserID) async throws(StoreError) { try await touchOne(Self.delete, [PostgresValue(id)]) }

    package func restore(_ reference: String) async throws(StoreError) -> User {
        try FieldRules.checkSearch(reference)
        let found = try await storing { () async throws(PostgresError) -> UserID? in
            try await database.query(Self.findAny, [.text(reference), PostgresValue(UserID(reference))]).first?.userID(
                "id")
        }
        guard let found else { throw .notFound }
        guard let user = try await many(Self.restore, [PostgresValue(found)]).first else { throw ModelRules.notDeleted }
        return user
    }

    package func recordSignIn(_ id: UserID, at moment: Timestamp) async throws(StoreError) {
        try await touchOne(Self.recordSignIn, [PostgresValue(id), PostgresValue(moment)])
    }

    // MARK: Asking

    private func credentials(
        _ statement: Statement, _ whom: PostgresValue, from address: String?
    ) async throws(StoreError) -> UserCredentials? {
        let network = address.flatMap { ClientNetwork($0)?.cidr }
        return try await storing { () async throws(PostgresError) -> UserCredentials? in
            guard let row = try await database.query(statement, [whom, PostgresValue(network)]).first else {
                return nil
            }
            return UserCredentials(
                user: try User(row), passwordHash: try row.textIfPresent("password_hash"),
                mustChangePassword: try row.bool("password_must_change"), knowsAddress: try row.bool("knows_address"))
        }
    }

    private func many(_ statement: Statement, _ parameters: [PostgresValue]) async throws(StoreError) -> [User] {
        try await storing { () async throws(PostgresError) in
            try await database.query(statement, parameters).map { row throws(PostgresError) in try User(row) }
        }
    }

    private func one(_ statement: Statement, _ parameters: [PostgresValue]) async throws(StoreError) -> User {
        guard let user = try await many(statement, parameters).first else { throw .notFound }
        return user
    }

    private func touchOne(_ statement: Statement, _ parameters: [PostgresValue]) async throws(StoreError) {
        let touched = try await storing { () async throws(PostgresError) in
            try await database.query(statement, parameters).affectedCount
        }
        guard touched > 0 else { throw .notFound }
    }
}
