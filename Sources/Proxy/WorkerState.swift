import EventLoop
import HTTP2
import HTTPMessage
import Identity
import Policy
import TLS
import Telemetry

/// Everything that one worker owns and that its connections use.
///
/// Not `Sendable` on purpose: it lives in its worker's isolation, so that nothing in here needs a lock.
final class WorkerState {
    let loop: EventLoop
    let clock: WorkerClock
    let digest = DigestContext()
    let exchanges: ExchangePool
    let http2Workspace = HTTP2Workspace()
    /// What is read from an HTTP/2 client, between reading and understanding it.
    @safe @exclusivity(unchecked) var readBuffer = ByteBuffer(minimumCapacity: 64 * 1024)
    let tunnelBuffers = TunnelBuffers()
    let keptMemory: KeptMemory
    let tunnels = TunnelTallies()
    /// What goes on by the right of somebody who may lose it.
    let streams = LiveStreams()
    let sessions: SessionDirectory
    let assertions: AssertionDesk
    let responder: any LocalResponder
    let rotate: @Sendable (_ token: String, _ host: String) async -> RotatedCookie?
    let operations: OperationsSource
    let budget: ConnectionBudget
    let metrics: WorkerMetrics
    @safe @exclusivity(unchecked) var tally = WorkerTally()
    let accessLog: AccessLog?
    @safe @exclusivity(unchecked) var ids = RequestIDs()
    /// What requests that begin now are decided and forwarded by.
    @safe @exclusivity(unchecked) var deployment: Deployment
    @safe @exclusivity(unchecked) var isDraining = false

    /// The pages that are being made.
    let pages: LocalWork
    /// What the operations listener is being told.
    let reports: LocalWork
    /// Tasks for what happens beside what connections do.
    let tasks: ParkedTasks
    let frameRound: FrameRound

    init(
        loop: EventLoop, pageLoop: EventLoop, clock: WorkerClock, metrics: WorkerMetrics, sessions: SessionDirectory,
        assertions: AssertionDesk,
        deployment: Deployment, responder: any LocalResponder,
        rotate: @escaping @Sendable (String, String) async -> RotatedCookie?,
        operations: OperationsSource, budget: ConnectionBudget, keptMemory: KeptMemory, accessLog: AccessLog?,
        tasks: ParkedTasks
    ) {
        self.loop = loop
        self.clock = clock
        self.metrics = metrics
        self.sessions = sessions
        self.assertions = assertions
        self.deployment = deployment
        self.responder = responder
        self.rotate = rotate
        self.operations = operations
        self.budget = budget
        self.keptMemory = keptMemory
        exchanges = ExchangePool(limits: deployment.headLimits)
        self.accessLog = accessLog
        self.tasks = tasks
        frameRound = FrameRound(tasks: tasks)
        pages = LocalWork(loop: loop, doer: pageLoop)
        reports = LocalWork(loop: loop, placesMax: 16)
    }

    /// The time of day, as the clock tells it. Not inlined: see `UpstreamRequestWriter`.
    var now: Timestamp {
        @inline(never) get { clock.now }
    }

    /// Counts a request that is over, and writes its line.
    func account(for exchange: Exchange, of client: Client) {
        guard client.service.purpose != .operations else { return }
        let duration = microseconds(from: exchange.record.startedAt, to: loop.now)
        var upstreamDuration: UInt64?
        if let asked = exchange.record.upstreamAskedAt {
            upstreamDuration = microseconds(from: asked, to: exchange.record.upstreamAnsweredAt ?? loop.now)
        }
        let wireProtocol = exchange.request.version.wireProtocol
        let route = exchange.record.route?.index
        metrics.countRequest(
            route: route, status: exchange.record.status, wireProtocol: wireProtocol, durationMicroseconds: duration)
        if let upstreamDuration { metrics.countUpstream(durationMicroseconds: upstreamDuration) }
        if let decision = exchange.record.outcome.decision {
            // What became of an answer that was allowed is no reason of the policy's.
            let reason = decision == .allow ? nil : exchange.record.code
            metrics.countDecision(route: route, outcome: decision, reason: ReasonNames.index(of: reason))
            if let shadow = exchange.record.shadow {
                metrics.countShadow(
                    route: route, enforced: decision, outcome: shadow.outcome,
                    reason: ReasonNames.index(of: shadow.code))
            }
        }
        guard let accessLog else { return }
        // What was decided on is told, whoever asked.
        let request = exchange.subject
        let entry = AccessLogEntry(
            at: clock.now - .microseconds(Int64(clamping: duration)),
            requestID: UUID128(high: exchange.record.id.high, low: exchange.record.id.low),
            decisionID: exchange.record.id.decision,
            client: client.text, wireProtocol: wireProtocol, status: exchange.record.status,
            grpcStatus: exchange.record.grpcStatus, route: exchange.record.route?.name, plant: exchange.record.plant,
            user: exchange.record.principal?.userID, session: exchange.record.session,
            outcome: exchange.record.outcome.decision, reason: exchange.record.code,
            shadow: exchange.record.shadow?.outcome,
            shadowReason: exchange.record.shadow.flatMap { $0.isAllowed ? nil : $0.code },
            durationMicroseconds: duration, upstream: exchange.record.upstreamAddress,
            upstreamMicroseconds: upstreamDuration,
            bytesIn: exchange.record.bytesReceived &+ exchange.requestBody.count,
            bytesOut: exchange.record.bodyBytesSent)
        let fields = exchange.request.fields
        if let agent = fields.first(.userAgent) {
            accessLog.append(
                entry, method: request.methodSpan, host: request.authority, path: request.path,
                userAgent: fields.value(agent))
        } else {
            accessLog.append(
                entry, method: request.methodSpan, host: request.authority, path: request.path, userAgent: Span())
        }
    }

    func microseconds(from start: MonotonicInstant, to end: MonotonicInstant) -> UInt64 {
        end > start ? (end.nanoseconds - start.nanoseconds) / 1000 : 0
    }
}

extension ShadowVerdict {
    fileprivate var outcome: DecisionOutcome { isAllowed ? .allow : .deny }
}

extension HTTPVersion {
    /// What logs and metrics call it.
    var wireProtocol: WireProtocol {
        switch self {
        case .http10: .http10
        case .http11: .http11
        case .http2: .http2
        }
    }
}
