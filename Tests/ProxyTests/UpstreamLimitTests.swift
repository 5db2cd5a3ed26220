import Configuration
import Synchronization
import Testing

@testable import Proxy

@Suite struct `An application that may be asked only so much at once` {
    /// Answers when the test says so.
    private final class Brake: Sendable {
        private let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])
        var count: Int { waiting.withLock { $0.count } }

        func hold() async { await withCheckedContinuation { waiter in waiting.withLock { $0.append(waiter) } } }

        func release() {
            let waiter = waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            waiter?.resume()
        }
    }

    private static func limits(
        connections: Int = 1, pending: Int = 1, timeout: Duration = .seconds(600)
    ) -> (inout Stand.Options) -> Void {
        {
            $0.upstreamLimits.connections = connections
            $0.upstreamLimits.pending = pending
            $0.upstreamLimits.pendingTimeout = timeout
        }
    }

    @Test func `has the next wait and those beyond refused at once, and serves in the order of coming`() async throws {
        let brake = Brake()
        let script: ScriptedUpstream.Script = { wire, request in
            await brake.hold()
            try await ScriptedUpstream.echo(wire, request)
        }
        try await Stand.with(script, options: Self.limits(pending: 3)) { stand, upstream in
            var wires: [Wire] = []
            for number in 1...4 {
                let wire = try await Wire.connect(stand.plain)
                try await wire.write(Stand.request("GET /public/\(number)"))
                wires.append(wire)
                try await eventually("\(number) is here or waits") {
                    let report = try await stand.report()
                    return brake.count == 1 && report.upstreamWaiting == number - 1
                }
            }
            let refused = try await stand.ask("GET /public/5")
            #expect(refused.status == 503 && refused.text.contains("\"code\":\"upstream_busy\""))
            #expect(refused["Retry-After"] == "1")
            let page = String(decoding: await stand.gateway.metrics(), as: UTF8.self)
            #expect(page.contains("gatehouse_upstream_refused_total{upstream=\"app\",reason=\"busy\"} 1\n"))
            for wire in wires {
                try await eventually("is being worked on") { brake.count == 1 }
                brake.release()
                expect(200, of: try #require(await wire.message()))
            }
            #expect(await upstream.requests.map(\.startLine) == (1...4).map { "GET /public/\($0) HTTP/1.1" })
            // The place is handed on with its connection.
            #expect(await upstream.connections == 1)
            #expect(try await stand.report().upstreamInUse == 0)
        }
    }

    @Test func `has those who wait too long refused, and their place is nobody's`() async throws {
        let brake = Brake()
        let script: ScriptedUpstream.Script = { wire, request in
            await brake.hold()
            try await ScriptedUpstream.echo(wire, request)
        }
        try await Stand.with(script, options: Self.limits(timeout: .milliseconds(100))) { stand, _ in
            let first = try await Wire.connect(stand.plain)
            try await first.write(Stand.request("GET /public/1"))
            try await eventually("is being worked on") { brake.count == 1 }
            let refused = try await stand.ask("POST /public/2", body: "x")
            #expect(refused.status == 503 && refused.text.contains("\"code\":\"upstream_busy\""))
            #expect(try await stand.report().upstreamWaiting == 0)
            brake.release()
            expect(200, of: try #require(await first.message()))
            Task {
                try await eventually("is being worked on") { brake.count == 1 }
                brake.release()
            }
            expect(200, of: try await stand.ask("GET /public/3"))
        }
    }

    /// A place is not lost with the connection that had it.
    @Test(arguments: [true, false])
    func `hands on the place of a request that failed`(answers: Bool) async throws {
        let brake = Brake()
        let script: ScriptedUpstream.Script = { wire, _ in
            await brake.hold()
            if answers { try await wire.write("nonsense\r\n\r\n") }
            await wire.close()
        }
        try await Stand.with(script, options: Self.limits(pending: 5)) { stand, upstream in
            await withThrowingTaskGroup(of: Int?.self) { group in
                for number in 0..<4 {
                    group.addTask { try await stand.ask("POST /public/\(number)", body: "x").status }
                }
                for _ in 0..<4 {
                    try? await eventually("is being worked on") { brake.count == 1 }
                    brake.release()
                }
                while let status = try? await group.next() { #expect(status == 502) }
            }
            #expect(await upstream.connections == 4)
            let report = try await stand.report()
            #expect(report.upstreamInUse == 0 && report.upstreamWaiting == 0)
        }
    }

    @Test func `has no more connections than that, kept ones among them`() async throws {
        try await Stand.with(options: Self.limits(connections: 3, pending: 100)) { stand, upstream in
            try await withThrowingTaskGroup(of: Int?.self) { group in
                for number in 0..<60 { group.addTask { try await stand.ask("GET /public/\(number)").status } }
                for try await status in group { #expect(status == 200) }
            }
            #expect(await upstream.connections <= 3)
            #expect(try await stand.report().upstreamKept <= 3)
        }
    }
}
