import ArgumentParser
import Configuration
import Foundation
import Policy

/// `gatehouse check`: everything that is wrong with a configuration, before it takes effect.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Validate a configuration and run its tests.",
        discussion: "Prints every problem as file:line:column and ends with 2 if there is an error.")

    @Option(help: "The configuration.") var config: String
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let outcome = ConfigurationLoader.load(file: config)
        let diagnostics =
            outcome.diagnostics
            + (outcome.snapshot.map {
                CertificateCheck.diagnostics($0) + MailOffice.diagnostics($0) + PortalLooks.diagnostics($0)
            } ?? [])
        if output.json {
            try output.print(diagnostics.map(DiagnosticRecord.init), none: "")
        } else {
            for diagnostic in diagnostics { print(diagnostic) }
        }
        guard !diagnostics.contains(where: { $0.severity == .error }), let snapshot = outcome.snapshot else {
            throw CommandFailure(code: 2, message: "")
        }
        if !output.json {
            print(
                "\(config) is in order: \(snapshot.routes.routes.count) routes, \(snapshot.tests.count) tests passed.")
        }
    }

    private struct DiagnosticRecord: Encodable, Tabular {
        let file: String
        let line: Int
        let column: Int
        let severity: String
        let found: String
        let allowed: String?
        let fix: String?

        init(_ diagnostic: Diagnostic) {
            file = diagnostic.location.file
            line = diagnostic.location.line
            column = diagnostic.location.column
            severity = diagnostic.severity.rawValue
            found = diagnostic.found
            allowed = diagnostic.allowed
            fix = diagnostic.fix
        }

        var cells: [(name: String, value: String)] { [("problem", found)] }
    }
}
