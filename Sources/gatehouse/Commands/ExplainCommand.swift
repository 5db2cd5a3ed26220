import Accounts
import ArgumentParser
import Configuration
import Foundation
import Identity
import Policy

/// `gatehouse explain`: which route, which plant, why allowed or denied.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say how a request would be decided, and why.",
        discussion: """
            Nobody asks unless --user or --role says who. With --user alone, their roles come from the database; with \
            --role, they hold just these and no database is asked. It decides with the gateway's own code.
            """)

    @Option(help: "The configuration.") var config: String
    @Option(help: "Who asks: a username, email address or id.") var user: String?
    @Flag(help: "Nobody asks.") var anonymous = false
    @Option(
        name: .customLong("role"), parsing: .singleValue,
        help: "A role that they hold, as PLANT=ROLE, or a global role; may be repeated.")
    var roles: [String] = []
    @Option(help: "PostgreSQL, as postgresql://… . Without it: GATEHOUSE_DATABASE_URL, else the configuration's.")
    var database: String?
    @OptionGroup var output: OutputOptions
    @Argument(help: "GET, POST, …") var method: String
    @Argument(help: "https://host/path") var url: String

    func validate() throws {
        if anonymous, user != nil || !roles.isEmpty {
            throw ValidationError("--anonymous goes with neither --user nor --role.")
        }
    }

    func run() async throws {
        let outcome = ConfigurationLoader.load(file: config)
        guard let snapshot = outcome.snapshot else {
            for diagnostic in outcome.errors { FileHandle.standardError.write(Data("\(diagnostic)\n".utf8)) }
            throw CommandFailure.badInput("The configuration \(config) has errors.")
        }
        guard let request = RequestLine(method: method, url: url) else {
            throw CommandFailure.badInput(
                "What is asked is METHOD URL, like GET https://spc.example.com/plants/detroit")
        }
        let explanation = snapshot.routes.explain(
            method: request.method, host: request.host, path: request.path, query: request.query,
            principal: try await principal(), session: nil, at: SystemClock().now())
        if output.json { try output.print(value: explanation) } else { print(explanation) }
    }

    /// Who asks; nil is nobody.
    private func principal() async throws -> Principal? {
        if !roles.isEmpty { return try hypothetical() }
        guard let user else { return nil }
        var options = DatabaseOptions()
        options.database = database
        options.config = config
        var found: Principal?
        try await options.withAccounts { environment in
            let id = try await FindUser(environment)(user).id
            found = try await environment.roles.principal(of: id)
        }
        guard let found else { throw CommandFailure.failed("\(user) is not active, so nobody can act as them.") }
        return found
    }

    /// Somebody who holds just what `--role` says.
    private func hypothetical() throws -> Principal {
        var memberships: [PlantMembership] = []
        var globalRoles: [String] = []
        for (index, text) in roles.enumerated() {
            guard let equals = text.firstIndex(of: "=") else {
                globalRoles.append(text)
                continue
            }
            let plant = String(text[..<equals])
            guard let role = Role(text[text.index(after: equals)...]), !plant.isEmpty else {
                let names = Role.allCases.map(\.description).joined(separator: ", ")
                throw CommandFailure.badInput(
                    "--role is PLANT=ROLE with one of \(names), or a global role; not \(text).")
            }
            memberships.append(
                PlantMembership(
                    plantID: PlantID(Int32(plant) ?? Int32(1_000_000_000 + index)), plantCode: plant, plantName: plant,
                    role: role))
        }
        return Principal(
            userID: UserID(UUID128(high: 0, low: 1)), username: user ?? "somebody", email: nil, name: nil,
            globalRoles: globalRoles, memberships: memberships)
    }
}
