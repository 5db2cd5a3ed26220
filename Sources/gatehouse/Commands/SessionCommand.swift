import Accounts
import ArgumentParser
import Identity

/// `gatehouse session …`: who is signed in.
struct SessionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "Sessions: list, revoke, create for load tests.",
        subcommands: [List.self, Revoke.self, RevokeAll.self, Create.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List a person's sessions.")
        @Argument(help: "A username, email address or id.") var user: String
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await database.withAccounts { environment in
                let sessions = try await ListSessions(environment)(of: user, by: .commandLine)
                try output.print(sessions.map(SessionRecord.init), none: "\(user) has no sessions.")
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End one session.")
        @Argument(help: "The session's id, as list shows it.") var session: String
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            guard let id = SessionID(session) else {
                throw CommandFailure.badInput(
                    "\(session) is not a session's id; `gatehouse session list USER` shows them.")
            }
            try await database.withAccounts { environment in
                try await RevokeSession(environment)(id, by: .commandLine)
                try output.confirm("The session has ended.")
            }
        }
    }

    struct RevokeAll: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke-all", abstract: "End all sessions of a person.")
        @Argument(help: "A username, email address or id.") var user: String
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await database.withAccounts { environment in
                let ended = try await RevokeAllSessions(environment)(of: user, by: .commandLine)
                try output.confirm("\(ended) sessions ended.")
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make sessions and print their cookie values, one a line, good on every host.",
            discussion: """
                For load tests and debugging. Each line is as good as a password until the session ends: keep it out of \
                logs. It is audited. Use one with: curl --cookie __Host-gatehouse=VALUE …
                """)
        @Argument(help: "A username, email address or id.") var user: String
        @Option(help: "How many.") var count = 1
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await database.withAccounts { environment in
                let tokens = try await CreateSession(environment)(for: user, count: count, by: .commandLine)
                if output.json {
                    try output.print(tokens.map { CookieRecord(cookie: $0.text) }, none: "")
                } else {
                    for token in tokens { print(token.text) }
                }
            }
        }

        private struct CookieRecord: Encodable, Tabular {
            let cookie: String
            var cells: [(name: String, value: String)] { [("cookie", cookie)] }
        }
    }
}
