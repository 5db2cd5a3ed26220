import EventLoop
import Foundation
import GatehouseTesting
import Identity
import PostgreSQL
import Store

/// The folder of the migrations in the source tree.
let migrationsFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Migrations").path()

/// A database of one test on the shared private server, and a pool to it.
struct TestDatabase {
    let name: String
    let pool: PostgresPool
    var stores: PostgresStores { PostgresStores(pool: pool) }

    /// The loop on which all pools of this test process run.
    private static let loop: Result<EventLoop, any Error> = Result {
        let loop = try EventLoop(name: "store-tests")
        try loop.start()
        return loop
    }

    /// A database with the whole schema, made once and then copied for each test.
    private static let template = Task.detached {
        let database = try await empty()
        try await MigrationRunner(pool: database.pool, migrations: MigrationFiles.load(migrationsFolder)).up()
        await database.pool.close()
        return database.name
    }
    /// Two copies of one template cannot be made at once.
    private static let copying = AsyncMutex()

    static func empty() async throws -> TestDatabase { try await make(cloning: nil) }

    static func migrated() async throws -> TestDatabase { try await make(cloning: template.value) }

    private static func make(cloning template: String?) async throws -> TestDatabase {
        let server = try await PrivatePostgres.shared()
        let url = try await copying.withLock { try await server.createDatabase(cloning: template) }
        let name = url.dropFirst("postgresql:///".count).prefix { $0 != "?" }
        let configuration = PostgresConfiguration(url: url, connections: 6, queryTimeout: .seconds(60))
        return TestDatabase(
            name: String(name), pool: try PostgresPool(configuration: configuration, loop: loop.get()))
    }

    /// The schema as pg_dump shows it, without the lines that differ from run to run.
    func dump() async throws -> String {
        let server = try await PrivatePostgres.shared()
        let text = try await server.dumpSchema(database: name)
        return text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("\\restrict") && !$0.hasPrefix("\\unrestrict") }.joined(separator: "\n")
    }

    func close() async { await pool.close() }
}

/// Runs `body` with a database of its own, and closes the pool afterwards.
func withDatabase<Answer>(
    migrated: Bool = true, _ body: (TestDatabase) async throws -> Answer
) async throws -> Answer {
    let database = try await migrated ? TestDatabase.migrated() : TestDatabase.empty()
    do {
        let answer = try await body(database)
        await database.close()
        return answer
    } catch {
        await database.close()
        throw error
    }
}

/// Lets one in at a time.
private actor AsyncMutex {
    private var isHeld = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func withLock<Answer: Sendable>(_ body: @Sendable () async throws -> Answer) async throws -> Answer {
        if isHeld { await withCheckedContinuation { waiting.append($0) } }
        isHeld = true
        defer {
            if waiting.isEmpty { isHeld = false } else { waiting.removeFirst().resume() }
        }
        return try await body()
    }
}
