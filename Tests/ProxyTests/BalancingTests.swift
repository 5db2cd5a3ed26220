import Configuration
import Synchronization
import Testing

@testable import Proxy

@Suite struct `Requests to several endpoints` {
    /// An application whose health and answers a test changes.
    private final class Mood: Sendable {
        private let state = Mutex((isWell: true, status: 200))
        var isWell: Bool {
            get { state.withLock { $0.isWell } }
            set { state.withLock { $0.isWell = newValue } }
        }
        var status: Int {
            get { state.withLock { $0.status } }
            set { state.withLock { $0.status = newValue } }
        }

        var script: ScriptedUpstream.Script {
            { wire, request in
                if request.startLine.hasPrefix("GET /healthz") {
                    let status = self.isWell ? 204 : 500
                    try await wire.write("HTTP/1.1 \(status) X\r\n\(status == 500 ? "Content-Length: 0\r\n" : "")\r\n")
                    return
                }
                try await wire.write("HTTP/1.1 \(self.status) X\r\nContent-Length: 2\r\n\r\nok")
            }
        }
    }

    private static func asked(_ upstream: ScriptedUpstream) async -> Int {
        await upstream.requests.filter { !$0.startLine.contains("/healthz") }.count
    }

    private static func health(interval: Duration = .milliseconds(100)) -> UpstreamSettings.HealthCheck {
        var health = UpstreamSettings.HealthCheck()
        health.path = "/healthz"
        health.interval = interval
        return health
    }

    @Test func `go to one endpoint for one person, and to others for others`() async throws {
        let upstreams = [
            try await ScriptedUpstream.start(), try await ScriptedUpstream.start(), try await ScriptedUpstream.start(),
        ]
        try await Stand.with(upstreams: upstreams.map(\.port), options: { $0.balance = .hashUser }) { stand in
            var homes: Set<Int> = []
            for number in 0..<40 {
                let token = stand.sessions.signIn("person\(number)")
                var before = await counts(upstreams)
                var own: Set<Int> = []
                for _ in 0..<3 {
                    expect(200, of: try await stand.ask("GET /private/x", token: token))
                    let after = await counts(upstreams)
                    own.formUnion(upstreams.indices.filter { after[$0] != before[$0] })
                    before = after
                }
                #expect(own.count == 1)
                homes.formUnion(own)
            }
            #expect(homes.count == 3)
            // Strangers are told apart by their address alone.
            let before = await counts(upstreams)
            for _ in 0..<9 { expect(200, of: try await stand.ask("GET /public/x")) }
            let after = await counts(upstreams)
            #expect(upstreams.indices.filter { after[$0] != before[$0] }.count == 1)
        }
        for upstream in upstreams { await upstream.stop() }
    }

    private func four(_ script: @escaping ScriptedUpstream.Script) async throws -> [ScriptedUpstream] {
        var upstreams: [ScriptedUpstream] = []
        for _ in 0..<4 { upstreams.append(try await ScriptedUpstream.start(script)) }
        return upstreams
    }

    private func counts(_ upstreams: [ScriptedUpstream]) async -> [Int] {
        var counts: [Int] = []
        for upstream in upstreams { counts.append(await upstream.requests.count) }
        return counts
    }

    @Test func `pass over the one whose health check fails, and come back to it`() async throws {
        let (ill, well) = (Mood(), Mood())
        ill.isWell = false
        let log = LogCapture()
        let one = try await ScriptedUpstream.start(ill.script)
        let other = try await ScriptedUpstream.start(well.script)
        let options: (inout Stand.Options) -> Void = {
            $0.health = Self.health()
            $0.health?.timeout = .seconds(60)
            $0.logger = log.logger
            $0.workers = 2
        }
        try await Stand.with(upstreams: [one.port, other.port], options: options) { stand in
            try await eventually("found unwell on every worker") {
                await stand.gateway.reports().allSatisfy { $0.endpoints.map(\.isAvailable) == [false, true] }
            }
            for _ in 0..<20 { expect(200, of: try await stand.ask("GET /public/x")) }
            #expect(await Self.asked(one) == 0)
            #expect(await Self.asked(other) == 20)
            let page = String(decoding: await stand.gateway.metrics(), as: UTF8.self)
            for (name, port, number) in [
                ("healthy", one.port, 0), ("healthy", other.port, 1), ("check_passing", one.port, 0),
                ("check_passing", other.port, 1), ("ejected", one.port, 0),
            ] {
                let labels = "upstream=\"app\",endpoint=\"http://127.0.0.1:\(port)\""
                #expect(page.contains("gatehouse_upstream_\(name){\(labels)} \(number)\n"), "\(name) of \(port)")
            }
            #expect(
                log.lines.contains {
                    $0.hasPrefix("warning: an endpoint is given no requests: its health check fails")
                        && $0.contains("problem=answered 500") && $0.contains("endpoint=http://127.0.0.1:\(one.port)")
                }, "\(log.lines)")

            ill.isWell = true
            try await eventually("found well again") {
                await stand.gateway.reports().allSatisfy { $0.endpoints.map(\.isAvailable) == [true, true] }
            }
            try await eventually("is given requests again") {
                expect(200, of: try await stand.ask("GET /public/x"))
                return await Self.asked(one) > 0
            }
        }
        await one.stop()
        await other.stop()
    }

    /// One checker for the process, whatever the number of workers.
    @Test func `are not what a health check costs by the number of workers`() async throws {
        let mood = Mood()
        let options: (inout Stand.Options) -> Void = {
            $0.health = Self.health(interval: .seconds(1000))
            $0.workers = 4
        }
        try await Stand.with(mood.script, options: options) { stand, upstream in
            try await eventually("checked") { await upstream.requests.count == 1 }
            try await Task.sleep(for: .milliseconds(50))
            #expect(await upstream.requests.count == 1)
            let probe = try #require(await upstream.requests.first)
            #expect(probe.startLine == "GET /healthz HTTP/1.1" && probe["Host"] == "127.0.0.1:\(upstream.port)")
            #expect(probe["Connection"] == "close" && probe["User-Agent"] == "gatehouse-health")
        }
    }

    @Test func `are answered with 503 at once when none is well`() async throws {
        let mood = Mood()
        mood.isWell = false
        let options: (inout Stand.Options) -> Void = {
            $0.health = Self.health()
            $0.health?.healthyAfter = 100
        }
        try await Stand.with(mood.script, options: options) { stand, upstream in
            try await eventually("found unwell") { try await stand.report().endpoints.map(\.isAvailable) == [false] }
            let answer = try await stand.ask("POST /public/x", body: "x")
            #expect(answer.status == 503 && answer.text.contains("\"code\":\"upstream_unhealthy\""))
            let page = String(decoding: await stand.gateway.metrics(), as: UTF8.self)
            #expect(page.contains("gatehouse_upstream_refused_total{upstream=\"app\",reason=\"unhealthy\"} 1\n"))
            #expect(answer["Retry-After"] == "11")
            #expect(await Self.asked(upstream) == 0)
            #expect(try await stand.report().upstreamInUse == 0)
        }
    }

    @Test(arguments: [502, 503, 504])
    func `pass over one that fails again and again, for a while`(status: Int) async throws {
        let (ill, well) = (Mood(), Mood())
        ill.status = status
        let one = try await ScriptedUpstream.start(ill.script)
        let other = try await ScriptedUpstream.start(well.script)
        func options(base: Duration) -> (inout Stand.Options) -> Void {
            {
                $0.balance = .roundRobin
                $0.ejection?.failures = 3
                $0.ejection?.base = base
            }
        }
        try await Stand.with(upstreams: [one.port, other.port], options: options(base: .seconds(600))) { stand in
            var statuses: [Int?] = []
            for _ in 0..<30 { statuses.append(try await stand.ask("GET /public/x").status) }
            #expect(statuses.filter { $0 == status }.count == 3 && statuses.filter { $0 == 200 }.count == 27)
        }
        try await Stand.with(upstreams: [one.port, other.port], options: options(base: .milliseconds(100))) { stand in
            try await eventually("is passed over") {
                _ = try await stand.ask("GET /public/x")
                return try await !stand.report().endpoints.allSatisfy(\.isAvailable)
            }
            ill.status = 200
            let before = await one.requests.count
            try await eventually("is given requests again") {
                expect(200, of: try await stand.ask("GET /public/x"))
                return await one.requests.count > before
            }
        }
        await one.stop()
        await other.stop()
    }

    @Test func `go on to half of the endpoints however badly all of them fail`() async throws {
        let ill = Mood()
        ill.status = 503
        let upstreams = try await four(ill.script)
        let options: (inout Stand.Options) -> Void = { $0.ejection?.failures = 1 }
        try await Stand.with(upstreams: upstreams.map(\.port), options: options) { stand in
            for _ in 0..<40 { expect(503, of: try await stand.ask("GET /public/x")) }
            #expect(try await stand.report().endpoints.filter(\.isAvailable).count == 2)
        }
        for upstream in upstreams { await upstream.stop() }
    }

    @Test(arguments: ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
    func `are repeated at another when no answer came and twice does no harm (RFC 9110, 9.2.2)`(
        method: String
    ) async throws {
        let broken = try await ScriptedUpstream.start { wire, _ in await wire.close() }
        let sound = try await ScriptedUpstream.start()
        let options: (inout Stand.Options) -> Void = {
            $0.balance = .roundRobin
            $0.ejection = nil
        }
        try await Stand.with(upstreams: [broken.port, sound.port], options: options) { stand in
            for _ in 0..<4 { expect(200, of: try await stand.ask("\(method) /public/x")) }
            #expect(await broken.requests.count == 2)
            #expect(try await stand.report().upstreamRetries == 2)
        }
        await broken.stop()
        await sound.stop()
    }

    @Test func `are not repeated when they may have been acted on`() async throws {
        let broken = try await ScriptedUpstream.start { wire, _ in await wire.close() }
        let sound = try await ScriptedUpstream.start()
        let options: (inout Stand.Options) -> Void = {
            $0.balance = .roundRobin
            $0.ejection = nil
        }
        try await Stand.with(upstreams: [broken.port, sound.port], options: options) { stand in
            var statuses: [Int] = []
            for _ in 0..<4 { statuses.append(try await stand.ask("POST /public/x", body: "once").status ?? 0) }
            #expect(statuses.sorted() == [200, 200, 502, 502])
            #expect(await broken.requests.count == 2)
            #expect(await sound.requests.count == 2)
        }
        await broken.stop()
        await sound.stop()
    }

    @Test(arguments: [(0, 1), (1, 2), (2, 3), (10, 4)])
    func `are repeated so often and no more`(attempts: Int, expected: Int) async throws {
        let upstreams = try await four { wire, _ in await wire.close() }
        let options: (inout Stand.Options) -> Void = {
            $0.retries.attempts = attempts
            $0.ejection = nil
        }
        try await Stand.with(upstreams: upstreams.map(\.port), options: options) { stand in
            expect(502, of: try await stand.ask("GET /public/x"))
            #expect(await counts(upstreams).reduce(0, +) == expected)
            #expect(try await stand.report().upstreamInUse == 0)
        }
        for upstream in upstreams { await upstream.stop() }
    }

    /// When everything fails, repetitions stay within the budget: three at once, with few requests under way.
    @Test func `are not repeated beyond the budget`() async throws {
        let gate = Gate()
        let script: ScriptedUpstream.Script = { wire, _ in
            await gate.pass()
            await wire.close()
        }
        let one = try await ScriptedUpstream.start(script)
        let other = try await ScriptedUpstream.start(script)
        let options: (inout Stand.Options) -> Void = {
            $0.ejection = nil
            $0.retries.budgetPercent = 0
        }
        try await Stand.with(upstreams: [one.port, other.port], options: options) { stand in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { _ = try? await stand.ask("GET /public/x") } }
                try? await eventually("all have arrived") { await counts([one, other]).reduce(0, +) == 20 }
                // All first tries fail together; the second ones are held until all are there that come.
                await gate.letThrough(20)
                try? await eventually("three were repeated") { await counts([one, other]).reduce(0, +) == 23 }
                try? await Task.sleep(for: .milliseconds(100))
                #expect(await counts([one, other]).reduce(0, +) == 23)
                await gate.open()
            }
        }
        await one.stop()
        await other.stop()
    }
}

/// Lets only so many pass, and the others wait.
private actor Gate {
    private var left = 0
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func pass() async {
        if isOpen { return }
        if left > 0 {
            left -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func letThrough(_ count: Int) {
        let now = waiting.prefix(count)
        left = count - now.count
        waiting.removeFirst(now.count)
        for waiter in now { waiter.resume() }
    }

    func open() {
        isOpen = true
        for waiter in waiting { waiter.resume() }
        waiting = []
    }
}
