import Accounts
import Configuration
import EventLoop
import Foundation
import Identity
import Logging
import Mail
import PasswordHashing
import Policy
import Portal
import PostgreSQL
import Proxy
import Store
import Telemetry

/// A running gateway: everything wired together, from the database to the listeners.
final class Serving: Sendable {
    private let reporting: Reporting
    private let database: Database
    private let gateway: Gateway
    private let sessions: InvalidatingSessionStore
    private let drain: Duration
    private let reloads: ReloadState
    private let responder: PortalResponder
    private let rotation: CookieRotation
    private let rotationGrace: RotationGrace
    /// The use cases' environment for the settings of a snapshot.
    private let accounts: @Sendable (Snapshot) -> AccountsEnvironment
    private let chores: Task<Void, Never>
    private let mail: MailRounds
    private let feed: RevocationFeed
    private let assertions: AssertionOffice

    private var logger: Logger { reporting.logger }

    /// Starts to serve. Throws, with what to do about it, if anything is amiss.
    ///
    /// - Parameter inherited: sockets that listen already.
    init(
        _ snapshot: Snapshot, databaseURL: String?, inherited: [ListeningSocket] = [], reporting: Reporting
    ) async throws {
        self.reporting = reporting
        drain = snapshot.drain
        let settings = snapshot.database
        let rotationGrace = RotationGrace(snapshot.sessions.rotationGrace)
        self.rotationGrace = rotationGrace
        let database = try Database(
            PostgresConfiguration(
                url: databaseURL ?? settings.url, connections: settings.connections,
                connectTimeout: settings.connectTimeout, queryTimeout: settings.queryTimeout),
            rotationGrace: rotationGrace)
        self.database = database
        try await database.requireSchema()
        let office = try Serving.office(snapshot)
        let mail = MailRounds(database, reporting.logger)
        self.mail = mail
        let feed = RevocationFeed(database, reporting.logger)
        self.feed = feed
        let assertions = AssertionOffice(database, reporting.logger)
        self.assertions = assertions
        assertions.replace(try await assertions.prepare(snapshot.assertion))

        let sessions = InvalidatingSessionStore(database.stores.sessions)
        self.sessions = sessions
        let hasher = PasswordHasher(
            threads: snapshot.accounts.hashingThreads, queueMax: snapshot.accounts.hashingQueueMax)
        let logins = LoginCounters(outcomes: SignInOutcome.allCases.map(\.rawValue))
        let logger = reporting.logger
        accounts = { snapshot in
            database.environment(
                settings: AccountsSettings(snapshot), hashing: hasher, sessions: sessions,
                signInEnded: { logins.count($0.rawValue) },
                leftUndone: { what, error in
                    logger.warning("\(what)", metadata: ["problem": "\(error.detail)"])
                })
        }
        let reloads = ReloadState()
        self.reloads = reloads
        let responder = PortalResponder(try Serving.portal(snapshot, accounts(snapshot), logger))
        self.responder = responder
        let rotation = CookieRotation(accounts(snapshot), logger)
        self.rotation = rotation
        var environment = Gateway.Environment(
            sessions: database.stores.sessions, responder: GatewayPages(assertions.issuer, responder),
            assertions: assertions.issuer,
            recordUses: { await Serving.record($0, in: sessions, logger) },
            rotate: { await rotation($0, $1) },
            gatewayMetrics: {
                var metrics = GatewayMetrics(
                    configurationReloaded: reloads.lastSucceeded, logins: logins.snapshot,
                    passwordQueueDepth: hasher.queueDepth)
                metrics.mail = mail.metrics
                metrics.feed = feed.metrics
                return metrics
            },
            unreadiness: { await Serving.unreadiness(database) }, accessLog: reporting.access)
        environment.inherited = inherited
        environment.logger = reporting.logger
        do throws(GatewayError) {
            gateway = try await Gateway.start(snapshot, environment)
        } catch {
            await assertions.stop()
            await database.close()
            throw CommandFailure.failed("\(error)")
        }
        sessions.attach(gateway)
        feed.start(gateway, staleness: settings.staleness)
        chores = Task { await Serving.sweep(database, logger) }
        mail.replace(office)
        for (listener, address) in zip(snapshot.listeners, gateway.addresses) {
            logger.notice("listening", metadata: ["address": "\(address)", "for": "\(listener.purpose.name)"])
        }
    }

    // MARK: While it runs

    /// Serves the certificates that the configuration's files hold by now.
    func reloadCertificates(of snapshot: Snapshot) async {
        do throws(GatewayError) {
            try await gateway.replaceSnapshot(snapshot)
            logger.notice("certificates reloaded")
        } catch {
            logger.error("certificates not reloaded; the old ones go on", metadata: ["problem": "\(error)"])
        }
    }

    /// Starts the process that is to follow this one, with the sockets that we listen on. Nil, and reported, if it cannot
    /// be started.
    func startSuccessor() async -> Successor? {
        do {
            let successor = try Successor(inheriting: try await gateway.listeningSockets())
            logger.notice("a new process is starting", metadata: ["pid": "\(successor.process)"])
            return successor
        } catch {
            let problem = (error as? CommandFailure)?.message ?? "\(error)"
            logger.error("no new process; this one goes on", metadata: ["problem": "\(problem)"])
            return nil
        }
    }

    /// Takes note of what became of the new process.
    func report(_ outcome: Successor.Outcome) {
        switch outcome {
        case .serves(let process):
            logger.notice("the new process serves", metadata: ["pid": "\(process)"])
        case .failed(let problem):
            logger.error("no new process; this one goes on", metadata: ["problem": "\(problem)"])
        }
    }

    /// Serves a changed configuration from now on. What cannot be served is reported, and the old one goes on.
    /// Whether it is served now.
    func reload(_ snapshot: Snapshot) async -> Bool {
        reporting.reopen()
        let formerGrace = rotationGrace.length
        do {
            let office = try Serving.office(snapshot)
            let portal = try Serving.portal(snapshot, accounts(snapshot), logger)
            let keys = try await assertions.prepare(snapshot.assertion)
            // No application is ever left without what it is promised.
            if snapshot.assertion != nil { assertions.replace(keys) }
            // Before the workers ask the store again because of it.
            rotationGrace.set(snapshot.sessions.rotationGrace)
            let moved = try await gateway.replaceSnapshot(snapshot)
            assertions.replace(keys)
            responder.replace(portal)
            rotation.replace(accounts(snapshot))
            mail.replace(office)
            reloads.lastSucceeded = true
            logger.notice("configuration reloaded", metadata: ["routes": "\(snapshot.routes.routes.count)"])
            for address in moved {
                logger.warning("listener changed; restart to make it so", metadata: ["address": "\(address)"])
            }
            return true
        } catch {
            rotationGrace.set(formerGrace)
            let problem = (error as? CommandFailure)?.message ?? "\(error)"
            reloads.lastSucceeded = false
            logger.error("configuration not reloaded; the old one goes on", metadata: ["problem": "\(problem)"])
            return false
        }
    }

    /// Takes note of a configuration that did not load.
    func reportFailedReload(_ diagnostics: [Diagnostic]) {
        reporting.reopen()
        reloads.lastSucceeded = false
        for diagnostic in diagnostics {
            logger.error("configuration not reloaded; the old one goes on", metadata: ["problem": "\(diagnostic)"])
        }
    }

    /// Finishes what runs, then ends everything.
    func stop() async {
        logger.notice("draining", metadata: ["at_most": "\(drain)"])
        chores.cancel()
        await gateway.drain(limit: drain) {
            // As long as requests run, what is revoked is heard of.
            await feed.stop()
            sessions.attach(nil)
        }
        await mail.stop()
        await assertions.stop()
        await database.close()
        logger.notice("stopped")
        reporting.finish()
    }

    // MARK: Parts

    private static func office(_ snapshot: Snapshot) throws(CommandFailure) -> Postman.Office? {
        guard let settings = snapshot.mail else { return nil }
        do throws(MailOfficeError) {
            return try MailOffice.open(settings)
        } catch {
            throw .badInput("\(error)")
        }
    }

    private static func portal(
        _ snapshot: Snapshot, _ accounts: AccountsEnvironment, _ logger: Logger
    ) throws(CommandFailure) -> Portal {
        let branding: Branding
        do throws(PortalLookError) { branding = try PortalLooks.branding(snapshot) } catch {
            throw .badInput("\(error)")
        }
        let hosts = snapshot.routes.routes.compactMap { $0.match.host?.description }
        guard
            let settings = PortalSettings(
                publicURL: snapshot.accounts.publicURL, hostPatterns: Array(Set(hosts)), branding: branding)
        else {
            preconditionFailure("the configuration lets no public_url through that is not an origin")
        }
        var mails: (@Sendable () -> [String])?
        if let shown = ShownMails(snapshot.mail) {
            logger.warning("mails are shown to everybody, secret links and all: mail.show is for trying things out")
            mails = { shown() }
        }
        return Portal(settings: settings, accounts: accounts, mails: mails, logger: logger)
    }

    private static func record(_ uses: [SessionUse], in store: InvalidatingSessionStore, _ logger: Logger) async {
        do throws(StoreError) {
            try await store.recordUse(uses)
        } catch {
            logger.warning(
                "last use of sessions not recorded", metadata: ["count": "\(uses.count)", "problem": "\(error)"])
        }
    }

    private static func unreadiness(_ database: Database) async -> String? {
        do throws(PostgresError) {
            try await database.pool.query(Statement("SELECT 1"), timeout: .seconds(2))
            return nil
        } catch {
            return "database: \(error)"
        }
    }

    /// Removes what has expired, now and then, until it is cancelled.
    private static func sweep(_ database: Database, _ logger: Logger) async {
        let sweep = RetentionSweep(pool: database.pool)
        while !Task.isCancelled {
            do throws(StoreError) {
                let removed = try await sweep()
                logger.debug("swept", metadata: ["sessions": "\(removed.sessions)", "tickets": "\(removed.tickets)"])
            } catch {
                logger.warning("expired rows not removed", metadata: ["problem": "\(error)"])
            }
            // Ends early when it is cancelled, and then so does the loop.
            try? await Task.sleep(for: .seconds(900))
        }
    }
}

extension ListenerSettings.Purpose {
    /// What the log calls it.
    fileprivate var name: String {
        switch self {
        case .gateway(let certificates): certificates.isEmpty ? "http" : "https"
        case .redirectToHTTPS: "redirect"
        case .operations: "operations"
        }
    }
}
