import Foundation
import Policy

/// Turns a file and all that it includes into a snapshot, or into everything that is wrong with them.
package enum ConfigurationLoader {
    package struct Outcome: Sendable {
        /// Nil when there are errors.
        package let snapshot: Snapshot?
        /// Errors and warnings, in the order of the files.
        package let diagnostics: [Diagnostic]
        /// Every file and folder that this came from, absolute: watched, they tell when to load again.
        package let files: [String]

        package var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }
        package var warnings: [Diagnostic] { diagnostics.filter { $0.severity == .warning } }
    }

    /// Reads, compiles and tests the configuration in `file`. Never throws: whatever is wrong is in the outcome.
    package static func load(
        file: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Outcome {
        let diagnostics = Diagnostics()
        let path = path(of: file)
        let root = YAMLFile(name: file, environment: environment, diagnostics: diagnostics).read(path)
        let assembly = Assembly(diagnostics: diagnostics, environment: environment, path: path, name: file)
        return finish(root.flatMap(assembly.assemble), diagnostics)
    }

    /// The main file's path, absolute, as it stands in `Outcome.files`.
    package static func path(of file: String) -> String {
        file.hasPrefix("/") ? file : FileManager.default.currentDirectoryPath + "/" + file
    }

    /// The same for text, as if it stood in a file of this name in `folder`.
    package static func load(
        text: String, name: String = "gatehouse.yaml", folder: String = "/", environment: [String: String] = [:]
    ) -> Outcome {
        let diagnostics = Diagnostics()
        let root = YAMLFile(name: name, environment: environment, diagnostics: diagnostics).parse(text)
        let assembly = Assembly(
            diagnostics: diagnostics, environment: environment, path: folder + "/" + name, name: name)
        return finish(root.flatMap(assembly.assemble), diagnostics)
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
        return Outcome(snapshot: diagnostics.hasErrors ? nil : snapshot, diagnostics: sorted, files: diagnostics.files)
    }
}
