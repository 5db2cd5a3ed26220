package import Identity
package import PostgreSQL

/// The database's schema as this program knows it.
package enum Schema {
    /// The migrations that this program was written for: all of `Migrations/`.
    package static let requiredVersions = Array(1...17) + [20, 25]
    /// The last of them.
    package static var requiredVersion: Int { requiredVersions.last ?? 0 }

    /// How a database's schema compares with what this program needs.
    package enum Standing: Sendable, Hashable {
        case current
        /// Migrations that this program does not know were applied: while gateways are upgraded one by one, that is
        /// as it should be.
        case ahead(version: Int)
    }

    private static let exists = Statement("SELECT to_regclass('schema_migrations') IS NOT NULL AS exists")
    private static let versions = Statement(
        """
        SELECT coalesce(max(version), 0) AS newest, count(*) FILTER (WHERE version = ANY ($1::integer[])) AS known
        FROM schema_migrations
        """)

    /// Whether this program can work with the database.
    ///
    /// - Throws: `schema` when a migration is missing, with what to do; `unavailable` when the database is away.
    @discardableResult
    package static func check(_ pool: PostgresPool) async throws(StoreError) -> Standing {
        let isThere = try await storing { () async throws(PostgresError) in
            try await pool.query(exists).first?.bool("exists") ?? false
        }
        guard isThere else {
            throw .schema("The database has no schema yet. Run `gatehouse migrate up`.")
        }
        let (newest, known) = try await storing { () async throws(PostgresError) in
            let row = try await pool.query(versions, [.intArray(requiredVersions.map { Int64($0) })]).first
            return (Int(try row?.int("newest") ?? 0), Int(try row?.int("known") ?? 0))
        }
        guard known == requiredVersions.count else {
            throw .schema(
                """
                The database's schema is at migration \(newest) and this program needs \(requiredVersion). \
                Run `gatehouse migrate up`.
                """)
        }
        return newest == requiredVersion ? .current : .ahead(version: newest)
    }

    /// A table, column or function is not there, although it should be.
    static func mismatch(_ message: String) -> StoreError {
        .schema(
            """
            The database's schema is not what this program needs (\(message)). \
            See `gatehouse migrate status`, then run `gatehouse migrate up`.
            """)
    }
}
