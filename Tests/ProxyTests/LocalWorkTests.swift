import EventLoop
import Synchronization
import Testing

@testable import Proxy

@Suite struct `Pages that hang` {
    @Test func `get 503 in the end, and the next page is made as ever`() async throws {
        try await Stand.with(options: { $0.page = .milliseconds(150) }) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /.gatehouse/hang"))
            let answer = try #require(await wire.message())
            #expect(answer.status == 503 && answer["Retry-After"] != nil)
            #expect(answer.text.contains("\"code\":\"page_timeout\""))
            // On a busy machine any page may take so long; the next one begins anew.
            try await eventually {
                try await wire.write(Stand.request("GET /.gatehouse/x"))
                return try await wire.message()?.status == 200
            }
            await wire.close()
        }
    }

    @Test func `are bounded in number, and hold up nothing else`() async throws {
        try await Stand.with(options: { $0.page = .seconds(50) }) { stand, upstream in
            var hanging: [Wire] = []
            for _ in 0..<64 {
                let wire = try await Wire.connect(stand.plain)
                try await wire.write(Stand.request("GET /.gatehouse/hang"))
                hanging.append(wire)
            }
            while stand.pages.requests.count < 64 { try await Task.sleep(for: .milliseconds(5)) }
            let answer = try await stand.ask("GET /.gatehouse/x")
            #expect(answer.status == 503 && answer["Retry-After"] != nil && answer.text.contains("\"code\":\"busy\""))
            // A page that explains cannot be made either; what it says is said in plain.
            let refusal = try await stand.ask("GET /nothing", fields: Stand.navigation)
            #expect(refusal.status == 404 && refusal["Content-Type"] == "application/problem+json")
            expect(200, of: try await stand.ask("GET /public/x"))
            for wire in hanging { await wire.close() }
        }
    }

    @Test func `keep their places until they end, even when nobody waits any more`() async throws {
        let loop = try EventLoop(name: "local-work")
        try loop.start()
        let gate = Gate()
        let work = LocalWork(loop: loop, placesMax: 2)
        try await Task(executorPreference: loop) {
            for _ in 0..<2 {
                let outcome = await work.run(within: .milliseconds(20)) { await gate.passed() }
                guard case .late = outcome else { throw WireError.timedOut }
            }
            #expect(work.count == 2)
            guard case .busy = await work.run(within: .seconds(60), { true }) else { throw WireError.timedOut }
            gate.open()
            while work.count > 0 { await Task.yield() }
            guard case .done(true) = await work.run(within: .seconds(60), { true }) else { throw WireError.timedOut }
        }.value
        loop.stop()
        await Task.detached { loop.join() }.value
    }
}

@Suite struct `Where work is done` {
    @Test func `is where it was told to, and who waits goes on where they were`() async throws {
        let (loop, doer) = (try EventLoop(name: "worker"), try EventLoop(name: "pages"))
        for loop in [loop, doer] { try loop.start() }
        let work = LocalWork(loop: loop, doer: doer)
        let places = await Task(executorPreference: loop) {
            let outcome = await work.run(within: .seconds(60)) {
                await Task.yield()
                return doer.isCurrent
            }
            guard case .done(let isWithDoer) = outcome else { return [false] }
            return [isWithDoer, loop.isCurrent]
        }.value
        #expect(places == [true, true])
        await Task.detached {
            for loop in [loop, doer] {
                loop.stop()
                loop.join()
            }
        }.value
    }
}

/// Holds up whoever comes until it is opened, and takes no notice of cancellation.
private final class Gate: Sendable {
    private let waiting = Mutex<[CheckedContinuation<Void, Never>]?>([])

    func passed() async {
        await withCheckedContinuation { waiter in
            let isOpen = waiting.withLock { waiting in
                waiting?.append(waiter)
                return waiting == nil
            }
            if isOpen { waiter.resume() }
        }
    }

    func open() {
        let held = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        for waiter in held ?? [] { waiter.resume() }
    }
}
