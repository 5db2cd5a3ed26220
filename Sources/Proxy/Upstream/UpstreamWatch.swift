import Configuration
import EventLoop

/// Finds out for all workers how endpoints are and where: health checks and name lookups, on a loop of its own.
///
/// One for the process and not one a worker: on a machine of 64 cores an application would be asked 64 times as often
/// as somebody configured, and workers would not agree on the answer. What it finds out goes to the workers as
/// messages; each acts on its own copy, and no request ever waits for it. What requests meet with is each worker's own
/// to judge (`OutlierDetection`), since that needs to be known at once.
actor UpstreamWatch {
    /// What workers are told.
    enum News: Sendable {
        case health(upstream: String, EndpointTarget.Key, isWell: Bool)
        case endpoints(upstream: String, [EndpointTarget])
    }

    /// An upstream that is watched.
    private struct Watched {
        var plan: UpstreamPlan
        var checks: [EndpointTarget.Key: Task<Void, Never>] = [:]
        var lookups: Task<Void, Never>?

        func cancel() {
            for check in checks.values { check.cancel() }
            lookups?.cancel()
        }
    }

    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    private let resolution: EndpointResolution
    private let log: UpstreamLog
    private let tell: @Sendable (News) async -> Void
    private var watched: [String: Watched] = [:]
    /// Where names are looked up: a thread that may wait for the resolver. Made when it is needed.
    private var resolver: EventLoop?
    private let startResolver: @Sendable () throws(IOError) -> EventLoop
    private var isEnded = false

    /// - Parameter startResolver: starts the thread on which names are looked up.
    init(
        loop: EventLoop, resolution: EndpointResolution, log: UpstreamLog,
        startResolver: @escaping @Sendable () throws(IOError) -> EventLoop = { () throws(IOError) in
            try UpstreamWatch.resolverThread()
        },
        tell: @escaping @Sendable (News) async -> Void
    ) {
        self.loop = loop
        self.resolution = resolution
        self.log = log
        self.startResolver = startResolver
        self.tell = tell
    }

    // MARK: What is watched

    /// Watches these upstreams from now on. What is known of those that have not changed stays known.
    func watch(_ plans: [UpstreamPlan]) {
        guard !isEnded else { return }
        var former = watched
        watched = [:]
        for plan in plans {
            let name = plan.settings.name
            var upstream: Watched
            if let known = former[name], known.plan.settings == plan.settings {
                former.removeValue(forKey: name)
                upstream = known
                upstream.plan = plan
            } else {
                upstream = Watched(plan: plan)
                let hasNames = plan.settings.endpoints.contains {
                    EndpointResolution.parts(of: $0.url)?.isName == true
                }
                if hasNames { upstream.lookups = Task(executorPreference: loop) { await self.keepLookingUp(name) } }
            }
            check(&upstream)
            watched[name] = upstream
        }
        for upstream in former.values { upstream.cancel() }
    }

    /// Ends everything.
    func end() {
        isEnded = true
        for upstream in watched.values { upstream.cancel() }
        watched = [:]
        resolver?.stop()
    }

    /// Has every target checked that there is, and none that has gone.
    private func check(_ upstream: inout Watched) {
        guard let settings = upstream.plan.settings.health else { return }
        let name = upstream.plan.settings.name
        let keys = Set(upstream.plan.targets.map(\.key))
        for (key, check) in upstream.checks where !keys.contains(key) {
            check.cancel()
            upstream.checks.removeValue(forKey: key)
        }
        for key in keys where upstream.checks[key] == nil {
            upstream.checks[key] = Task(executorPreference: loop) { await self.keepChecking(name, key, settings) }
        }
    }

    // MARK: Health

    private func keepChecking(
        _ name: String, _ key: EndpointTarget.Key, _ settings: UpstreamSettings.HealthCheck
    ) async {
        var verdict = HealthVerdict(settings)
        while !Task.isCancelled, let target = watched[name]?.plan.targets.first(where: { $0.key == key }) {
            let problem = await HealthProbe(target: target, settings: settings, loop: loop).problem()
            if Task.isCancelled { return }
            if let finding = verdict.note(problem: problem) {
                log.healthChanged(target, of: name, finding)
                await tell(.health(upstream: name, key, isWell: finding == .well))
            }
            // A tenth more or less, so that checks of many gateways do not fall together.
            let jitter = Double.random(in: 0.9...1.1)
            await loop.sleep(until: loop.now + settings.interval * jitter)
        }
    }

    // MARK: Names

    private func keepLookingUp(_ name: String) async {
        var unknown: Set<String> = []
        var isBlind = false
        while !Task.isCancelled, let interval = watched[name]?.plan.settings.resolve {
            await loop.sleep(until: loop.now + interval)
            guard !Task.isCancelled, let plan = watched[name]?.plan else { return }
            let resolver: EventLoop
            do throws(IOError) {
                resolver = try takeResolver()
                isBlind = false
            } catch {
                if !isBlind { log.namesNotLookedUp(of: name, error) }
                isBlind = true
                continue
            }
            let resolution = resolution
            let found = await Task.detached(executorPreference: resolver) {
                plan.settings.endpoints.map { UpstreamPlan.targets(of: $0.url, plan.settings, plan.tls, resolution) }
            }.value
            guard !Task.isCancelled, watched[name] != nil else { return }
            var targets: [EndpointTarget] = []
            for (endpoint, found) in zip(plan.settings.endpoints, found) {
                let former = plan.targets.filter { $0.label == endpoint.url }
                guard let found, !found.isEmpty else {
                    if unknown.insert(endpoint.url).inserted { log.nameUnknown(endpoint.url, of: name) }
                    targets += former
                    continue
                }
                unknown.remove(endpoint.url)
                if found.map(\.key) != former.map(\.key) {
                    log.addressesChanged(endpoint.url, of: name, found.map(\.address))
                }
                targets += found
            }
            await follow(name, targets)
        }
    }

    private func follow(_ name: String, _ targets: [EndpointTarget]) async {
        guard var upstream = watched[name], upstream.plan.targets.map(\.key) != targets.map(\.key) else { return }
        upstream.plan.targets = targets
        check(&upstream)
        watched[name] = upstream
        await tell(.endpoints(upstream: name, targets))
    }

    private func takeResolver() throws(IOError) -> EventLoop {
        if let resolver { return resolver }
        let loop = try startResolver()
        resolver = loop
        return loop
    }

    static func resolverThread() throws(IOError) -> EventLoop {
        let loop = try EventLoop(name: "resolver")
        try loop.start()
        return loop
    }
}
