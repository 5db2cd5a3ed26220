import Foundation
import GatehouseTesting
import Identity
import PostgreSQL
import Store
import Testing

@Suite struct `Migrations` {
    @Test func `down to nothing and up again leave no difference`() async throws {
        try await withDatabase(migrated: false) { database in
            let migrations = try MigrationFiles.load(migrationsFolder)
            let runner = MigrationRunner(pool: database.pool, migrations: migrations)
            let nothing = try await database.dump()
            #expect(try await runner.up() == migrations)
            let everything = try await database.dump()
            #expect(try await runner.down(to: 0) == migrations.reversed())
            #expect(try await database.dump() == nothing)
            try await runner.up()
            #expect(try await database.dump() == everything)
        }
    }

    @Test func `each step back inverts its step`() async throws {
        try await withDatabase(migrated: false) { database in
            let migrations = try MigrationFiles.load(migrationsFolder)
            let runner = MigrationRunner(pool: database.pool, migrations: migrations)
            var before = try await database.dump()
            for migration in migrations {
                #expect(try await runner.up(to: migration.version) == [migration])
                let after = try await database.dump()
                #expect(try await runner.down() == [migration])
                #expect(try await database.dump() == before, "\(migration.label) leaves something behind")
                #expect(try await runner.up(to: migration.version) == [migration])
                #expect(try await database.dump() == after, "\(migration.label) comes back different")
                before = after
            }
        }
    }

    @Test func `a step back also works when the tables hold rows`() async throws {
        try await withDatabase { database in
            let user = try await database.stores.users.create(
                NewUser(username: "ada", email: "ada@example.com", status: .active))
            let plant = try await database.stores.plants.create(code: "p1", name: "P1")
            try await database.stores.roles.grant(.admin, to: user.id, in: plant.id, by: user.id, until: nil)
            try await database.stores.audit.append(
                AuditEvent(at: SystemClock().now(), event: "x", actor: nil, subject: nil))
            let migrations = try MigrationFiles.load(migrationsFolder)
            let runner = MigrationRunner(pool: database.pool, migrations: migrations)
            #expect(try await runner.down(to: 0).count == migrations.count)
        }
    }

    @Test func `running them twice does nothing the second time`() async throws {
        try await withDatabase { database in
            let runner = MigrationRunner(pool: database.pool, migrations: try MigrationFiles.load(migrationsFolder))
            #expect(try await runner.up() == [])
            #expect(try await runner.status().allSatisfy { $0.state == .applied && $0.appliedAt != nil })
            try await runner.down(to: 0)
            #expect(try await runner.down() == [])
            #expect(try await runner.down(to: 0) == [])
            #expect(try await runner.up(to: 0) == [])
            #expect(try await runner.status().allSatisfy { $0.state == .pending && $0.appliedAt == nil })
        }
    }

    @Test func `two who migrate at once take turns`() async throws {
        try await withDatabase(migrated: false) { database in
            let migrations = try MigrationFiles.load(migrationsFolder)
            let applied = try await withThrowingTaskGroup(of: [Migration].self) { group in
                for _ in 0..<4 {
                    group.addTask { try await MigrationRunner(pool: database.pool, migrations: migrations).up() }
                }
                return try await group.reduce([], +)
            }
            #expect(applied.map(\.version).sorted() == migrations.map(\.version))
        }
    }

    @Test func `a step that fails leaves nothing of itself, and the steps before it`() async throws {
        try await withDatabase(migrated: false) { database in
            let migrations = [
                Migration(version: 1, name: "good", up: "CREATE TABLE good (id integer);", down: "DROP TABLE good;"),
                Migration(
                    version: 2, name: "bad", up: "CREATE TABLE half (id integer); SELECT 1 / 0;", down: "SELECT 1;"),
            ]
            let runner = MigrationRunner(pool: database.pool, migrations: migrations)
            let error = await #expect(throws: StoreError.self) { try await runner.up() }
            guard case .schema(let words) = error else { return #expect(Bool(false), "\(String(describing: error))") }
            #expect(words.contains("0002_bad") && words.contains("22012"))
            #expect(try await runner.status().map(\.state) == [.applied, .pending])
            let half = try await database.pool.query("SELECT to_regclass('half') IS NULL AS gone").first?.bool("gone")
            #expect(half == true)
        }
    }

    @Test func `a file that was changed after it was applied is noticed, up and down`() async throws {
        try await withDatabase(migrated: false) { database in
            let first = Migration(version: 1, name: "one", up: "CREATE TABLE one ();", down: "DROP TABLE one;")
            try await MigrationRunner(pool: database.pool, migrations: [first]).up()
            let changed = Migration(version: 1, name: "one", up: first.up + " ", down: first.down)
            let second = Migration(version: 2, name: "two", up: "CREATE TABLE two ();", down: "DROP TABLE two;")
            let runner = MigrationRunner(pool: database.pool, migrations: [changed, second])
            #expect(try await runner.status().map(\.state) == [.changed, .pending])
            for attempt in [{ try await runner.up() }, { try await runner.down() }] {
                let error = await #expect(throws: StoreError.self) { _ = try await attempt() }
                guard case .schema(let words) = error else {
                    return #expect(Bool(false), "\(String(describing: error))")
                }
                #expect(words.contains("0001_one") && words.contains("checksum"))
            }
        }
    }

    @Test func `a migration of a newer program is shown, kept, and never guessed at`() async throws {
        try await withDatabase(migrated: false) { database in
            let first = Migration(version: 1, name: "one", up: "CREATE TABLE one ();", down: "DROP TABLE one;")
            let second = Migration(version: 2, name: "two", up: "CREATE TABLE two ();", down: "DROP TABLE two;")
            try await MigrationRunner(pool: database.pool, migrations: [first, second]).up()
            let old = MigrationRunner(pool: database.pool, migrations: [first])
            #expect(try await old.status().map(\.state) == [.applied, .unknown])
            #expect(try await old.up() == [])
            await #expect(throws: StoreError.self) { try await old.down() }
            #expect(try await old.status().count == 2)
        }
    }

    @Test func `numbers may leave some out, up and down`() async throws {
        try await withDatabase(migrated: false) { database in
            let first = Migration(version: 3, name: "one", up: "CREATE TABLE one ();", down: "DROP TABLE one;")
            let second = Migration(version: 9, name: "two", up: "CREATE TABLE two ();", down: "DROP TABLE two;")
            let runner = MigrationRunner(pool: database.pool, migrations: [first, second])
            await #expect(throws: StoreError.self) { try await runner.up(to: 5) }
            #expect(try await runner.up(to: 3) == [first])
            #expect(try await runner.up() == [second])
            #expect(try await runner.status().map(\.version) == [3, 9])
            #expect(try await runner.down(to: 0) == [second, first])
            let rest = try await database.pool.query("SELECT 1 WHERE to_regclass('schema_migrations') IS NOT NULL")
            #expect(rest.isEmpty)
        }
    }

    @Test func `a number that no migration has is refused`() async throws {
        try await withDatabase { database in
            let runner = MigrationRunner(pool: database.pool, migrations: try MigrationFiles.load(migrationsFolder))
            for number in [-1, Schema.requiredVersion + 1, .max] {
                await #expect(throws: StoreError.self) { try await runner.up(to: number) }
                await #expect(throws: StoreError.self) { try await runner.down(to: number) }
            }
        }
    }
}

@Suite struct `The schema that the program needs` {
    @Test func `is all the migrations`() throws {
        #expect(try MigrationFiles.load(migrationsFolder).map(\.version) == Schema.requiredVersions)
    }

    @Test func `is told from none, from one too old, and from a newer one`() async throws {
        try await withDatabase(migrated: false) { database in
            let migrations = try MigrationFiles.load(migrationsFolder)
            let runner = MigrationRunner(pool: database.pool, migrations: migrations)
            func refusal() async -> String? {
                do { try await Schema.check(database.pool) } catch {
                    guard case .schema(let words) = error else { return "\(error)" }
                    return words
                }
                return nil
            }
            #expect(await refusal()?.contains("Run `gatehouse migrate up`") == true)
            try await runner.up(to: 3)
            #expect(await refusal()?.contains("at migration 3") == true)
            try await runner.up()
            #expect(try await Schema.check(database.pool) == .current)
            let newer = Schema.requiredVersion + 1
            let next = Migration(version: newer, name: "next", up: "SELECT 1;", down: "SELECT 1;")
            try await MigrationRunner(pool: database.pool, migrations: migrations + [next]).up()
            #expect(try await Schema.check(database.pool) == .ahead(version: newer))
        }
    }

    @Test func `is named when a table is missing`() async throws {
        try await withDatabase(migrated: false) { database in
            let error = await #expect(throws: StoreError.self) { try await database.stores.plants.list() }
            guard case .schema(let words) = error else { return #expect(Bool(false), "\(String(describing: error))") }
            #expect(words.contains("gatehouse migrate up"))
        }
    }

    /// "A written data model kept with the schema": the marketing site's.
    @Test func `says in words what every table and column is`() async throws {
        try await withDatabase { database in
            let silent = try await database.pool.query(
                """
                SELECT c.relname || coalesce('.' || a.attname, '') AS thing
                FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                    AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL)
                """)
            #expect(try silent.map { try $0.text("thing") } == [])
        }
    }

    @Test func `uses timestamptz everywhere`() async throws {
        try await withDatabase { database in
            let others = try await database.pool.query(
                """
                SELECT table_name || '.' || column_name AS thing FROM information_schema.columns
                WHERE table_schema = 'public' AND data_type IN ('timestamp without time zone', 'date', 'time')
                """)
            #expect(try others.map { try $0.text("thing") } == [])
        }
    }
}
