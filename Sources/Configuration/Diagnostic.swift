/// One thing to say about a configuration: where, what was found, what is allowed, how to mend it.
package struct Diagnostic: Sendable, Hashable {
    package enum Severity: String, Sendable, Hashable {
        case error
        /// Taken note of, and the configuration works without it.
        case warning
    }

    package let location: SourceLocation
    package let severity: Severity
    package let found: String
    package let allowed: String?
    package let fix: String?

    package init(
        _ location: SourceLocation, _ severity: Severity = .error, found: String, allowed: String? = nil,
        fix: String? = nil
    ) {
        self.location = location
        self.severity = severity
        self.found = found
        self.allowed = allowed
        self.fix = fix
    }
}

extension Diagnostic: CustomStringConvertible {
    /// `file:line:column: severity: found; allowed; fix`, as editors and terminals jump to.
    package var description: String {
        "\(location): \(severity.rawValue): " + [found, allowed, fix].compactMap { $0 }.joined(separator: "; ")
    }
}

/// A place in a file, counted from 1.
package struct SourceLocation: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let file: String
    package let line: Int
    package let column: Int

    package init(file: String, line: Int = 1, column: Int = 1) {
        self.file = file
        self.line = line
        self.column = column
    }

    package static func < (left: SourceLocation, right: SourceLocation) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }

    package var description: String { "\(file):\(line):\(column)" }
}

/// Everything that is wrong, collected in one go: nobody should have to mend one thing to hear of the next.
final class Diagnostics {
    private(set) var all: [Diagnostic] = []
    /// The files that were read on the way, or should have been, and the folders that patterns were looked up in: what
    /// must change for the outcome to change.
    private(set) var files: [String] = []

    var hasErrors: Bool { all.contains { $0.severity == .error } }

    func error(_ node: Node, _ found: String, allowed: String? = nil, fix: String? = nil) {
        all.append(Diagnostic(node.location, found: found, allowed: allowed, fix: fix))
    }

    func warning(_ node: Node, _ found: String, fix: String? = nil) {
        all.append(Diagnostic(node.location, .warning, found: found, fix: fix))
    }

    func note(file: String) { files.append(file) }

    func add(_ diagnostic: Diagnostic) { all.append(diagnostic) }
}
