package import Identity
package import PostgreSQL

/// Accounts at providers, in PostgreSQL.
package struct PostgresLinkedIdentityStore: LinkedIdentityStore {
    private let database: any Querying

    package init(pool: PostgresPool) { database = pool }
    init(_ database: any Querying) { self.database = database }

    static let link = Statement(
        """
        INSERT INTO user_identities (provider, subject, user_id, email, linked_at, last_used_at)
        SELECT $1::text, $2::text, id, $4::text, $5::timestamptz, $6::timestamptz
        FROM users WHERE id = $3 AND deleted_at IS NULL
        """)
    static let unlink = Statement(
        "DELETE FROM user_identities WHERE provider = $1 AND subject = $2 AND user_id = $3")
    static let list = Statement(
        """
        SELECT i.provider, i.subject, i.email, i.linked_at, i.last_used_at
        FROM user_identities i JOIN users u ON u.id = i.user_id AND u.deleted_at IS NULL
        WHERE i.user_id = $1 ORDER BY i.linked_at, i.id
        """)
    static let owner = Statement(
        """
        SELECT u.id AS user_id
        FROM user_identities i LEFT JOIN users u ON u.id = i.user_id AND u.deleted_at IS NULL
        WHERE i.provider = $1::text AND i.subject = $2::text
        """)
    static let recordUse = Statement(
        """
        UPDATE user_identities SET email = $3::text, last_used_at = GREATEST(last_used_at, $4::timestamptz)
        WHERE provider = $1 AND subject = $2 AND user_id IS NOT NULL
        """)

    package func link(_ identity: LinkedIdentity, to user: UserID) async throws(StoreError) {
        try FieldRules.check(identity)
        let parameters: [PostgresValue] = [
            .text(identity.provider), .text(identity.subject), PostgresValue(user), PostgresValue(identity.email),
            PostgresValue(identity.linkedAt), PostgresValue(identity.lastUsedAt),
        ]
        let linked = try await storing { () async throws(PostgresError) in
            try await database.query(Self.link, parameters).affectedCount
        }
        guard linked > 0 else { throw .notFound }
    }

    package func unlink(
        provider: String, subject: String, from user: UserID
    ) async throws(StoreError) -> Bool {
        try FieldRules.checkSearch(provider)
        try FieldRules.checkSearch(subject)
        return try await storing { () async throws(PostgresError) in
            try await database.query(Self.unlink, [.text(provider), .text(subject), PostgresValue(user)])
                .affectedCount > 0
        }
    }

    package func list(of user: UserID) async throws(StoreError) -> [LinkedIdentity] {
        try await storing { () async throws(PostgresError) in
            try await database.query(Self.list, [PostgresValue(user)]).map { row throws(PostgresError) in
                LinkedIdentity(
                    provider: try row.text("provider"), subject: try row.text("subject"),
                    email: try row.textIfPresent("email"), linkedAt: try row.moment("linked_at"),
                    lastUsedAt: try row.momentIfPresent("last_used_at"))
            }
        }
    }

    package func owner(provider: String, subject: String) async throws(StoreError) -> IdentityOwner {
        try FieldRules.checkSearch(provider)
        try FieldRules.checkSearch(subject)
        return try await storing { () async throws(PostgresError) -> IdentityOwner in
            guard let row = try await database.query(Self.owner, [.text(provider), .text(subject)]).first else {
                return .nobody
            }
            guard let user = try row.userIDIfPresent("user_id") else { return .tombstone }
            return .user(user)
        }
    }

    package func recordUse(
        provider: String, subject: String, email: String?, at moment: Timestamp
    ) async throws(StoreError) {
        try FieldRules.checkSearch(provider)
        try FieldRules.checkSearch(subject)
        try FieldRules.check(email, .email)
        let parameters: [PostgresValue] = [
            .text(provider), .text(subject), PostgresValue(email), PostgresValue(moment),
        ]
        let touched = try await storing { () async throws(PostgresError) in
            try await database.query(Self.recordUse, parameters).affectedCount
        }
        guard touched > 0 else { throw .notFound }
    }
}
