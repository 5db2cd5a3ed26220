import Accounts
import ArgumentParser
import Configuration
import Identity

/// `gatehouse token …`: API tokens, for people's programs.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "API tokens: create, list, revoke.",
        subcommands: [Create.self, List.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an API token and print it: the only time that it can be seen.",
            discussion: """
                It opens what its user may do at the time of each request, or less: with --plant, roles in that plant \
                alone; with --max-role, at most that role; with either, no global roles. It is audited. Use it with: \
                curl --header "Authorization: Bearer TOKEN" …
                """)
        @Argument(help: "A username, email address or id.") var user: String
        @Option(help: "What it is for, 1 to 100 characters.") var name: String
        @Option(help: "The only plant where it holds a role, by code or id.") var plant: String?
        @Option(help: "The highest role that it holds: operator, supervisor, engineer or admin.") var maxRole: String?
        @Option(help: "How long it lasts, such as 12h or 90d. Without it: until revoked.") var expires: String?
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            var wish = APITokenWish(name: name, plant: plant)
            if let maxRole {
                guard let role = Role(maxRole) else {
                    throw CommandFailure.badInput(
                        "--max-role is operator, supervisor, engineer or admin, not \(maxRole).")
                }
                wish.roleMax = role
            }
            if let expires {
                guard let lifetime = Quantities.duration(expires), lifetime > .zero else {
                    throw CommandFailure.badInput("--expires is a duration such as 30m, 12h or 90d, not \(expires).")
                }
                wish.lifetime = lifetime
            }
            let wanted = wish
            try await database.withAccounts { environment in
                let created = try await CreateAPIToken(environment)(wanted, for: user, by: .commandLine)
                if output.json {
                    try output.print(TokenRecord(created.record, token: created.token.text))
                } else {
                    print(created.token.text)
                }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List a person's API tokens.")
        @Argument(help: "A username, email address or id.") var user: String
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await database.withAccounts { environment in
                let tokens = try await ListAPITokens(environment)(of: user)
                try output.print(tokens.map { TokenRecord($0) }, none: "\(user) has no API tokens.")
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End one API token.")
        @Argument(help: "The token's id, as list shows it.") var token: String
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            guard let id = APITokenID(token) else {
                throw CommandFailure.badInput(
                    "\(token) is not an API token's id; `gatehouse token list USER` shows them.")
            }
            try await database.withAccounts { environment in
                try await RevokeAPIToken(environment)(id, by: .commandLine)
                try output.confirm("The token is revoked.")
            }
        }
    }
}
