import Accounts
import ArgumentParser
import Identity

/// `gatehouse user …`: people's accounts. USER is a username, email address or id everywhere.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "People: create, list, show, suspend, delete.",
        subcommands: [
            Create.self, List.self, Show.self, SetPasswordCommand.self, Suspend.self, Activate.self, Delete.self,
            Restore.self,
        ])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an account. The password is read from the terminal or standard input.")
        @Argument(help: "The name to sign in with, 3 to 50 characters.") var username: String
        @Option(help: "An email address, also good to sign in with.") var email: String?
        @Option(help: "The person's name.") var name: String?
        @Option(name: .customLong("role"), help: "A global role; may be repeated. Without one: user.")
        var roles: [String] = []
        @Option(help: "active or pending_verification.") var status: String = UserStatus.active.rawValue
        @Flag(help: "Make an account that cannot sign in with a password.") var noPassword = false
        @Flag(help: "Let the person change the password at the first sign-in.") var mustChange = false
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            guard let status = UserStatus(rawValue: status), status != .suspended else {
                throw CommandFailure.badInput("--status is active or pending_verification, not \(status).")
            }
            let password = noPassword ? nil : try PasswordInput.new()
            let account = NewAccount(
                username: username, email: email, name: name, password: password, mustChangePassword: mustChange,
                roles: roles.isEmpty ? ["user"] : roles, status: status)
            try await database.withAccounts { environment in
                try output.print(UserRecord(try await CreateUser(environment)(account, by: .commandLine)))
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List accounts.")
        @Flag(help: "Leave out those that cannot sign in.") var activeOnly = false
        @Option(help: "Pass over so many.") var offset = 0
        @Option(help: "Show at most so many.") var limit = 100
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard offset >= 0, limit >= 1, limit <= 10_000 else {
                throw ValidationError("--offset is 0 or more, --limit 1 to 10000.")
            }
        }

        func run() async throws {
            try await database.withAccounts { environment in
                let users = try await ListUsers(environment)(
                    activeOnly: activeOnly, offset: offset, limit: limit, by: .commandLine)
                try output.print(users.map(UserRecord.init), none: "There are no users yet.")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one account and its roles.")
        @Argument(help: "A username, email address or id.") var user: String
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await database.withAccounts { environment in
                var record = UserRecord(try await FindUser(environment)(user))
                record.plants = try await ListRoles(environment)(user: user, by: .commandLine).map(GrantRecord.init)
                try output.print(record)
            }
        }
    }

    struct SetPasswordCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-password", abstract: "Set a password, read like in create, and end all sessions.")
        @Argument(help: "A username, email address or id.") var user: String
        @Flag(help: "Let the person change it at the next sign-in.") var mustChange = false
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let password = try PasswordInput.new()
            try await database.withAccounts { environment in
                let ended = try await SetPassword(environment)(
                    password, for: user, mustChange: mustChange, by: .commandLine)
                try output.confirm("The password is set; \(ended) sessions ended.")
            }
        }
    }

    struct Suspend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep a person out until activated; end all sessions.")
        @Argument(help: "A username, email address or id.") var user: String
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await database.withAccounts { environment in
                try output.print(UserRecord(try await SuspendUser(environment)(user, by: .commandLine)))
            }
        }
    }

    struct Activate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a suspended or unverified person sign in.")
        @Argument(help: "A username, email address or id.") var user: String
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await database.withAccounts { environment in
                try output.print(UserRecord(try await ActivateUser(environment)(user, by: .commandLine)))
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete an account; `restore` brings it back.")
        @Argument(help: "A username, email address or id.") var user: String
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await database.withAccounts { environment in
                let deleted = try await DeleteUser(environment)(user, by: .commandLine)
                try output.confirm("Deleted \(deleted.username ?? deleted.email ?? deleted.id.description).")
            }
        }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Bring back a deleted account.")
        @Argument(help: "A username, email address or id.") var user: String
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await database.withAccounts { environment in
                try output.print(UserRecord(try await RestoreUser(environment)(user, by: .commandLine)))
            }
        }
    }
}
