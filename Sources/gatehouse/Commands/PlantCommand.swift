import Accounts
import ArgumentParser
import Identity

/// `gatehouse plant …`: the tenants. PLANT is a code or id everywhere.
struct PlantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plant", abstract: "Plants: create, list, rename, delete.",
        subcommands: [Create.self, List.self, Rename.self, Delete.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a plant.")
        @Argument(help: "What URLs and headers call it.") var code: String
        @Option(help: "What people call it. Without it: the code.") var name: String?
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await database.withAccounts { environment in
                try output.print(
                    PlantRecord(try await CreatePlant(environment)(code: code, name: name, by: .commandLine)))
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all plants.")
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await database.withAccounts { environment in
                try output.print(
                    try await ListPlants(environment)().map(PlantRecord.init), none: "There are no plants yet.")
            }
        }
    }

    struct Rename: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give a plant another code. Its id stays.")
        @Argument(help: "A code or id.") var plant: String
        @Argument(help: "The new code.") var code: String
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await database.withAccounts { environment in
                try output.print(PlantRecord(try await RenamePlant(environment)(plant, to: code, by: .commandLine)))
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a plant and all roles in it.")
        @Argument(help: "A code or id.") var plant: String
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await database.withAccounts { environment in
                let deleted = try await DeletePlant(environment)(plant, by: .commandLine)
                try output.confirm("Deleted \(deleted.code) and every role in it.")
            }
        }
    }
}
