package import Identity
import PostgreSQL

extension PostgresUserStore {
    /// An account that nobody had confirmed, that waits for nothing but that, and in which nobody was granted anything:
    /// it is no more than a former registration, perhaps somebody else's.
    static let replace = Statement(
        assembled: """
            UPDATE users u SET
                username = CASE
                    WHEN EXISTS (
                        SELECT FROM users other WHERE lower(other.username) = lower($1::text) AND other.id <> u.id
                    ) THEN NULL ELSE $1::text END,
                email = $2::text, name = $3::text, password_hash = $4::text
            WHERE email_normalized = lower($2::text) AND deleted_at IS NULL AND status = 'pending_verification'
                AND email_verified_at IS NULL AND last_login_at IS NULL AND roles = '["user"]'
                AND NOT EXISTS (SELECT FROM user_plant_role r WHERE r.user_id = u.id)
                AND NOT EXISTS (SELECT FROM user_identities i WHERE i.user_id = u.id)
            RETURNING \(User.columns)
            """)
    /// Whoever has the username or the address already keeps it.
    static let register = Statement(
        assembled: """
            INSERT INTO users (username, email, name, password_hash, status)
            SELECT CASE
                    WHEN EXISTS (SELECT FROM users other WHERE lower(other.username) = lower($1::text)) THEN NULL
                    ELSE $1::text END,
                $2::text, $3::text, $4::text, $5::user_status
            WHERE NOT EXISTS (SELECT FROM users other WHERE other.email_normalized = lower($2::text))
            ON CONFLICT DO NOTHING
            RETURNING \(User.columns)
            """)
    /// Also a deleted one: an address stays taken.
    static let findRegistered = Statement(
        assembled: "SELECT \(User.columns) FROM users WHERE email_normalized = lower($1::text)")

    /// Three statements in one round trip, whatever becomes of it.
    package func register(_ user: NewUser) async throws(StoreError) -> RegisteredUser {
        try FieldRules.check(user)
        guard let email = user.email else { throw ModelRules.refusal("users_username_or_email") }
        let values = [
            PostgresValue(user.username), .text(email), PostgresValue(user.name), PostgresValue(user.passwordHash),
        ]
        let results = try await storing { () async throws(PostgresError) in
            try await database.batch([
                Query(Self.replace, values), Query(Self.register, values + [.text(user.status.rawValue)]),
                Query(Self.findRegistered, [.text(email)]),
            ])
        }
        let registered = try reading { () throws(PostgresError) -> RegisteredUser? in
            if let row = results[0].first { return .replaced(try User(row)) }
            if let row = results[1].first { return .created(try User(row)) }
            return try results[2].first.map { row throws(PostgresError) in .exists(try User(row)) }
        }
        guard let registered else { throw .unavailable("Somebody took the username at the same moment.") }
        return registered
    }
}
