import Accounts
import ArgumentParser
import Configuration
import Foundation
import PostgreSQL

/// Which database a command works on.
struct DatabaseOptions: ParsableArguments {
    @Option(help: "PostgreSQL, as postgresql://… . Without it: GATEHOUSE_DATABASE_URL, else the configuration's.")
    var database: String?

    @Option(help: "A configuration, for its database and password rules.")
    var config: String?

    /// The database and the rules for accounts: `--database`, `GATEHOUSE_DATABASE_URL` or the configuration, in that
    /// order.
    func settings() throws -> (PostgresConfiguration, AccountsSettings) {
        var accounts = AccountsSettings()
        var configured: String?
        if let config {
            let outcome = ConfigurationLoader.load(file: config)
            guard let snapshot = outcome.snapshot else {
                for diagnostic in outcome.errors { FileHandle.standardError.write(Data("\(diagnostic)\n".utf8)) }
                throw CommandFailure.badInput("The configuration \(config) has errors.")
            }
            accounts = AccountsSettings(snapshot)
            configured = snapshot.database.url
        }
        let environment = ProcessInfo.processInfo.environment["GATEHOUSE_DATABASE_URL"].flatMap {
            $0.isEmpty ? nil : $0
        }
        guard let url = database ?? environment ?? configured else {
            throw CommandFailure.badInput(
                "No database is named. Use --database postgresql://…, GATEHOUSE_DATABASE_URL or --config FILE.")
        }
        return (PostgresConfiguration(url: url, connections: 4), accounts)
    }

    /// Runs a command's work on accounts, with the schema checked first and errors put into sentences.
    func withAccounts(_ body: (AccountsEnvironment) async throws -> Void) async throws {
        let (configuration, settings) = try settings()
        let database = try Database(configuration)
        do {
            try await database.requireSchema()
            try await body(database.environment(settings: settings))
        } catch {
            await database.close()
            throw (error as? AccountsError).map { CommandFailure($0) } ?? error
        }
        await database.close()
    }
}

extension AccountsSettings {
    /// The sections `sessions` and `accounts` of a configuration.
    init(_ snapshot: Snapshot) {
        self.init(
            sessionIdle: snapshot.sessions.idle, sessionLifetime: snapshot.sessions.lifetime,
            sessionRemembered: snapshot.sessions.remembered, sessionRotation: snapshot.sessions.rotation,
            sessionsPerUserMax: snapshot.sessions.perUserMax, passwordLengthMin: snapshot.accounts.passwordLengthMin,
            breachedPasswords: snapshot.accounts.breachedPasswords, people: PeopleSettings(snapshot.accounts))
        if let name = snapshot.portal.name { people.siteName = name }
    }
}

extension PeopleSettings {
    /// The section `accounts` of a configuration. What the site is called follows from its host.
    fileprivate init(_ settings: AccountSettings) {
        self.init(
            isOn: settings.isOn, registration: Registration(rawValue: settings.registration.rawValue) ?? .closed,
            verifyEmail: EmailVerification(rawValue: settings.verifyEmail.rawValue) ?? .required,
            publicURL: settings.publicURL, siteName: String(settings.publicURL.dropFirst("https://".count)))
    }
}
