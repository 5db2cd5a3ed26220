package import Policy

/// One whole configuration, checked and compiled: immutable, so that everything can share it, and swapped as one.
package final class Snapshot: Sendable {
    package let listeners: [ListenerSettings]
    package let database: DatabaseSettings
    /// How many workers serve.
    package let workers: Int
    package let sessions: SessionSettings
    package let accounts: AccountSettings
    /// Nil: no mail is delivered, and what is to be sent waits.
    package let mail: MailSettings?
    /// Nil: nothing is signed.
    package let assertion: AssertionSettings?
    package let portal: PortalLook
    /// CIDRs whose X-Forwarded-* is believed.
    package let trustedProxies: [String]
    package let limits: ClientLimits
    package let timeouts: ClientTimeouts
    /// How long running requests get when the gateway stops.
    package let drain: Duration
    package let log: LogSettings
    /// Whether a change of the configuration's files is enough to load them again (`reload: watch`).
    package let watchesFiles: Bool
    package let upstreams: [UpstreamSettings]
    package let routes: RouteTable
    package let tests: [EmbeddedTest]
    /// A short name for all that is in effect, without the database's URL, which may hold a secret.
    package let fingerprint: String

    package init(
        listeners: [ListenerSettings], database: DatabaseSettings = DatabaseSettings(), workers: Int = 1,
        sessions: SessionSettings = SessionSettings(), accounts: AccountSettings = AccountSettings(),
        mail: MailSettings? = nil, assertion: AssertionSettings? = nil, portal: PortalLook = PortalLook(),
        trustedProxies: [String] = [], limits: ClientLimits = ClientLimits(),
        timeouts: ClientTimeouts = ClientTimeouts(), drain: Duration = .seconds(30), log: LogSettings = LogSettings(),
        watchesFiles: Bool = false, upstreams: [UpstreamSettings] = [], routes: RouteTable,
        tests: [EmbeddedTest] = []
    ) {
        self.listeners = listeners
        self.database = database
        self.workers = workers
        self.sessions = sessions
        self.accounts = accounts
        self.mail = mail
        self.assertion = assertion
        self.portal = portal
        self.trustedProxies = trustedProxies
        self.limits = limits
        self.timeouts = timeouts
        self.drain = drain
        self.log = log
        self.watchesFiles = watchesFiles
        self.upstreams = upstreams
        self.routes = routes
        self.tests = tests
        var fingerprint = Fingerprint()
        let sections: [any Sendable] = [
            listeners, sessions, accounts, mail, assertion, trustedProxies, limits, timeouts, drain, log, upstreams,
        ]
        for part in sections {
            fingerprint.add(part)
        }
        fingerprint.add((portal.name, portal.logo, portal.colour, portal.templates))
        fingerprint.add((workers, database.connections, database.staleness))
        fingerprint.add((database.connectTimeout, database.queryTimeout))
        for route in routes.routes {
            fingerprint.add((route.name, route.match.description, route.requirement.description, route.upstream))
            fingerprint.add((route.identity, route.bodyBytesMax, route.allowsEncodedSlashes))
            fingerprint.add((route.upgrades, route.origins, route.rate))
        }
        self.fingerprint = fingerprint.text
    }
}
