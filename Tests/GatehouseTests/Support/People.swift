import GatehouseTesting

/// A migrated database with plants and people: what every gateway under test knows.
///
/// olivia is an operator in detroit; erin an engineer in detroit and a supervisor in lyon; nora holds nothing.
enum People {
    static let password = "a pass phrase for tests"

    /// A database like it, for one test alone.
    static func database() async throws -> String {
        let server = try await PrivatePostgres.shared()
        return try await server.createDatabase(cloning: try await template.value)
    }

    private static let template = Task {
        let server = try await PrivatePostgres.shared()
        let url = try await server.createDatabase()
        try await fill(url)
        return url.split(separator: "/").dropFirst().first.map { String($0.prefix { $0 != "?" }) }
    }

    /// Migrates an empty database and adds the plants and the people.
    static func fill(_ url: String) async throws {
        try await must("migrate", "up", "--database", url)
        try await must("plant", "create", "detroit", "--name", "Detroit Assembly", "--database", url)
        try await must("plant", "create", "lyon", "--name", "Usine de Lyon", "--database", url)
        for (username, name) in [("olivia", "Olivia Operator"), ("erin", "Erin Engineer"), ("nora", "Nora Newcomer")] {
            try await must(
                "user", "create", username, "--email", "\(username)@example.com", "--name", name, "--database", url,
                input: "\(password)\n")
        }
        for (username, plant, role) in [
            ("olivia", "detroit", "operator"), ("erin", "detroit", "engineer"), ("erin", "lyon", "supervisor"),
        ] { try await must("role", "grant", username, plant, role, "--database", url) }
    }

    private static func must(_ arguments: String..., input: String = "") async throws {
        let outcome = try await Binary.run(arguments, input: input)
        guard outcome.code == 0 else { throw FixtureError("\(arguments): \(outcome.errors)") }
    }
}
