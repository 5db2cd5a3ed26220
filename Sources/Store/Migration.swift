package import Identity

/// One step of the schema, with its way back.
package struct Migration: Sendable, Hashable {
    /// Its number, by which steps are ordered. Some may be left out.
    package let version: Int
    /// What it does, such as `create_users`.
    package let name: String
    /// The SQL that takes the step.
    package let up: String
    /// The SQL that takes it back.
    package let down: String

    package init(version: Int, name: String, up: String, down: String) {
        self.version = version
        self.name = name
        self.up = up
        self.down = down
    }

    /// The beginning of its files' names: `0001_create_users`.
    package var label: String { Self.label(version: version, name: name) }

    static func label(version: Int, name: String) -> String {
        let digits = String(version)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "_" + name
    }
}

/// Where one migration stands in a database.
package struct MigrationStatus: Sendable, Hashable {
    package enum State: String, Sendable, Hashable {
        case applied
        case pending
        /// Applied, but its file has changed since.
        case changed
        /// Applied, but there is no file: a newer program did it.
        case unknown
    }

    package let version: Int
    package let name: String
    package let state: State
    /// Nil for a pending one.
    package let appliedAt: Timestamp?
}
