package import Identity
package import PostgreSQL

/// Keys for assertions, in PostgreSQL.
package struct PostgresAssertionKeyStore: AssertionKeyStore {
    /// What a change is announced on.
    package static let channel = "gatehouse_assertion_keys"

    private let pool: PostgresPool

    package init(pool: PostgresPool) { self.pool = pool }

    static let keys = Statement(
        """
        SELECT id, sealed_private_key, sealing_key_id, active_from
        FROM assertion_keys ORDER BY active_from DESC, id DESC
        """)
    /// One who adds at a time: who waited sees what the other added. Readers are not held up.
    static let lock = Statement("LOCK TABLE assertion_keys IN SHARE ROW EXCLUSIVE MODE")
    static let add = Statement(
        """
        INSERT INTO assertion_keys (id, sealed_private_key, sealing_key_id, active_from)
        SELECT $1, $2, $3, CASE WHEN EXISTS (SELECT FROM assertion_keys)
            THEN now() + $5::bigint * interval '1 microsecond' ELSE now() END
        WHERE NOT EXISTS (
            SELECT FROM assertion_keys WHERE active_from > now() - $4::bigint * interval '1 microsecond')
        """)
    static let reseal = Statement(
        """
        UPDATE assertion_keys SET sealed_private_key = $2, sealing_key_id = $3
        WHERE id = $1 AND sealing_key_id = $4
        """)
    static let removeSucceeded = Statement(
        """
        DELETE FROM assertion_keys WHERE active_from < (
            SELECT max(active_from) FROM assertion_keys
            WHERE active_from < now() - $1::bigint * interval '1 microsecond')
        """)

    package func keys() async throws(StoreError) -> [SealedAssertionKey] {
        try await storing { () async throws(PostgresError) in
            let rows = try await pool.query(Self.keys)
            var keys: [SealedAssertionKey] = []
            for row in rows { keys.append(try SealedAssertionKey(row)) }
            return keys
        }
    }

    package func add(
        _ key: SealedAssertionKey, unlessYoungerThan age: Duration, notice: Duration
    ) async throws(StoreError) -> Bool {
        let parameters: [PostgresValue] = [
            .text(key.id), .bytes(key.sealedPrivateKey), .text(key.sealingKeyID), PostgresValue(age),
            PostgresValue(notice),
        ]
        return try await transacting(pool) { transaction throws(StoreError) in
            try await storing { () async throws(PostgresError) in
                try await transaction.batch([Query(Self.lock), Query(Self.add, parameters)]).last?.affectedCount == 1
            }
        }
    }

    package func reseal(_ key: SealedAssertionKey, from former: String) async throws(StoreError) -> Bool {
        let parameters: [PostgresValue] = [
            .text(key.id), .bytes(key.sealedPrivateKey), .text(key.sealingKeyID), .text(former),
        ]
        return try await storing { () async throws(PostgresError) in
            try await pool.query(Self.reseal, parameters).affectedCount == 1
        }
    }

    @discardableResult
    package func removeSucceeded(forLongerThan overlap: Duration) async throws(StoreError) -> Int {
        try await storing { () async throws(PostgresError) in
            try await pool.query(Self.removeSucceeded, [PostgresValue(overlap)]).affectedCount
        }
    }
}

extension SealedAssertionKey {
    init(_ row: Row) throws(PostgresError) {
        self.init(
            id: try row.text("id"), sealedPrivateKey: try row.bytes("sealed_private_key"),
            sealingKeyID: try row.text("sealing_key_id"), activeFrom: try row.moment("active_from"))
    }
}
