import Foundation
import Policy

/// Turns a file and all that it includes into a snapshot, or into everything that is wrong with them.
package enum ConfigurationLoader {
    package struct Outcome: Sendable {
        /// Nil when there are errors.
        package let snapshot: Snapshot?
        /// Errors and warnings, in the order of the files.
        package let diagnostics: [Diagnostic]

        package var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }
        package var warnings: [Diagnostic] { diagnostics.filter { $0.severity == .warning } }
    }

    /// Reads, compiles and tests the configuration in `file`. Never throws: whatever is wrong is in the outcome.
    package static func load(
        file: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Outcome {
        let diagnostics = Diagnostics()
        let absolute = file.hasPrefix("/") ? file : FileManager.default.currentDirectoryPath + "/" + file
        let folder = URL(filePath: absolute).deletingLastPathComponent().path(percentEncoded: false)
        let source = YAMLFile(name: file, environment: environment, diagnostics: diagnostics)
        var snapshot: Snapshot?
        if let root = source.read(absolute) {
            snapshot = Assembly(diagnostics: diagnostics, environment: environment, folder: trimmed(folder))
                .assemble(root)
        }
        return finish(snapshot, diagnostics)
    }

    /// The same for text: includes and files are relative to `folder`.
    package static func load(
        text: String, name: String = "gatehouse.yaml", folder: String = "/", environment: [String: String] = [:]
    ) -> Outcome {
        let diagnostics = Diagnostics()
        let source = YAMLFile(name: name, environment: environment, diagnostics: diagnostics)
        var snapshot: Snapshot?
        if let root = source.parse(text) {
            snapshot = Assembly(diagnostics: diagnostics, environment: environment, folder: trimmed(folder))
                .assemble(root)
        }
        return finish(snapshot, diagnostics)
    }

    private static func finish(_ snapshot: Snapshot?, _ diagnostics: Diagnostics) -> Outcome {
        if let snapshot, !diagnostics.hasErrors {
            for test in snapshot.tests {
                guard let failure = test.failure(in: snapshot.routes) else { continue }
                diagnostics.add(Diagnostic(test.location, found: "the test \"\(test.name)\" fails: \(failure)"))
            }
        }
        let sorted = diagnostics.all.enumerated().sorted {
            ($0.element.location, $0.offset) < ($1.element.location, $1.offset)
        }.map(\.element)
        return Outcome(snapshot: diagnostics.hasErrors ? nil : snapshot, diagnostics: sorted)
    }

    private static func trimmed(_ folder: String) -> String {
        folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    }
}
