import Configuration
import EventLoop
import HTTP1
import HTTPMessage
import Identity
import Policy
import TLS

/// How long a client may take for what, and how fast it must be.
struct ConnectionTimeouts: Sendable {
    var handshake: Duration = .seconds(10)
    /// How long our greeting to a client of HTTP/2 waits for theirs, and for the answer to what it asks at once, before it
    /// goes alone.
    var greeting: Duration = .milliseconds(100)
    var head: Duration = .seconds(10)
    /// The whole body; nil is as long as it comes fast enough.
    var body: Duration?
    var bodyIdle: Duration = .seconds(15)
    var bodyBytesPerSecondMin = 240
    var keepAliveIdle = Nanoseconds(.seconds(75))
    /// After how long a client that has nothing to say is waited for with less memory.
    var pause = Nanoseconds(.seconds(1))
    /// How long a peer may take no bytes while there are some for it, and how many a second it must take.
    var write: Duration = .seconds(60)
    var writeBytesPerSecondMin = 240
    /// How long a client may go on sending after its last answer.
    var linger: Duration = .seconds(2)
    /// How long a page of the gateway's own may take. Signing in waits for its turn to hash, and for the database.
    var page: Duration = .seconds(20)
    /// How long the page may take that says why there is nothing else to see. It is made of what is known.
    var errorPage: Duration = .seconds(2)
    /// How long the operations listener waits for the workers and the database.
    var report: Duration = .seconds(5)
}

/// A snapshot with all that had to be looked up for it: what every worker makes its own `Deployment` of.
struct DeploymentPlan: Sendable {
    /// Counts snapshots; tells renderings of one apart from those of the next.
    let number: Int
    let snapshot: Snapshot
    /// In the order of the snapshot.
    let upstreams: [UpstreamPlan]
    let upstreamLog: UpstreamLog
    let timeouts: ConnectionTimeouts
    /// What is left to the clients of routes with a rate; nil when none has one.
    let rates: RateTable?
}

/// One snapshot in use on one worker: requests keep the one that they began with.
final class Deployment {
    let number: Int
    let snapshot: Snapshot
    let routes: RouteTable
    let timeouts: ConnectionTimeouts
    /// How large the heads of requests may be, whatever protocol they come by.
    let headLimits: HeadLimits
    let rates: RateTable?
    let trustedProxies: TrustedProxies
    /// What a client's own fields must not say.
    let claims: ClientClaims
    /// What upstreams work with.
    let means: UpstreamMeans
    /// By the index that routes name.
    let clusters: [UpstreamCluster]
    /// `accounts.public_url` without a final slash, and its parts.
    let publicURL: String
    let publicHost: [UInt8]
    let publicPort: Int?
    /// Whether applications get signed assertions.
    let assertsIdentity: Bool
    /// Whether developers get assertions that their applications must refuse.
    let servesAssertionTest: Bool

    /// Whether this is the host of `accounts.public_url`.
    func isPublic(host: Span<UInt8>) -> Bool {
        let own = publicHost
        return host.isEqualIgnoringCase(to: own.span)
    }

    /// - Parameter former: the deployment before this one, whose upstreams that have not changed are taken over with
    ///   their connections.
    init(_ plan: DeploymentPlan, means: UpstreamMeans, replacing former: Deployment?) {
        self.means = means
        number = plan.number
        snapshot = plan.snapshot
        routes = plan.snapshot.routes
        timeouts = plan.timeouts
        rates = plan.rates
        let limits = plan.snapshot.limits
        headLimits = HeadLimits(
            headBytesMax: limits.headBytesMax, fieldCountMax: limits.fieldCountMax,
            targetBytesMax: limits.targetBytesMax)
        claims = ClientClaims(routes.identityFields)
        trustedProxies = TrustedProxies(plan.snapshot.trustedProxies)
        var left = former?.clusters ?? []
        clusters = plan.upstreams.map { upstream in
            if let index = left.firstIndex(where: { $0.settings == upstream.settings }) {
                let cluster = left.remove(at: index)
                cluster.follow(upstream.targets)
                return cluster
            }
            return UpstreamCluster(
                upstream.settings, targets: upstream.targets, workers: plan.snapshot.workers, log: plan.upstreamLog,
                means: means)
        }
        for cluster in left { cluster.close() }
        let url = PublicURL(plan.snapshot.accounts.publicURL)
        publicURL = url.text
        publicHost = Array(url.host.utf8)
        publicPort = url.port
        assertsIdentity = plan.snapshot.assertion != nil
        servesAssertionTest = plan.snapshot.assertion?.servesTest == true
    }
}

/// `accounts.public_url` in parts. The configuration has checked that it is one.
struct PublicURL: Sendable {
    /// Without a final slash.
    let text: String
    /// In lower case, in brackets if it is an IPv6 address.
    let host: String
    let port: Int?

    init(_ text: String) {
        var text = text[...]
        while text.hasSuffix("/") { text = text.dropLast() }
        self.text = String(text)
        var authority = text
        if text.hasPrefix("https://") {
            authority = text.dropFirst(8)
        } else if text.hasPrefix("http://") {
            authority = text.dropFirst(7)
        }
        authority = authority.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let portStart: Substring.Index?
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            portStart = authority[end...].firstIndex(of: ":")
        } else {
            portStart = authority.firstIndex(of: ":")
        }
        host = authority[..<(portStart ?? authority.endIndex)].lowercased()
        port = portStart.flatMap { Int(authority[authority.index(after: $0)...]) }
    }
}

extension ConnectionTimeouts {
    init(_ snapshot: Snapshot, page: Duration, greeting: Duration) {
        self.init()
        self.page = page
        self.greeting = greeting
        handshake = snapshot.timeouts.handshake
        head = snapshot.timeouts.head
        body = snapshot.timeouts.body
        bodyIdle = snapshot.timeouts.bodyIdle
        bodyBytesPerSecondMin = snapshot.timeouts.bodyBytesPerSecondMin
        write = snapshot.timeouts.answerIdle
        writeBytesPerSecondMin = snapshot.timeouts.answerBytesPerSecondMin
        keepAliveIdle = Nanoseconds(snapshot.timeouts.keepAliveIdle)
    }
}

extension SessionDirectory.Settings {
    init(_ snapshot: Snapshot) {
        self.init(
            staleness: Nanoseconds(snapshot.database.staleness), idleMicroseconds: snapshot.sessions.idle.microseconds,
            rotation: snapshot.sessions.rotation, rotationGrace: snapshot.sessions.rotationGrace,
            // A lookup is up to three statements: all workers together make fewer than 2,000 a second.
            lookupInterval: .microseconds(1_500) * max(1, snapshot.workers), entriesMax: snapshot.sessions.cachedMax)
    }
}
