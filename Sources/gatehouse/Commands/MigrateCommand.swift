import ArgumentParser
import Foundation
import Identity
import PostgreSQL
import Store

/// `gatehouse migrate …`: the database's schema.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "The database's schema: up, down, status.",
        subcommands: [Up.self, Down.self, Status.self])

    struct Options: ParsableArguments {
        @Option(help: "The folder with the migrations, where it is not found by itself.") var migrations: String?
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run(_ body: (MigrationRunner) async throws(StoreError) -> Void) async throws {
            let (configuration, _) = try database.settings()
            let database = try Database(configuration)
            do throws(StoreError) {
                let files = try MigrationFiles.load(try MigrationFiles.locate(given: migrations))
                try await body(MigrationRunner(pool: database.pool, migrations: files))
            } catch {
                await database.close()
                throw CommandFailure(error)
            }
            await database.close()
        }

        func report(_ done: [Migration], _ verb: String, none: String) throws {
            if output.json {
                try output.print(done.map { StepRecord(version: $0.version, name: $0.name) }, none: none)
            } else if done.isEmpty {
                print(none)
            } else {
                for migration in done { print("\(verb) \(migration.label)") }
            }
        }
    }

    struct Up: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Apply the migrations that are missing.")
        @Option(name: .customLong("to"), help: "Stop after this one.") var last: Int?
        @OptionGroup var options: Options

        func run() async throws {
            var done: [Migration] = []
            try await options.run { runner async throws(StoreError) in done = try await runner.up(to: last) }
            try options.report(done, "applied", none: "The schema is up to date.")
        }
    }

    struct Down: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take back the newest migration, or all after --to. The data in them is lost.")
        @Option(name: .customLong("to"), help: "Take back all after this one; 0 for all.") var last: Int?
        @OptionGroup var options: Options

        func run() async throws {
            var done: [Migration] = []
            try await options.run { runner async throws(StoreError) in done = try await runner.down(to: last) }
            try options.report(done, "took back", none: "There is nothing to take back.")
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show which migrations are applied.")
        @OptionGroup var options: Options

        func run() async throws {
            var standing: [MigrationStatus] = []
            try await options.run { runner async throws(StoreError) in standing = try await runner.status() }
            try options.output.print(standing.map(StatusRecord.init), none: "There are no migrations.")
        }
    }

    private struct StepRecord: Encodable, Tabular {
        let version: Int
        let name: String
        var cells: [(name: String, value: String)] { [("version", String(version)), ("name", name)] }
    }

    private struct StatusRecord: Encodable, Tabular {
        let version: Int
        let name: String
        let state: String
        let appliedAt: String?

        init(_ status: MigrationStatus) {
            version = status.version
            name = status.name
            state = status.state.rawValue
            appliedAt = status.appliedAt.map { $0.text }
        }

        var cells: [(name: String, value: String)] {
            [("version", String(version)), ("name", name), ("state", state), ("applied at", appliedAt ?? "")]
        }
    }
}
