import Foundation
import GatehouseTesting

/// A whole site: a database with people, an application, and the gateway before it.
struct Site {
    let gateway: Gateway
    let application: Application
    let shell: Shell

    /// One that all tests of this process share. Do not stop, suspend or reconfigure what others use.
    static var shared: Site { get async throws { try await one.value } }

    private static let one = Task {
        try await start(application: try await .demo(), database: try await People.database()) { _ in }
    }

    /// A site for one test, stopped after it.
    static func with<Result>(
        application: @autoclosure () async throws -> Application = try await .demo(), database: String? = nil,
        change: (inout Configuration) -> Void = { _ in }, _ body: (Site) async throws -> Result
    ) async throws -> Result {
        let url = if let database { database } else { try await People.database() }
        let site = try await start(application: try await application(), database: url, change)
        do {
            let result = try await body(site)
            await site.stop()
            return result
        } catch {
            await site.stop()
            throw error
        }
    }

    private static func start(
        application: Application, database: String, _ change: (inout Configuration) -> Void
    ) async throws -> Site {
        var configuration = Configuration(database: database, application: application.url)
        change(&configuration)
        let gateway = try await Gateway.start(configuration)
        return Site(gateway: gateway, application: application, shell: Shell(database: database))
    }

    private func stop() async {
        await gateway.child.stop()
        await application.child.stop()
    }

    /// A cookie's value for somebody, good on every host.
    func session(of user: String) async throws -> String {
        try await shell.run("session", "create", user).output.trimmingCharacters(in: .newlines)
    }

    /// A client that is signed in already.
    func client(as user: String) async throws -> Client { gateway.client(session: try await session(of: user)) }
}
