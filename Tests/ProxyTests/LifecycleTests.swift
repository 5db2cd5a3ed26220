import EventLoop
import Testing

@testable import Proxy

@Suite struct `A gateway's life` {
    @Test func `ends when running requests have ended, and idle connections are closed at once`() async throws {
        let script: ScriptedUpstream.Script = { wire, request in
            try await Task.sleep(for: .milliseconds(200))
            try await ScriptedUpstream.echo(wire, request)
        }
        try await Stand.with(script) { stand, upstream in
            let idle = try await Wire.connect(stand.plain)
            let running = try await Wire.connect(stand.plain)
            try await running.write(Stand.request("GET /public/x"))
            while await upstream.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            async let drained: Void = stand.gateway.drain(limit: .seconds(10))
            #expect(try await idle.rest().isEmpty)
            let answer = try #require(await running.message())
            #expect(answer.status == 200 && answer["Connection"] == "close")
            await drained
            await #expect(throws: (any Error).self) { _ = try await Wire.connect(stand.plain) }
        }
    }

    @Test func `ends at the limit whatever still runs`() async throws {
        let script: ScriptedUpstream.Script = { _, _ in try await Task.sleep(for: .seconds(20)) }
        try await Stand.with(script) { stand, upstream in
            let running = try await Wire.connect(stand.plain)
            try await running.write(Stand.request("GET /public/x"))
            while await upstream.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            let start = ContinuousClock.now
            await stand.gateway.drain(limit: .milliseconds(200))
            #expect(ContinuousClock.now - start < .seconds(5))
            await running.close()
        }
    }

    @Test func `does not begin when its port is taken`() async throws {
        try await Stand.with { stand, _ in
            let snapshot = try Stand.snapshot([1], Stand.Options(), plain: "127.0.0.1:\(stand.plain)")
            do throws(GatewayError) {
                _ = try await Gateway.start(
                    snapshot, Gateway.Environment(sessions: FakeSessions(), responder: FakePages()))
                Issue.record("two gateways at one port")
            } catch {
                #expect(error.description.hasPrefix("127.0.0.1:\(stand.plain): the address is in use"))
            }
        }
    }

    @Test func `goes on with a new snapshot in between`() async throws {
        let one = try await ScriptedUpstream.start(
            ScriptedUpstream.always("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none"))
        let two = try await ScriptedUpstream.start(
            ScriptedUpstream.always("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo"))
        try await Stand.with(upstreams: [one.port]) { stand in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/x"))
            #expect(try await wire.message()?.text == "one")
            let moved = try await stand.gateway.replaceSnapshot(Stand.snapshot([two.port], Stand.Options()))
            #expect(moved.isEmpty)
            try await wire.write(Stand.request("GET /public/x"))
            #expect(try await wire.message()?.text == "two")
            await wire.close()
        }
        await one.stop()
        await two.stop()
    }

    @Test func `has several workers at one port`() async throws {
        try await Stand.with(options: { $0.workers = 3 }) { stand, _ in
            for _ in 0..<30 { expect(200, of: try await stand.ask("GET /public/x")) }
            #expect(await stand.gateway.reports().count == 3)
        }
    }
}
