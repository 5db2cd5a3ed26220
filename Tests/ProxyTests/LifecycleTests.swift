import Configuration
import EventLoop
import Identity
import Synchronization
import Testing

@testable import Proxy

@Suite struct `A gateway's life` {
    @Test func `ends when running requests have ended, and idle connections are closed`() async throws {
        let turnstile = Turnstile()
        let script: ScriptedUpstream.Script = { wire, request in
            await turnstile.wait()
            try await ScriptedUpstream.echo(wire, request)
        }
        try await Stand.with(script) { stand, upstream in
            let idle = try await Wire.connect(stand.plain)
            let running = try await Wire.connect(stand.plain)
            try await running.write(Stand.request("GET /public/x"))
            try await eventually { await turnstile.isReached }
            async let drained: Void = stand.gateway.drain(limit: .seconds(10))
            #expect(try await idle.rest().isEmpty)
            await turnstile.open()
            let answer = try #require(await running.message())
            #expect(answer.status == 200 && answer["Connection"] == "close")
            await drained
            await #expect(throws: (any Error).self) { _ = try await Wire.connect(stand.plain) }
        }
    }

    /// A record that renews keys is no request, and no reason to wait for one (RFC 8446, section 4.6.3).
    @Test(arguments: [false, true])
    func `ends at once for who has only renewed their keys meanwhile`(asksBack: Bool) async throws {
        let turnstile = Turnstile()
        let script: ScriptedUpstream.Script = { wire, request in
            if request.startLine.hasPrefix("GET /public/slow") { await turnstile.wait() }
            try await ScriptedUpstream.echo(wire, request)
        }
        try await Stand.with(script) { stand, upstream in
            let idle = try await RenewingPeer.connect(stand.tls)
            #expect(try await idle.ask(Stand.request("GET /public/x")).status == 200)
            try await idle.renewKeys(asksBack: asksBack)
            // What came before it has been looked at when this one comes to the application.
            let running = try await Wire.connect(stand.plain)
            try await running.write(Stand.request("GET /public/slow"))
            try await eventually { await turnstile.isReached }
            async let drained: Void = stand.gateway.drain(limit: .seconds(20))
            #expect(try await idle.ends())
            // The other one still runs: what is cut off at the limit is asked again.
            await turnstile.open()
            #expect(try await running.message()?.status == 200)
            #expect(await upstream.requests.count == 2)
            await drained
        }
    }

    /// And they are served afterwards as before.
    @Test(arguments: [false, true])
    func `goes on with who renews keys between requests`(asksBack: Bool) async throws {
        try await Stand.with { stand, upstream in
            let client = try await RenewingPeer.connect(stand.tls)
            for _ in 0..<3 {
                #expect(try await client.ask(Stand.request("GET /public/x")).status == 200)
                try await client.renewKeys(asksBack: asksBack)
            }
            #expect(try await client.ask(Stand.request("GET /public/x")).status == 200)
            #expect(await upstream.requests.count == 4)
            #expect(try await stand.report().connections == 1)
        }
    }

    @Test func `answers who was about to ask when it began to end, and says that it was the last time`() async throws {
        // Who asks within a second is answered; on a busy machine the test itself may come too late.
        try await eventually("never in time") { try await isAnsweredWhenAskingInTime() }
    }

    /// False: the request was sent too late to tell.
    private func isAnsweredWhenAskingInTime() async throws -> Bool {
        let wasInTime = Mutex(true)
        try await Stand.with { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            // The second is counted from the last answer, which is there before the test hears of it.
            let start = ContinuousClock.now
            try await wire.write(Stand.request("GET /public/x"))
            #expect(try await wire.message()?["Connection"] == nil)
            async let drained: Void = stand.gateway.drain(limit: .seconds(10))
            while await stand.gateway.unreadiness() == nil { try await Task.sleep(for: .milliseconds(1)) }
            try? await wire.write(Stand.request("GET /public/x"))
            let answer = try? await wire.message()
            wasInTime.withLock { $0 = answer != nil || ContinuousClock.now - start < .milliseconds(800) }
            if wasInTime.withLock({ $0 }) { #expect(answer?.status == 200 && answer?["Connection"] == "close") }
            await drained
        }
        return wasInTime.withLock { $0 }
    }

    @Test func `ends at the limit whatever still runs`() async throws {
        let turnstile = Turnstile()
        let script: ScriptedUpstream.Script = { _, _ in await turnstile.wait() }
        try await Stand.with(script) { stand, _ in
            let running = try await Wire.connect(stand.plain)
            try await running.write(Stand.request("GET /public/x"))
            try await eventually { await turnstile.isReached }
            // What runs would never end by itself.
            await stand.gateway.drain(limit: .milliseconds(200))
            // And it is cut off.
            _ = try await running.rest()
            await turnstile.open()
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

    @Test func `closes the connections that have waited longest when there is room for no more`() async throws {
        try await Stand.with(options: { $0.limits.connectionsMax = 20 }) { stand, _ in
            var wires: [Wire] = []
            for index in 0..<40 {
                let wire = try await Wire.connect(stand.plain)
                try await wire.write(Stand.request("GET /public/\(index)"))
                #expect(try await wire.message()?.status == 200, "the newest is served")
                wires.append(wire)
            }
            #expect(try await stand.report().connections <= 20)
            #expect(try await wires[0].rest().isEmpty)
            try await wires[39].write(Stand.request("GET /public/x"))
            #expect(try await wires[39].message()?.status == 200)
            for wire in wires { await wire.close() }
        }
    }

    @Test func `goes on with clients that have paused, and closes them when their time is over`() async throws {
        try await Stand.with(options: { $0.keepAliveIdle = .seconds(6) }) { stand, _ in
            let wire = try await Wire.connect(stand.tls, tls: TestCertificates.shared.client())
            var start = ContinuousClock.now
            for index in 0..<2 {
                start = .now
                try await wire.write(Stand.request("GET /public/\(index)"))
                #expect(try await wire.message()?.status == 200)
                // Long enough for the task that served to be let go of.
                if index == 0 { try await Task.sleep(for: .milliseconds(1200)) }
            }
            #expect(try await wire.rest().isEmpty)
            #expect(ContinuousClock.now - start > .seconds(5))
            let paused = try await Wire.connect(stand.plain)
            try await Task.sleep(for: .milliseconds(1200))
            await stand.gateway.drain(limit: .seconds(5))
            #expect(try await paused.rest().isEmpty)
        }
    }

    @Test func `lends nothing to connections that wait`() async throws {
        try await Stand.with { stand, _ in
            var wires: [Wire] = []
            for _ in 0..<20 {
                let wire = try await Wire.connect(stand.tls, tls: TestCertificates.shared.client())
                try await wire.write(Stand.request("GET /public/x"))
                #expect(try await wire.message()?.status == 200)
                wires.append(wire)
            }
            let report = try await stand.report()
            #expect(report.connections == 20 && report.exchangesLent == 0)
            for wire in wires { await wire.close() }
        }
    }

    @Test func `hands the uses of sessions on when it ends`() async throws {
        let stand = try await Stand.start([1])
        let token = stand.sessions.signIn()
        _ = try await stand.ask("GET /private/x", token: token)
        await stand.gateway.drain(limit: .seconds(1))
        try await eventually { !stand.sessions.uses.isEmpty }
        #expect(stand.sessions.uses.map(\.session) == [stand.sessions.session(token)?.sessionID])
    }

    @Test func `has several workers at one port`() async throws {
        try await Stand.with(options: { $0.workers = 3 }) { stand, _ in
            for _ in 0..<30 { expect(200, of: try await stand.ask("GET /public/x")) }
            #expect(await stand.gateway.reports().count == 3)
        }
    }
}
