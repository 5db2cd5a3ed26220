package import Assertion
package import Configuration
package import EventLoop
package import Identity
package import Logging
import Policy
import Synchronization
import TLS
package import Telemetry

/// The whole data plane: a worker per core, made of one snapshot, started and ended together.
package final class Gateway: Sendable {
    /// What a gateway needs besides its snapshot.
    package struct Environment: Sendable {
        package var sessions: any SessionLookup
        package var responder: any LocalResponder
        /// Signs what applications are told, where the snapshot says so.
        package var assertions: AssertionIssuer
        /// Takes the uses of sessions every now and then, for `last_used_at`.
        package var recordUses: @Sendable ([SessionUse]) async -> Void
        /// Exchanges the token of a host's session cookie for the next one, when it is time; nil when it stays. A page
        /// waits for it, so it gives up soon.
        package var rotate: @Sendable (_ token: String, _ host: String) async -> RotatedCookie?
        /// The numbers of the metrics page that no worker knows: sign-ins, password queue, reloads.
        package var gatewayMetrics: @Sendable () async -> GatewayMetrics
        /// Why the gateway is not ready, besides what it knows itself: the database, say. Nil when all is well.
        package var unreadiness: @Sendable () async -> String?
        /// Nil: no access log.
        package var accessLog: LogWriter?
        package var clock: any WallClock
        /// Sockets that listen already, from a service manager or from the process that this one follows.
        package var inherited: [ListeningSocket] = []
        /// How long a page of the gateway's own may take.
        package var pageTimeout: Duration
        /// How long the greeting to a client of HTTP/2 waits for the client's own and for the answer to what it asks first,
        /// with which it leaves.
        package var greetingPatience: Duration = .milliseconds(100)
        /// How many bytes of requests each worker keeps to send them again.
        package var keptRequestBytesMax = KeptMemory.bytesMax
        /// What operators are told about applications, the store and broken listeners.
        package var logger: Logger
        /// Looks names of endpoints up. Nil: the system's resolver.
        package var addressesOfName: (@Sendable (String) -> [String])?

        package init(
            sessions: any SessionLookup, responder: any LocalResponder,
            assertions: AssertionIssuer = AssertionIssuer(),
            recordUses: @escaping @Sendable ([SessionUse]) async -> Void = { _ in },
            rotate: @escaping @Sendable (_ token: String, _ host: String) async -> RotatedCookie? = { _, _ in nil },
            gatewayMetrics: @escaping @Sendable () async -> GatewayMetrics = {
                GatewayMetrics(configurationReloaded: true)
            }, unreadiness: @escaping @Sendable () async -> String? = { nil }, accessLog: LogWriter? = nil,
            clock: any WallClock = SystemClock(), pageTimeout: Duration = .seconds(20),
            logger: Logger = Logger(label: "gatehouse.upstreams", factory: { _ in SwiftLogNoOpLogHandler() }),
            addressesOfName: (@Sendable (String) -> [String])? = nil
        ) {
            self.sessions = sessions
            self.responder = responder
            self.assertions = assertions
            self.recordUses = recordUses
            self.rotate = rotate
            self.gatewayMetrics = gatewayMetrics
            self.unreadiness = unreadiness
            self.accessLog = accessLog
            self.clock = clock
            self.pageTimeout = pageTimeout
            self.logger = logger
            self.addressesOfName = addressesOfName
        }

        fileprivate var resolution: EndpointResolution {
            addressesOfName.map { EndpointResolution(addressesOfName: $0) } ?? .system
        }
    }

    /// What changes while the gateway runs.
    private struct Present {
        var snapshot: Snapshot
        var rates: RateTable?
        var number = 1
        var services: [ListenerService]
        var isDraining = false
    }

    private let environment: Environment
    /// What all workers share: how many connections there may be.
    private let budget: ConnectionBudget
    private let workers: [Worker]
    private let watch: UpstreamWatch
    private let loops: [EventLoop]
    /// Where pages are made, one loop for each worker: apart from Swift's pool, which looks sessions up and hears of
    /// revocations, and behind everybody else where cores are few. In a flood of sign-ins most get a page that says so,
    /// and requests of those who are signed in waited for the making of it (`Tests/Bench/login_flood.py`).
    private let pageLoops: [EventLoop]
    /// Where the gateway listens, in the order of the configuration; with the ports that the kernel chose for 0.
    package let addresses: [SocketAddress]
    private let present: Mutex<Present>

    /// Loads certificates, finds endpoints, binds every listener on every worker, and begins to serve. Throws before
    /// the first connection is accepted if anything is amiss. Blocks while names are looked up: not for a loop's thread.
    package static func start(_ snapshot: Snapshot, _ environment: Environment) async throws(GatewayError) -> Gateway {
        let services = try ListenerOpening.services(of: snapshot, replacing: [])
        let rates = rates(for: snapshot, replacing: nil)
        let plan = DeploymentPlan(1, snapshot, try upstreams(of: snapshot, environment), environment, rates)
        let loops = try startLoops("worker", max(1, snapshot.workers))
        let pageLoops: [EventLoop]
        do throws(GatewayError) { pageLoops = try startLoops("pages", loops.count, niceness: 10) } catch {
            for loop in loops { loop.stop() }
            throw error
        }
        let source = GatewaySource()
        let budget = ConnectionBudget(snapshot.limits)
        let workers = zip(loops, pageLoops).map { loop, pageLoop in
            Worker(
                WorkerPlan(
                    loop: loop, pageLoop: pageLoop, deployment: plan, sessions: SessionDirectory.Settings(snapshot),
                    budget: budget, lookup: environment.sessions, storeLog: StoreLog(environment.logger),
                    listenerLog: ListenerLog(environment.logger),
                    assertions: environment.assertions, responder: environment.responder,
                    operations: source.operations, recordUses: environment.recordUses, rotate: environment.rotate,
                    logWriter: environment.accessLog, clock: environment.clock,
                    keptRequestBytesMax: environment.keptRequestBytesMax))
        }
        do throws(GatewayError) {
            let addresses = try await ListenerOpening.open(
                snapshot, services: services, workers: workers, inherited: environment.inherited)
            let watchLoop = try startLoop("upstreams")
            let watch = UpstreamWatch(
                loop: watchLoop, resolution: environment.resolution, log: plan.upstreamLog
            ) { news in
                for worker in workers { await worker.heed(news) }
            }
            let gateway = Gateway(
                environment, Present(snapshot: snapshot, rates: rates, services: services), budget,
                loops + [watchLoop], pageLoops, workers, watch, addresses)
            source.gateway.withLock { $0 = WeakGateway(gateway: gateway) }
            for worker in workers { await worker.start() }
            await watch.watch(plan.upstreams)
            return gateway
        } catch {
            for loop in loops + pageLoops { loop.stop() }
            throw error
        }
    }

    /// Loads certificates and looks names up. Blocks.
    private static func upstreams(
        of snapshot: Snapshot, _ environment: Environment
    ) throws(GatewayError) -> [UpstreamPlan] {
        var upstreams: [UpstreamPlan] = []
        for settings in snapshot.upstreams { upstreams.append(try UpstreamPlan(settings, environment.resolution)) }
        return upstreams
    }

    /// The table for the routes with a rate, if there are any: the one that stands, so that a reload forgives nobody.
    private static func rates(for snapshot: Snapshot, replacing former: RateTable?) -> RateTable? {
        guard snapshot.routes.routes.contains(where: { $0.rate != nil }) else { return nil }
        return former ?? RateTable(start: .now())
    }

    private static func startLoops(
        _ name: String, _ count: Int, niceness: Int32 = 0
    ) throws(GatewayError) -> [EventLoop] {
        var loops: [EventLoop] = []
        do throws(GatewayError) {
            for index in 0..<count { loops.append(try startLoop("\(name)-\(index)", niceness: niceness)) }
            return loops
        } catch {
            for loop in loops { loop.stop() }
            throw error
        }
    }

    private static func startLoop(_ name: String, niceness: Int32 = 0) throws(GatewayError) -> EventLoop {
        do throws(IOError) {
            let loop = try EventLoop(name: name, niceness: niceness)
            try loop.start()
            return loop
        } catch {
            throw .noLoop(error)
        }
    }

    private init(
        _ environment: Environment, _ present: Present, _ budget: ConnectionBudget, _ loops: [EventLoop],
        _ pageLoops: [EventLoop], _ workers: [Worker], _ watch: UpstreamWatch, _ addresses: [SocketAddress]
    ) {
        self.budget = budget
        self.environment = environment
        self.present = Mutex(present)
        self.loops = loops
        self.pageLoops = pageLoops
        self.workers = workers
        self.watch = watch
        self.addresses = addresses
    }

    // MARK: While it runs

    /// Has every worker serve the requests that begin from now on by `snapshot`. Certificates are loaded anew; listeners
    /// that were added or moved need a restart, and their addresses are returned. When it throws, nothing has changed.
    @discardableResult
    package func replaceSnapshot(_ snapshot: Snapshot) async throws(GatewayError) -> [String] {
        let former = present.withLock { $0 }
        let services = try ListenerOpening.services(of: snapshot, replacing: former.services)
        let upstreams = try Self.upstreams(of: snapshot, environment)
        let old = former.snapshot.listeners.map(\.address)
        let new = snapshot.listeners.map(\.address)
        // The number is taken with the change: what one snapshot rendered must never be used for another.
        let (number, rates) = present.withLock { present in
            present.number += 1
            present.snapshot = snapshot
            present.rates = Self.rates(for: snapshot, replacing: present.rates)
            if old == new { present.services = services }
            return (present.number, present.rates)
        }
        let plan = DeploymentPlan(number, snapshot, upstreams, environment, rates)
        budget.apply(snapshot.limits)
        for worker in workers {
            await worker.replace(
                plan, sessions: SessionDirectory.Settings(snapshot), services: old == new ? services : nil)
        }
        await watch.watch(plan.upstreams)
        return Set(old).symmetricDifference(new).sorted()
    }

    /// The sockets that listen, for a process that is to follow this one.
    package func listeningSockets() async throws(IOError) -> [ListeningSocket] {
        let labels = ListenerLabels(present.withLock { $0.snapshot.listeners })
        var sockets: [ListeningSocket] = []
        for worker in workers { sockets += try await worker.listeningSockets(labels: labels.all) }
        return sockets
    }

    /// Has every worker take note of what changed in the store; when this returns, none goes by what it knew before.
    ///
    /// - Parameter feed: how far the feed that tells of changes has come, these included; nil where they come from
    ///   elsewhere.
    package func apply(_ changes: [IdentityChange], feed: FeedState? = nil) async {
        await withTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { await worker.apply(changes, feed: feed) } }
        }
    }

    /// What each worker tells about itself.
    package func reports() async -> [WorkerReport] {
        var reports: [WorkerReport] = []
        for worker in workers { reports.append(await worker.report()) }
        return reports
    }

    /// All metrics as Prometheus text.
    package func metrics() async -> [UInt8] {
        let reports = await reports()
        let snapshot = present.withLock { $0.snapshot }
        var numbers = await environment.gatewayMetrics()
        if let log = environment.accessLog { numbers.log = log.statistics }
        numbers.configurationFingerprint = snapshot.fingerprint
        numbers.endpoints = EndpointSummary.endpoints(of: snapshot.upstreams, reports.map(\.endpoints))
        numbers.upstreams = EndpointSummary.upstreams(reports.map(\.upstreams))
        numbers.tunnels = TunnelMetrics.sum(reports.map(\.tunnels))
        for report in reports { numbers.connectionEnds.merge(report.connectionEnds) }
        return MetricsPage.render(
            reports.map(\.metrics),
            names: MetricNames(routes: snapshot.routes.routes.map(\.name), reasons: ReasonNames.all), gateway: numbers)
    }

    /// Why the gateway should get no requests now; nil when it should.
    package func unreadiness() async -> String? {
        if present.withLock({ $0.isDraining }) { return "draining" }
        for worker in workers {
            if let address = await worker.brokenListeners.first { return "not listening at \(address)" }
        }
        return await environment.unreadiness()
    }

    // MARK: The end

    /// Accepts nothing more, lets the requests that run come to their end, cuts off what still runs after `limit`, and
    /// ends the workers' threads. A second call returns at once.
    ///
    /// - Parameter endOthers: ends whoever else tells the workers something, once nobody is served any more: a task that
    ///   waits for a worker whose thread has ended waits for ever.
    package func drain(limit: Duration, endOthers: () async -> Void = {}) async {
        let isFirst = present.withLock { present in
            defer { present.isDraining = true }
            return !present.isDraining
        }
        guard isFirst else { return }
        let deadline = MonotonicInstant.now() + limit
        await watch.end()
        await withTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { await worker.drain(deadline: deadline) } }
        }
        await endOthers()
        // Pages last: who makes one tells a worker of it.
        for group in [loops, pageLoops] {
            for loop in group { loop.stop() }
            await Task.detached { for loop in group { loop.join() } }.value
        }
    }
}

/// The gateway as the operations listener reaches it: weakly, since the gateway holds the listener.
private final class GatewaySource: Sendable {
    let gateway = Mutex(WeakGateway(gateway: nil))

    var operations: OperationsSource {
        OperationsSource(
            unreadiness: { await self.present?.unreadiness() ?? nil },
            metrics: { await self.present?.metrics() ?? [] })
    }

    private var present: Gateway? { gateway.withLock { $0.gateway } }
}

private struct WeakGateway: Sendable {
    weak let gateway: Gateway?
}

extension DeploymentPlan {
    fileprivate init(
        _ number: Int, _ snapshot: Snapshot, _ upstreams: [UpstreamPlan], _ environment: Gateway.Environment,
        _ rates: RateTable?
    ) {
        self.init(
            number: number, snapshot: snapshot, upstreams: upstreams, upstreamLog: UpstreamLog(environment.logger),
            timeouts: ConnectionTimeouts(
                snapshot, page: environment.pageTimeout, greeting: environment.greetingPatience),
            rates: rates)
    }
}
