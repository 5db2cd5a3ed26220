package import Identity
package import PostgreSQL

/// Takes a database's schema up and down, one migration at a time.
///
/// Each step is one transaction under an advisory lock: it happens whole or not at all, and two who migrate at once
/// take turns. The checksum of each applied file is recorded, so that a file that was changed afterwards is noticed.
package struct MigrationRunner: Sendable {
    private let pool: PostgresPool
    private let migrations: [Migration]
    /// How long one step may take.
    private let timeout: Duration

    package init(pool: PostgresPool, migrations: [Migration], timeout: Duration = .seconds(3_600)) {
        self.pool = pool
        self.migrations = migrations
        self.timeout = timeout
    }

    // MARK: Statements

    /// A number that means "Gatehouse's schema", and nothing else in this database.
    private static let lock = Statement("SELECT pg_advisory_xact_lock(7165065861206073704)")
    private static let exists = Statement("SELECT to_regclass('schema_migrations') IS NOT NULL AS exists")
    private static let createRecord = """
        CREATE TABLE schema_migrations (
            version    integer     NOT NULL,
            name       text        NOT NULL,
            checksum   text        NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT schema_migrations_pkey PRIMARY KEY (version),
            CONSTRAINT schema_migrations_version_positive CHECK (version > 0)
        );
        COMMENT ON TABLE schema_migrations IS 'Which migrations were applied; kept by gatehouse migrate.';
        COMMENT ON COLUMN schema_migrations.version IS 'The number that its files'' names begin with.';
        COMMENT ON COLUMN schema_migrations.name IS 'What follows the number.';
        COMMENT ON COLUMN schema_migrations.checksum IS 'SHA-256 of the .up.sql file as it was applied.';
        COMMENT ON COLUMN schema_migrations.applied_at IS 'When it was applied.';
        """
    private static let dropRecord = Statement("DROP TABLE schema_migrations")
    /// What was applied beside what there is. The server hashes, so that this program needs no SHA-256 here.
    private static let compare = Statement(
        """
        SELECT coalesce(a.version, f.version) AS version, coalesce(a.name, f.name) AS name, a.applied_at,
            f.version IS NOT NULL AS has_file,
            a.checksum = encode(sha256(convert_to(f.up, 'UTF8')), 'hex') AS is_same
        FROM schema_migrations a
        FULL JOIN unnest($1::text[], $2::text[], $3::integer[]) AS f (name, up, version) ON f.version = a.version
        ORDER BY 1
        """)
    private static let record = Statement(
        """
        INSERT INTO schema_migrations (version, name, checksum)
        VALUES ($1, $2, encode(sha256(convert_to($3::text, 'UTF8')), 'hex'))
        """)
    private static let forget = Statement("DELETE FROM schema_migrations WHERE version = $1")

    // MARK: Up, down, status

    /// Applies what is missing, up to and including migration `last` (nil: all).
    ///
    /// - Returns: what was applied, in order.
    /// - Throws: `schema` for a step that failed, which was rolled back, and for a record that does not fit the files.
    @discardableResult
    package func up(to last: Int? = nil) async throws(StoreError) -> [Migration] {
        let last = last ?? newestVersion
        try checkExists(last)
        var applied: [Migration] = []
        while let migration = try await stepUp(to: last) { applied.append(migration) }
        return applied
    }

    /// Takes back what was applied, newest first, until migration `last` is the newest (nil: one step; 0: to nothing).
    ///
    /// - Returns: what was taken back, in order.
    @discardableResult
    package func down(to last: Int? = nil) async throws(StoreError) -> [Migration] {
        guard let last else { return try await stepDown(to: 0).map { [$0] } ?? [] }
        try checkExists(last)
        var takenBack: [Migration] = []
        while let migration = try await stepDown(to: last) { takenBack.append(migration) }
        return takenBack
    }

    /// Where each migration stands. Changes nothing.
    package func status() async throws(StoreError) -> [MigrationStatus] {
        try await transaction { transaction in
            guard try await recordExists(transaction) else {
                return migrations.map {
                    MigrationStatus(version: $0.version, name: $0.name, state: .pending, appliedAt: nil)
                }
            }
            return try await compared(transaction)
        }
    }

    private func stepUp(to last: Int) async throws(StoreError) -> Migration? {
        try await transaction { transaction -> Migration? in
            try await transaction.query(Self.lock)
            if try await !recordExists(transaction) {
                guard last > 0 else { return nil }
                try await transaction.script(Self.createRecord)
            }
            let standing = try await compared(transaction)
            try Self.checkRecord(standing)
            guard let next = standing.first(where: { $0.state == .pending })?.version, next <= last else { return nil }
            let migration = try step(next)
            try await run(migration.up, of: migration, "could not be applied", in: transaction)
            try await transaction.query(
                Self.record, [.int(Int64(next)), .text(migration.name), .text(migration.up)])
            return migration
        }
    }

    private func stepDown(to last: Int) async throws(StoreError) -> Migration? {
        try await transaction { transaction -> Migration? in
            try await transaction.query(Self.lock)
            guard try await recordExists(transaction) else { return nil }
            let standing = try await compared(transaction)
            try Self.checkRecord(standing)
            guard let newest = standing.last(where: { $0.state != .pending }) else {
                try await transaction.query(Self.dropRecord)
                return nil
            }
            guard newest.version > last else { return nil }
            guard newest.state == .applied else {
                throw StoreError.schema(
                    "\(newest.label) was applied by a newer program, which alone knows the way back from it.")
            }
            let migration = try step(newest.version)
            try await run(migration.down, of: migration, "could not be taken back", in: transaction)
            try await transaction.query(Self.forget, [.int(Int64(newest.version))])
            // Nothing of ours is left when nothing is applied.
            if newest.version == migrations.first?.version { try await transaction.query(Self.dropRecord) }
            return migration
        }
    }

    // MARK: The record

    private func recordExists(_ transaction: PostgresTransaction) async throws -> Bool {
        try await transaction.query(Self.exists).first?.bool("exists") ?? false
    }

    private func compared(_ transaction: PostgresTransaction) async throws -> [MigrationStatus] {
        let files: [PostgresValue] = [
            .textArray(migrations.map(\.name)), .textArray(migrations.map(\.up)),
            .intArray(migrations.map { Int64($0.version) }),
        ]
        return try await transaction.query(Self.compare, files).map { row in
            let appliedAt = try row.momentIfPresent("applied_at")
            let state: MigrationStatus.State =
                if appliedAt == nil {
                    .pending
                } else if try !row.bool("has_file") {
                    .unknown
                } else {
                    try row.boolIfPresent("is_same") == true ? .applied : .changed
                }
            return MigrationStatus(
                version: Int(try row.int("version")), name: try row.text("name"), state: state,
                appliedAt: appliedAt)
        }
    }

    private static func checkRecord(_ standing: [MigrationStatus]) throws {
        if let changed = standing.first(where: { $0.state == .changed }) {
            throw StoreError.schema(
                """
                \(changed.label).up.sql is not what was applied to this database: its checksum differs. Put the file \
                back as it was, and write what it lacks as a new migration.
                """)
        }
        if let pending = standing.first(where: { $0.state == .pending }),
            let later = standing.first(where: { $0.state != .pending && $0.version > pending.version })
        {
            throw StoreError.schema("\(later.label) was applied to this database, but \(pending.label) never was.")
        }
    }

    private var newestVersion: Int { migrations.last?.version ?? 0 }

    private func checkExists(_ version: Int) throws(StoreError) {
        if version != 0 { _ = try step(version) }
    }

    private func step(_ version: Int) throws(StoreError) -> Migration {
        guard let migration = migrations.first(where: { $0.version == version }) else {
            throw .refused("There is no migration \(version): the newest is \(newestVersion).")
        }
        return migration
    }

    // MARK: Running

    private func run(
        _ sql: String, of migration: Migration, _ failure: String, in transaction: PostgresTransaction
    ) async throws {
        do throws(PostgresError) {
            try await transaction.script(sql)
        } catch {
            guard case .server(let server) = error, !error.isUnavailability else { throw error }
            let detail = server.detail.map { " \($0)" } ?? ""
            throw StoreError.schema(
                "Migration \(migration.label) \(failure), and nothing of it stays: \(server.description)\(detail)")
        }
    }

    private func transaction<Answer: Sendable>(
        _ body: (PostgresTransaction) async throws -> Answer
    ) async throws(StoreError) -> Answer {
        do {
            return try await pool.transaction(timeout: timeout, body)
        } catch let error as StoreError {
            throw error
        } catch let error as PostgresError {
            throw StoreError(error)
        } catch {
            throw .unexpected("\(error)")
        }
    }
}

extension MigrationStatus {
    /// The beginning of its files' names.
    package var label: String { Migration.label(version: version, name: name) }
}
