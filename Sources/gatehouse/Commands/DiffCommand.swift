import Accounts
import ArgumentParser
import Configuration
import Foundation
import Identity

/// `gatehouse diff`: what a changed configuration would change.
struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Say what changes from one configuration to another.",
        discussion: """
            Routes and upstreams that were added, removed or changed, and the requests of their tests that are decided \
            differently. With --database, who gains or loses which route in which plant. With --log, which of the logged \
            requests would be decided differently; whoever they name is looked up, as they are today.
            """)

    @Argument(help: "The configuration as it is.") var old: String
    @Argument(help: "The configuration as it shall be.") var new: String
    @Flag(help: "Also ask the database who gains or loses what.") var database = false
    @Option(help: "PostgreSQL for --database and --log. Without it: GATEHOUSE_DATABASE_URL, else NEW's.")
    var databaseUrl: String?
    @Option(help: "An access log, whose requests are decided again.") var log: String?
    @Flag(help: "End with 1 if anything changes.") var exitCode = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let former = try snapshot(old)
        let changed = try snapshot(new)
        let difference = SnapshotDifference(from: former, to: changed)
        var access: [AccessDifference.Entry]?
        var replay: LogReplay.Outcome?
        if database || log != nil {
            var options = DatabaseOptions()
            options.database = databaseUrl
            options.config = new
            try await options.withAccounts { environment in
                if database { access = try await self.access(from: former, to: changed, environment) }
                if let log {
                    replay = try await LogReplay(old: former.routes, new: changed.routes).run(log) { id in
                        try await environment.roles.principal(of: id)
                    }
                }
            }
        }
        let report = Report(configuration: difference, access: access, log: replay)
        if output.json { try output.print(value: report) } else { print(report) }
        if exitCode, !report.isEmpty { throw CommandFailure(code: 1, message: "") }
    }

    private func snapshot(_ file: String) throws -> Snapshot {
        let outcome = ConfigurationLoader.load(file: file)
        // A test of the new one that fails is told like every other error.
        guard let snapshot = outcome.snapshot else {
            for diagnostic in outcome.errors { FileHandle.standardError.write(Data("\(diagnostic)\n".utf8)) }
            throw CommandFailure.badInput("The configuration \(file) has errors.")
        }
        return snapshot
    }

    /// Everybody who gains or loses something, after whoever is not signed in.
    private func access(
        from old: Snapshot, to new: Snapshot, _ environment: AccountsEnvironment
    ) async throws -> [AccessDifference.Entry] {
        let plants = try await environment.plants.list().map(\.code)
        let difference = AccessDifference(from: old, to: new, plants: plants)
        guard !difference.isEmpty else { return [] }
        var entries = difference.entries(for: nil)
        let grants = Dictionary(grouping: try await environment.roles.list(user: nil, plant: nil), by: \.userID)
        var offset = 0
        while true {
            let users = try await environment.users.list(activeOnly: true, offset: offset, limit: Self.usersAtOnce)
            for user in users {
                let principal = Principal(
                    userID: user.id, username: user.username, email: user.email, name: user.name,
                    globalRoles: user.roles, memberships: (grants[user.id] ?? []).map(\.membership))
                entries += difference.entries(for: principal)
            }
            offset += users.count
            if users.count < Self.usersAtOnce { return entries }
        }
    }

    private static let usersAtOnce = 1000

    /// All that was found.
    private struct Report: Encodable, CustomStringConvertible {
        let configuration: SnapshotDifference
        let access: [AccessDifference.Entry]?
        let log: LogReplay.Outcome?

        var isEmpty: Bool {
            configuration.isEmpty && access?.isEmpty != false && log?.changed.isEmpty != false
        }

        /// Lines for people, each with its sign: + new, - gone, ~ changed.
        var description: String {
            var lines: [String] = []
            for (kind, group) in [("route", configuration.routes), ("upstream", configuration.upstreams)] {
                lines += group.added.map { "+ \(kind) \($0.name): \($0.summary)" }
                lines += group.removed.map { "- \(kind) \($0.name): \($0.summary)" }
                for change in group.changed {
                    lines += change.aspects.map { "~ \(kind) \(change.name): \($0.name) \($0.old) -> \($0.new)" }
                }
            }
            lines += configuration.tests.map { "~ test \"\($0.test)\" (\($0.request)): \($0.old) -> \($0.new)" }
            for entry in access ?? [] {
                let place = "\(entry.route)\(entry.plant.map { " in \($0)" } ?? "")"
                if !entry.gained.isEmpty {
                    lines.append("+ \(entry.user) gains \(place): \(entry.gained.joined(separator: " "))")
                }
                if !entry.lost.isEmpty {
                    lines.append("- \(entry.user) loses \(place): \(entry.lost.joined(separator: " "))")
                }
            }
            if let log {
                lines += log.changed.map { "~ \($0.count) × \($0.request) by \($0.user): \($0.old) -> \($0.new)" }
                lines.append("\(log.requests) logged requests decided again, \(log.skipped) lines passed over.")
            }
            return lines.isEmpty ? "Nothing changes." : lines.joined(separator: "\n")
        }
    }
}
