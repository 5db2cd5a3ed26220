package import Identity
package import PostgreSQL

/// Verification tokens in PostgreSQL.
package struct PostgresVerificationStore: VerificationStore {
    private let database: any Querying

    package init(pool: PostgresPool) { database = pool }
    init(_ database: any Querying) { self.database = database }

    static let create = Statement(
        """
        INSERT INTO verification_tokens (user_id, purpose, email, token_hash, expires_at)
        SELECT id, $2::verification_purpose, $3::text, $4::bytea, $5::timestamptz
        FROM users WHERE id = $1 AND deleted_at IS NULL
        """)
    static let find = Statement(
        """
        SELECT v.user_id, v.email
        FROM verification_tokens v JOIN users u ON u.id = v.user_id AND u.deleted_at IS NULL
        WHERE v.token_hash = $1 AND v.purpose = $2::verification_purpose AND v.consumed_at IS NULL
            AND v.expires_at > $3::timestamptz
        """)
    /// The user's row is locked first, as by whoever suspends or deletes the user. Of two at once, the second finds the
    /// token consumed.
    static let consume = Statement(
        """
        WITH owned AS (
            SELECT v.id FROM verification_tokens v JOIN users u ON u.id = v.user_id AND u.deleted_at IS NULL
            WHERE v.token_hash = $1
            FOR NO KEY UPDATE OF u
        )
        UPDATE verification_tokens v SET consumed_at = $3::timestamptz FROM owned
        WHERE v.id = owned.id AND v.purpose = $2::verification_purpose AND v.consumed_at IS NULL
            AND v.expires_at > $3::timestamptz
        RETURNING v.user_id, v.email
        """)
    static let cancel = Statement(
        """
        DELETE FROM verification_tokens
        WHERE user_id = $1 AND purpose = ANY ($2::text[]::verification_purpose[]) AND consumed_at IS NULL
            AND expires_at > $3::timestamptz
        """)

    package func create(_ verification: NewVerification) async throws(StoreError) {
        try FieldRules.check(verification.email, .email)
        let parameters: [PostgresValue] = [
            PostgresValue(verification.userID), .text(verification.purpose.rawValue),
            PostgresValue(verification.email), PostgresValue(verification.token), PostgresValue(verification.expiresAt),
        ]
        let created = try await storing { () async throws(PostgresError) in
            try await database.query(Self.create, parameters).affectedCount
        }
        guard created > 0 else { throw .notFound }
    }

    package func find(
        _ token: TokenHash, purpose: VerificationPurpose, at moment: Timestamp
    ) async throws(StoreError) -> Verification? {
        try await first(Self.find, token, purpose, moment)
    }

    package func consume(
        _ token: TokenHash, purpose: VerificationPurpose, at moment: Timestamp
    ) async throws(StoreError) -> Verification? {
        try await first(Self.consume, token, purpose, moment)
    }

    package func cancel(
        of user: UserID, purposes: [VerificationPurpose], at moment: Timestamp
    ) async throws(StoreError) -> Int {
        let parameters = [
            PostgresValue(user), .textArray(purposes.map(\.rawValue)), PostgresValue(moment),
        ]
        return try await storing { () async throws(PostgresError) in
            try await database.query(Self.cancel, parameters).affectedCount
        }
    }

    private func first(
        _ statement: Statement, _ token: TokenHash, _ purpose: VerificationPurpose, _ moment: Timestamp
    ) async throws(StoreError) -> Verification? {
        let parameters = [PostgresValue(token), .text(purpose.rawValue), PostgresValue(moment)]
        return try await storing { () async throws(PostgresError) -> Verification? in
            guard let row = try await database.query(statement, parameters).first else { return nil }
            return Verification(userID: try row.userID("user_id"), email: try row.textIfPresent("email"))
        }
    }
}
