import Configuration
import EventLoop
import Telemetry

/// An upstream as one worker sees it: its endpoints, how they are, and which takes the next request.
///
/// Nothing is shared between workers, so nothing takes a lock: each has its own connections, counts its own failures
/// and ejects by itself. What is found out for all, by health checks and name lookups, comes as messages
/// (`UpstreamWatch`).
final class UpstreamCluster {
    let settings: UpstreamSettings
    let firstByteTimeout: Nanoseconds
    let idleTimeout: Duration
    private let means: UpstreamMeans
    private let loop: EventLoop
    private let limits: UpstreamLimits
    private let log: UpstreamLog
    @safe @exclusivity(unchecked) private(set) var endpoints: [UpstreamEndpoint] = []
    /// Those that are given requests.
    @safe @exclusivity(unchecked) private var available: [UpstreamEndpoint] = []
    @safe @exclusivity(unchecked) private var choice: EndpointChoice
    @safe @exclusivity(unchecked) private var budget: RetryBudget
    @safe @exclusivity(unchecked) private(set) var metrics: UpstreamMetrics

    init(
        _ settings: UpstreamSettings, targets: [EndpointTarget], workers: Int, log: UpstreamLog, means: UpstreamMeans
    ) {
        self.settings = settings
        metrics = UpstreamMetrics(name: settings.name)
        self.means = means
        loop = means.loop
        self.log = log
        limits = UpstreamLimits(settings, workers: workers)
        firstByteTimeout = Nanoseconds(settings.timeouts.firstByte)
        idleTimeout = settings.timeouts.idle
        choice = EndpointChoice(settings.balance)
        budget = RetryBudget(percent: settings.retries.budgetPercent)
        endpoints = targets.map(makeEndpoint)
        sortOut()
    }

    private func makeEndpoint(_ target: EndpointTarget) -> UpstreamEndpoint {
        UpstreamEndpoint(target: target, settings: settings, limits: limits, log: log, means: means)
    }

    // MARK: Choosing

    /// Whether the choice depends on who asks.
    var choosesByPerson: Bool { choice.isByPerson }

    /// The endpoint for the next request; nil when there is none to ask.
    ///
    /// - Parameters:
    ///   - person: a number that stands for who asks, if the choice depends on it.
    ///   - tried: endpoints that the request was at already.
    func choose(for person: UInt64, except tried: [UpstreamEndpoint]) -> UpstreamEndpoint? {
        if tried.isEmpty {
            if available.count == 1 { return available[0] }
            return choice.choose(among: available, for: person, now: loop.now)
        }
        let left = available.filter { endpoint in !tried.contains { $0 === endpoint } }
        return choice.choose(among: left, for: person, now: loop.now)
    }

    /// In how many seconds it is worth asking again, when there is no endpoint to ask.
    var secondsToRecovery: Int {
        guard let health = settings.health else { return 1 }
        let time = health.interval * health.healthyAfter
        return Int(clamping: max(1, min(3600, time.components.seconds + 1)))
    }

    // MARK: Repeating

    /// Whether a request may be sent once more. The cluster is told with `retryEnded` when that is over.
    func mayRetry() -> Bool { budget.take(active: endpoints.reduce(0) { $0 + $1.load }) }

    func retryEnded() { budget.giveBack() }

    /// A request is sent once more.
    func repeated() { metrics.retries &+= 1 }

    /// Notes what a request was refused for, if it was for what the application may be asked at all.
    func refused(_ error: UpstreamError) {
        switch error {
        case .busy: metrics.busy &+= 1
        case .noneWell: metrics.unhealthy &+= 1
        default: break
        }
    }

    // MARK: What endpoints meet with

    /// Notes the status of an answer.
    func answered(_ endpoint: UpstreamEndpoint, _ status: Int) {
        if (502...504).contains(status) {
            failed(endpoint, .status(status))
        } else {
            endpoint.outliers.succeeded()
        }
    }

    /// Notes a failure. Ejects the endpoint if it was one too many, unless half of all are passed over already: that
    /// many do not fail by themselves, and the rest could not bear their load.
    func failed(_ endpoint: UpstreamEndpoint, _ what: UpstreamFailure) {
        log.failed(endpoint.target, of: settings.name, what, now: loop.now, &endpoint.complaints)
        guard endpoint.outliers.failed() else { return }
        let passedOver = endpoints.count - available.count
        guard endpoint.isAvailable, (passedOver + 1) * 2 <= endpoints.count else { return }
        let time = endpoint.outliers.eject(now: loop.now)
        sortOut()
        log.ejected(endpoint.target, of: settings.name, for: time)
    }

    /// Notes what a health check found out.
    func mark(_ key: EndpointTarget.Key, isWell: Bool) {
        for endpoint in endpoints where endpoint.target.key == key && endpoint.isWell != isWell {
            endpoint.isWell = isWell
            if isWell { endpoint.warmUp.begin(now: loop.now) } else { endpoint.closeKept() }
        }
        sortOut()
    }

    /// Takes the endpoints that there are now: connections of those that stay are kept, requests at those that have
    /// gone come to their end.
    func follow(_ targets: [EndpointTarget]) {
        var former = Dictionary(endpoints.map { ($0.target.key, $0) }) { first, _ in first }
        endpoints = targets.map { target in
            if let endpoint = former.removeValue(forKey: target.key) {
                endpoint.target = target
                return endpoint
            }
            let endpoint = makeEndpoint(target)
            endpoint.warmUp.begin(now: loop.now)
            return endpoint
        }
        sortOut()
        for endpoint in former.values { endpoint.close() }
    }

    private func sortOut() { available = endpoints.filter(\.isAvailable) }

    // MARK: Care

    /// Does what time brings: ends ejections and warm-ups, closes connections that nobody needs.
    func sweep() {
        let now = loop.now
        var changed = false
        for endpoint in endpoints {
            endpoint.sweep()
            endpoint.warmUp.review(now: now)
            if endpoint.outliers.review(now: now) {
                endpoint.warmUp.begin(now: now)
                changed = true
            }
        }
        if changed { sortOut() }
    }

    func close() { for endpoint in endpoints { endpoint.close() } }
}

/// What one worker may hold of an endpoint: its share of what the whole gateway may.
struct UpstreamLimits: Sendable {
    let connectionsMax: Int
    let waitingMax: Int
    let keptMax: Int
    let waitingTimeout: Duration
    let keptIdle: Duration
    let connectTimeout: Duration

    init(_ settings: UpstreamSettings, workers: Int) {
        let workers = max(1, workers)
        func share(_ whole: Int) -> Int { (whole + workers - 1) / workers }
        connectionsMax = share(settings.limits.connections)
        waitingMax = share(settings.limits.pending)
        keptMax = share(settings.limits.idleConnections)
        waitingTimeout = settings.limits.pendingTimeout
        keptIdle = settings.limits.idle
        connectTimeout = settings.timeouts.connect
    }
}
