import Accounts
import ArgumentParser
import Identity

/// `gatehouse role …`: who holds which role in which plant.
struct RoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "role", abstract: "Roles in plants: grant, revoke, list.",
        subcommands: [Grant.self, Revoke.self, List.self])

    struct Grant: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a person hold a role in a plant, in place of the one they held there.")
        @Argument(help: "A username, email address or id.") var user: String
        @Argument(help: "A plant's code or id.") var plant: String
        @Argument(help: "operator, supervisor, engineer or admin.") var role: String
        @Option(help: "When the grant ends, as 2030-01-31 or 2030-01-31T18:00:00Z.") var until: String?
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            guard let rung = Role(role) else {
                throw CommandFailure.badInput(
                    "\(role) is no role in a plant; these are: \(Role.allCases.map(\.description).joined(separator: ", "))."
                )
            }
            let end = try until.map { text in
                guard let end = Timestamp(text: text) else {
                    throw CommandFailure.badInput(
                        "--until is a date like 2030-01-31 or 2030-01-31T18:00:00Z, not \(text).")
                }
                return end
            }
            try await database.withAccounts { environment in
                try await GrantRole(environment)(rung, to: user, in: plant, until: end, by: .commandLine)
                let grants = try await ListRoles(environment)(user: user, plant: plant, by: .commandLine)
                guard let grant = grants.first else { throw CommandFailure.failed("The grant was revoked meanwhile.") }
                try output.print(GrantRecord(grant))
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take away the role that a person holds in a plant.")
        @Argument(help: "A username, email address or id.") var user: String
        @Argument(help: "A plant's code or id.") var plant: String
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await database.withAccounts { environment in
                try await RevokeRole(environment)(from: user, in: plant, by: .commandLine)
                try output.confirm("\(user) holds no role in \(plant) any more.")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List who holds what, of one user, one plant or all.")
        @Option(help: "A username, email address or id.") var user: String?
        @Option(help: "A plant's code or id.") var plant: String?
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await database.withAccounts { environment in
                let grants = try await ListRoles(environment)(user: user, plant: plant, by: .commandLine)
                try output.print(grants.map(GrantRecord.init), none: "Nobody holds a role here.")
            }
        }
    }
}
