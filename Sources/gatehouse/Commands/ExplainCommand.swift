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
        usage: """
            gatehouse explain --config FILE [--user NAME | --anonymous] [--role PLANT=ROLE]… METHOD URL
            gatehouse explain --config FILE [--log FILE] ID
            """,
        discussion: """
            Nobody asks unless --user or --role says who. With --user alone, their roles come from the database; with \
            --role, they hold just these and no database is asked. It decides with the gateway's own code.

            With an ID, as a page that refuses shows it and as the access log holds it, it finds the request in the \
            log, tells what was decided then, and decides it again as things stand now.
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
    @Option(help: "The access log to look for ID in. Without it: the configuration's.") var log: String?
    @OptionGroup var output: OutputOptions
    @Argument(help: "METHOD and URL, like GET https://host/path; or the ID of a decision or a request.")
    var request: [String]

    func validate() throws {
        guard request.count == 2 || request.count == 1 && LoggedRequest.isID(request[0]) else {
            throw ValidationError(
                "What is asked is METHOD URL, like GET https://spc.example.com/plants/detroit, or the ID of a decision."
            )
        }
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
        if request.count == 1 {
            try await explainLogged(request[0], snapshot)
            return
        }
        guard let request = RequestLine(method: request[0], url: request[1]) else {
            throw CommandFailure.badInput(
                "What is asked is METHOD URL, like GET https://spc.example.com/plants/detroit")
        }
        let explanation = try await explain(
            (request.method, request.host, request.path), query: request.query, by: user, snapshot)
        if output.json { try output.print(value: explanation) } else { print(explanation) }
    }

    /// Decides a request of the access log again: by whoever made it, unless the options say otherwise.
    private func explainLogged(_ id: String, _ snapshot: Snapshot) async throws {
        var file = log
        if file == nil, case .file(let path) = snapshot.log.access { file = path }
        guard let file else {
            throw CommandFailure.badInput(
                "The configuration writes no access log to a file: say where it is with --log FILE.")
        }
        let logged = try LoggedRequest.find(id, in: file)
        guard let question = logged.question else {
            throw CommandFailure.failed(
                "The log does not hold the whole of that request: it was no request, or too long.")
        }
        let name = user ?? (anonymous || !roles.isEmpty ? nil : logged.userId)
        let explanation = try await explain(question, query: nil, by: name, snapshot)
        let report = LoggedExplanation(logged: logged, now: explanation)
        if output.json { try output.print(value: report) } else { print(report) }
    }

    /// Decides a request, and finds the row that gives the role when a database was asked for it.
    private func explain(
        _ question: (method: String, host: String, path: String), query: String?, by name: String?,
        _ snapshot: Snapshot
    ) async throws -> Explanation {
        var explanation = snapshot.routes.explain(
            method: question.method, host: question.host, path: question.path, query: query,
            principal: try await principal(named: name), session: nil, at: SystemClock().now())
        if let name, roles.isEmpty, var plant = explanation.plant {
            plant.grant = try await grant(of: name, in: plant.reference)
            explanation.plant = plant
        }
        return explanation
    }

    /// A decision of the past, and the same request as it would be decided now.
    private struct LoggedExplanation: Encodable, CustomStringConvertible {
        let logged: LoggedRequest
        let now: Explanation

        var description: String {
            let asked = "Asked \(logged.time ?? "at an unknown time") from \(logged.client ?? "an unknown address")"
            let by = logged.userId.map { " by the user \($0)" } ?? " by nobody who was signed in"
            return "\(asked)\(by), and decided: \(logged.verdict)\nAs things stand now:\n\(now)"
        }
    }

    /// The row that gives this person their role in the plant of the request, also one that has ended.
    private func grant(of user: String, in plant: String) async throws -> Explanation.Grant? {
        var options = DatabaseOptions()
        options.database = database
        options.config = config
        var found: RoleGrant?
        try await options.withAccounts { environment in
            found = try await ListRoles(environment)(user: user, by: .commandLine).first {
                $0.membership.plantCode.lowercased() == plant.lowercased()
                    || String($0.membership.plantID.value) == plant
            }
        }
        return found.map {
            Explanation.Grant(
                userId: $0.userID.description, plantId: $0.membership.plantID.value,
                role: $0.membership.role.description, expiresAt: $0.membership.expiresAt?.text,
                grantedBy: $0.grantedBy?.description)
        }
    }

    /// Who asks; nil is nobody.
    private func principal(named user: String?) async throws -> Principal? {
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
