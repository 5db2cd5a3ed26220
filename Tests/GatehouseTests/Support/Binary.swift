import Foundation
import Testing

/// The built program, as a shell runs it.
enum Binary {
    /// Beside the test bundle, in whatever folder the build chose.
    static let path: String = {
        let candidates = CommandLine.arguments + [Scratch.link("/proc/self/exe")]
        for candidate in candidates where candidate.contains("/") {
            var folder = URL(filePath: candidate).deletingLastPathComponent()
            while folder.path().count > 1 {
                let program = folder.appending(path: "gatehouse").path()
                if isProgram(program) { return program }
                folder.deleteLastPathComponent()
            }
        }
        return "\(repository)/.build/debug/gatehouse"
    }()

    /// The folder with `Package.swift`.
    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path()

    private static func isProgram(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
            && FileManager.default.isExecutableFile(atPath: path)
    }

    /// What a command wrote, and how it ended.
    struct Outcome {
        let code: Int32
        let output: String
        let errors: String

        /// Standard output as JSON.
        var json: Any { get throws { try JSONSerialization.jsonObject(with: Data(output.utf8)) } }
        var object: [String: Any] { get throws { try #require(try json as? [String: Any]) } }
        var list: [[String: Any]] { get throws { try #require(try json as? [[String: Any]]) } }
    }

    /// Runs the program to its end.
    static func run(
        _ arguments: String..., input: String = "", environment: [String: String] = [:]
    ) async throws -> Outcome { try await run(arguments, input: input, environment: environment) }

    static func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) async throws -> Outcome {
        let child = try await Child.start([path] + arguments, input: input, environment: environment)
        let code = await child.exitCode
        return Outcome(code: code, output: child.outputText, errors: child.errorText)
    }
}

extension Scratch {
    /// Where a symbolic link leads.
    static func link(_ path: String) -> String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) ?? ""
    }
}
