import ArgumentParser

/// The command line. Each verb is a file in `Commands`; what they share is put together in `Composition`.
@main
struct Gatehouse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatehouse",
        abstract: "A multi-tenant auth gateway: who is asking, and what may they do in this plant?",
        version: version,
        subcommands: [
            ServeCommand.self, CheckCommand.self, ExplainCommand.self, DiffCommand.self, MigrateCommand.self,
            UserCommand.self,
            PlantCommand.self, RoleCommand.self, SessionCommand.self, TokenCommand.self, HashPasswordCommand.self,
            SchemaCommand.self,
            DemoAppCommand.self,
        ])

    static let version = "0.1.0"

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            failure.report()
            exit(withError: ExitCode(failure.code))
        } catch {
            exit(withError: error)
        }
    }
}
