import Foundation

/// Programs that stand on the other side of the gateway, from the tests' Python environment.
enum Peers {
    /// The path of a program of that environment.
    static func program(_ name: String) async throws -> String { try await "\(folder.value)/\(name)" }

    /// Runs a script of `Tests/Peers` to its end, and returns what it printed.
    static func run(
        _ script: String, _ arguments: String..., input: String = "", environment: [String: String] = [:]
    ) async throws -> String {
        let command = [try await program("python3"), "-W", "ignore", script] + arguments
        let child = try await Child.start(command, input: input, environment: environment)
        guard await child.exitCode == 0 else { throw FixtureError("\(script): \(child.errorText)") }
        return child.outputText
    }

    private static let folder = Task {
        let child = try await Child.start(["\(Binary.repository)deploy/development/venv.sh"])
        guard await child.exitCode == 0, let python = child.outputText.split(separator: "\n").last else {
            throw FixtureError("no Python environment: \(child.errorText)")
        }
        return URL(filePath: String(python)).deletingLastPathComponent().path()
    }
}
