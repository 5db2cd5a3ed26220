import Configuration
import EventLoop
import HTTP2
import Identity
import Policy
import TLS
import Telemetry

/// One core's share of the gateway: its listeners, connections, upstream pools, session cache and counters, all on one
/// loop and shared with nobody.
///
/// Other threads reach it by message only, as they reach any actor.
actor Worker {
    nonisolated let loop: EventLoop
    let state: WorkerState
    let directory: ConnectionDirectory
    let lookup: any SessionLookup
    private let storeLog: StoreLog
    let listenerLog: ListenerLog
    private var complaints = Complaints()
    private let recordUses: @Sendable ([SessionUse]) async -> Void
    private var lookupTimer: Task<Void, Never>?
    private var drained: [CheckedContinuation<Void, Never>] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// How often the worker puts itself in order.
    private static let housekeepingInterval: Duration = .seconds(1)
    private static let usesInterval: Duration = .seconds(30)
    /// How long requests that were cut off have to notice; what still runs then, waits for nothing that a loop can end.
    private static let cutOffGrace: Duration = .seconds(1)
    /// How long a connection must have been idle to be closed while draining. Closing one at once would race with the
    /// request that its client is sending, and a client that had its connection closed cannot know whether to try again.
    private static let idleGrace: Duration = .seconds(1)
    private static let lookupTimeout: Duration = .seconds(5)

    init(_ plan: WorkerPlan) {
        loop = plan.loop
        lookup = plan.lookup
        storeLog = plan.storeLog
        listenerLog = plan.listenerLog
        recordUses = plan.recordUses
        directory = ConnectionDirectory(budget: plan.budget)
        let reference = WorkerReference()
        let clock = WorkerClock(source: plan.clock, loop: plan.loop)
        let loop = plan.loop
        let metrics = WorkerMetrics()
        let sessions = SessionDirectory(settings: plan.sessions, loop: loop, clock: clock, metrics: metrics) {
            let worker = reference.worker
            Task(executorPreference: loop) { await worker?.lookUpSessions() }
        }
        let tasks = ParkedTasks {
            let worker = reference.worker
            Task(executorPreference: loop) { await worker?.runTask() }
        }
        let means = UpstreamMeans(loop: loop, tasks: tasks, http2Workspace: HTTP2Workspace())
        state = WorkerState(
            loop: loop, pageLoop: plan.pageLoop, clock: clock, metrics: metrics, sessions: sessions,
            assertions: AssertionDesk(plan.assertions),
            deployment: Deployment(plan.deployment, means: means, replacing: nil), responder: plan.responder,
            rotate: plan.rotate, operations: plan.operations, budget: plan.budget,
            keptMemory: KeptMemory(bytesMax: plan.keptRequestBytesMax),
            accessLog: plan.logWriter.map { AccessLog(writer: $0) },
            tasks: tasks)
        reference.worker = self
    }

    // MARK: Connections

    /// Listens at `address`, and answers where that is. Connections wait in the kernel until `start`.
    ///
    /// - Parameter place: the listener's place in the configuration.
    func listen(
        at address: SocketAddress, place: Int, service: ListenerService, reusePort: Bool
    ) throws(IOError) -> SocketAddress {
        let listener = try Listener(address: address, loop: loop, reusePort: reusePort)
        directory.add(BoundListener(listener: listener, index: place, service: service, isShared: reusePort))
        return listener.address
    }

    /// Listens on a socket that is there already.
    ///
    /// - Parameter isShared: whether others listen at its address, too.
    func listen(
        on socket: ListeningSocket, place: Int, service: ListenerService, isShared: Bool
    ) throws(IOError) {
        let listener = try Listener(listening: socket.duplicate(), address: socket.address, loop: loop)
        directory.add(BoundListener(listener: listener, index: place, service: service, isShared: isShared))
    }

    /// The sockets that this worker listens on, under the labels of their places in the configuration.
    func listeningSockets(labels: [String]) throws(IOError) -> [ListeningSocket] {
        var sockets: [ListeningSocket] = []
        for bound in directory.listeners where labels.indices.contains(bound.index) {
            if let socket = try bound.listener.handedOver(as: labels[bound.index]) { sockets.append(socket) }
        }
        return sockets
    }

    /// Begins to accept and to keep house.
    func start() {
        TLSMemory.keepOnThisThread()
        for number in directory.listeners.indices {
            Task(executorPreference: loop) { await self.acceptConnections(ofListener: number) }
        }
        Task(executorPreference: loop) { await self.keepHouse() }
        Task(executorPreference: loop) { await self.watchStreams() }
    }

    func begin(_ socket: Socket, _ peer: SocketAddress, _ service: ListenerService) {
        let client = Client(peer: peer, service: service, state: state)
        // Behind a proxy that says whose the connection is, that has to be heard first.
        let mayBegin =
            service.expectsProxyHeader
            ? DownstreamConnection.mayPresentHeader(peer, state.deployment.trustedProxies)
            : client.enter(directory.budget)
        guard mayBegin else {
            state.tally.connectionsRefused &+= 1
            return socket.close()
        }
        let transport: Transport
        if let tls = service.tls {
            do throws(TLSError) {
                transport = .tls(try TLSConnection(socket: socket, context: tls))
            } catch {
                // OpenSSL has no memory for it.
                state.tally.handshakesFailed &+= 1
                client.leave(directory.budget)
                return socket.close()
            }
        } else {
            transport = .plain(socket)
        }
        state.metrics.connectionOpened(.http11)
        let number = directory.add { number in
            DownstreamConnection(number: number, transport: transport, client: client)
        }
        directory.makeRoom()
        Task(executorPreference: loop) { await self.serve(number) }
    }

    private func serve(_ number: UInt64) async {
        guard let connection = directory.connection(number) else { return }
        switch await connection.serve() {
        case .pausing:
            Task(executorPreference: loop) { await self.waitForClient(number) }
        case .switched:
            Task(executorPreference: loop) { await self.tunnel(number) }
        case .closed:
            end(number, connection)
        }
    }

    /// Carries what is not HTTP any more, as a task that has not grown yet.
    private func tunnel(_ number: UInt64) async {
        guard let connection = directory.connection(number) else { return }
        await connection.tunnel()
        end(number, connection)
    }

    /// Forgets a connection that is closed.
    private func end(_ number: UInt64, _ connection: DownstreamConnection) {
        directory.remove(number)
        state.metrics.connectionClosed(connection.wireProtocol)
        wakeIfDrained()
    }

    /// Waits for a client that pauses, as a task that holds next to nothing, and then serves it again.
    private func waitForClient(_ number: UInt64) async {
        await directory.connection(number)?.pause()
        Task(executorPreference: loop) { await self.serve(number) }
    }

    private func runTask() async { await state.tasks.run() }

    // MARK: Sessions

    /// Sends the query that has gathered, if none is on its way, and not before its time.
    private func lookUpSessions() async {
        while loop.now < state.sessions.nextQueryAt { await loop.sleep(until: state.sessions.nextQueryAt) }
        guard let (number, tokens) = state.sessions.beginQuery() else { return }
        let lookup = lookup
        let idle = state.sessions.idle
        Task.detached {
            let answer: Result<[TokenHash: AuthenticatedSession], StoreError>
            do throws(StoreError) { answer = .success(try await lookup.lookup(tokens, idle: idle)) } catch {
                answer = .failure(error)
            }
            await self.sessionsAnswered(number, answer)
        }
        let end = loop.now + Self.lookupTimeout
        lookupTimer = Task(executorPreference: loop) { [loop] in
            await loop.sleep(until: end)
            guard !Task.isCancelled else { return }
            await self.sessionsAnswered(number, .failure(.unavailable("no answer in \(Self.lookupTimeout)")))
        }
    }

    private func sessionsAnswered(
        _ number: Int, _ answer: Result<[TokenHash: AuthenticatedSession], StoreError>
    ) {
        // Why there is no answer is told below, once.
        guard state.sessions.endQuery(number, answer: try? answer.get()) else { return }
        lookupTimer?.cancel()
        note(answer)
        Task(executorPreference: loop) { await self.lookUpSessions() }
    }

    /// Tells operators how the store answers.
    func note<Answer>(_ answer: Result<Answer, StoreError>) {
        switch answer {
        case .success: storeLog.answers(&complaints)
        case .failure(let error): storeLog.failed(error, now: loop.now, &complaints)
        }
    }

    /// Takes note of what changed in the store, and of how far the feed that tells of it has come.
    func apply(_ changes: [IdentityChange], feed: FeedState?) {
        state.sessions.apply(changes)
        let formerFeed = feed.flatMap { state.sessions.apply($0) }
        reviewStreams(changes, formerFeed)
    }

    // MARK: Care

    private func keepHouse() async {
        var usesDue = loop.now + Self.usesInterval
        while !state.isDraining {
            await loop.sleep(until: loop.now + Self.housekeepingInterval)
            state.exchanges.sweep()
            state.http2Workspace.sweep()
            state.deployment.means.http2Workspace.sweep()
            state.streams.sweep()
            state.assertions.shelf.sweep(state.clock.now)
            directory.budget.measureMemory(now: loop.now)
            directory.budget.tidyMemory(now: loop.now)
            directory.makeRoom()
            for cluster in state.deployment.clusters { cluster.sweep() }
            state.accessLog?.flush()
            if loop.now >= usesDue || state.sessions.areUsesMany {
                usesDue = loop.now + Self.usesInterval
                handOverUses()
            }
        }
    }

    private func handOverUses() {
        let uses = state.sessions.takeDueUses()
        guard !uses.isEmpty else { return }
        let recordUses = recordUses
        Task.detached { await recordUses(uses) }
    }

    /// Takes a new snapshot for the requests that begin from now on.
    ///
    /// - Parameter services: what the listeners are for from now on, in their order; nil to leave them as they are.
    func replace(_ plan: DeploymentPlan, sessions: SessionDirectory.Settings, services: [ListenerService]?) {
        let indexes = Dictionary(plan.snapshot.routes.routes.map { ($0.name, $0.index) }) { first, _ in first }
        let former = state.deployment.routes.routes.map(\.name)
        state.metrics.renumberRoutes { former.indices.contains($0) ? indexes[former[$0]] : nil }
        state.deployment = Deployment(plan, means: state.deployment.means, replacing: state.deployment)
        state.exchanges.limits = state.deployment.headLimits
        state.tunnels.keep(Set(plan.upstreams.map(\.settings.name)))
        state.sessions.apply(sessions)
        if let services { directory.apply(services) }
        state.streams.revise(under: plan.snapshot.routes, now: state.clock.now)
    }

    /// Takes note of what was found out about endpoints.
    func heed(_ news: UpstreamWatch.News) {
        for cluster in state.deployment.clusters {
            switch news {
            case .health(let name, let key, let isWell) where name == cluster.settings.name:
                cluster.mark(key, isWell: isWell)
            case .endpoints(let name, let targets) where name == cluster.settings.name:
                cluster.follow(targets)
            case .health, .endpoints: continue
            }
        }
    }

    func report() -> WorkerReport { state.report(connections: directory.count) }

    // MARK: The end

    /// Accepts nothing more, lets what runs come to its end, and returns when it has, or cuts it off at `deadline`.
    func drain(deadline: MonotonicInstant) async {
        state.isDraining = true
        directory.stopListening()
        directory.drain(idleFor: Self.idleGrace, now: loop.now)
        if directory.count > 0 {
            let closer = Task(executorPreference: loop) { await self.closeIdleConnections() }
            defer { closer.cancel() }
            let timer = Task(executorPreference: loop) { [loop] in
                await loop.sleep(until: deadline)
                if !Task.isCancelled { await self.cutOff() }
                await loop.sleep(until: deadline + Self.cutOffGrace)
                if !Task.isCancelled { await self.giveUpDraining() }
            }
            await withCheckedContinuation { waiter in
                if directory.count == 0 { waiter.resume() } else { drained.append(waiter) }
            }
            timer.cancel()
        }
        // The last batch is waited for: when the workers are done, the database is closed.
        let uses = state.sessions.takeUses()
        if !uses.isEmpty { await recordUses(uses) }
        for cluster in state.deployment.clusters { cluster.close() }
        state.tasks.end()
        state.accessLog?.flush()
    }

    /// Closes connections once they have been idle for long enough that no request is likely to be on its way; whoever
    /// sends one before is answered, and told that it was the last.
    private func closeIdleConnections() async {
        while !Task.isCancelled {
            await loop.sleep(until: loop.now + Self.idleGrace / 4)
            directory.drain(idleFor: Self.idleGrace, now: loop.now)
        }
    }

    private func cutOff() { directory.cancelAll() }

    private func wakeIfDrained() {
        if directory.count == 0 { giveUpDraining() }
    }

    private func giveUpDraining() {
        for waiter in drained { waiter.resume() }
        drained.removeAll()
    }
}

/// What a worker's parts know their worker by, while it is being made and when it is gone.
private final class WorkerReference {
    weak var worker: Worker?
}
