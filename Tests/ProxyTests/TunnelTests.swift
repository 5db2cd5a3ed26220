import Configuration
import EventLoop
import GatehouseTesting
import Identity
import Testing

@testable import Proxy

@Suite struct `A tunnel` {
    /// A frame of close with its reason.
    private static func close(_ code: UInt16) -> [UInt8] { WebSocketFrames.close(code) }

    @Test func `holds nothing while it is silent`() async throws {
        try await Stand.with(Tunnels.echo, readsBody: false) { stand, _ in
            var wires: [Wire] = []
            for _ in 0..<20 {
                let wire = try await Tunnels.open(stand)
                try await wire.write("x")
                #expect(try await wire.take(1) == [UInt8(ascii: "x")])
                wires.append(wire)
            }
            try await eventually { try await stand.report().tunnelBuffersLent == 0 }
            let report = try await stand.report()
            #expect(report.exchangesLent == 0 && report.streams == 20 && report.upstreamInUse == 20)
            for wire in wires { await wire.close() }
            try await eventually { try await stand.report().streams == 0 }
        }
    }

    @Test func `slows down who sends faster than the other reads, and holds one buffer for it`() async throws {
        let blocks = 1024
        let block = [UInt8](repeating: 97, count: 65536)
        let sent = Tally()
        let flood: ScriptedUpstream.Script = { wire, _ in
            try await wire.write(Tunnels.switching)
            for number in 1...blocks {
                try await wire.write(block)
                await sent.set(number)
            }
        }
        try await Stand.with(flood, readsBody: false) { stand, _ in
            let wire = try await Tunnels.open(stand)
            // Until the application is held up, or everything is gone.
            var (last, present) = (-1, 0)
            while present != last || present == 0 {
                try await Task.sleep(for: .milliseconds(200))
                (last, present) = (present, await sent.number)
            }
            #expect(present < blocks / 2, "what the sockets of the kernel hold, and no more")
            try await eventually { try await stand.report().tunnelBuffersLent == 1 }
            #expect(try await wire.skip(blocks * block.count) == blocks * block.count)
            await wire.close()
        }
    }

    @Test func `ends a client that takes nothing for too long`() async throws {
        let flood: ScriptedUpstream.Script = { wire, _ in
            try await wire.write(Tunnels.switching)
            while true { try await wire.write([UInt8](repeating: 97, count: 65536)) }
        }
        let impatient: @Sendable (inout Stand.Options) -> Void = { $0.timeouts.answerIdle = .milliseconds(300) }
        try await Stand.with(flood, readsBody: false, options: impatient) { stand, _ in
            let wire = try await Tunnels.open(stand)
            try await eventually { try await stand.report().connections == 0 }
            try await eventually { try await stand.report().tunnelBuffersLent == 0 }
            await wire.close()
        }
    }

    @Test func `passes the end of one way on, while the other goes on`() async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write(Tunnels.switching)
            let all = try await wire.rest()
            try await wire.write("got \(all)")
        }
        try await Stand.with(script, readsBody: false) { stand, _ in
            for overTLS in [false, true] {
                let wire = try await Tunnels.open(stand, overTLS: overTLS)
                try await wire.write("question")
                await wire.finishWriting()
                #expect(try await wire.rest() == "got question")
                await wire.close()
            }
            try await eventually { try await stand.report().connections == 0 }
        }
    }

    @Test func `ends when either side breaks off`() async throws {
        try await Stand.with(Tunnels.echo, readsBody: false) { stand, upstream in
            let wire = try await Tunnels.open(stand)
            await upstream.closeConnections()
            #expect(try await wire.rest().isEmpty)
            await wire.close()
            let other = try await Tunnels.open(stand)
            await other.close()
            try await eventually { try await stand.report().streams == 0 }
            try await eventually { try await stand.report().upstreamInUse == 0 }
        }
    }

    @Test func `that is idle ends with 1001, and traffic either way keeps it`() async throws {
        let ticking: ScriptedUpstream.Script = { wire, _ in
            try await wire.write(Array(Tunnels.switching.utf8) + Tunnels.frame("a"))
            for _ in 0..<10 {
                try await Task.sleep(for: .milliseconds(800))
                try await wire.write(Tunnels.frame("b"))
            }
            _ = try await wire.some()
        }
        try await Stand.with(ticking, readsBody: false, options: { $0.idle = .seconds(7) }) { stand, _ in
            let wire = try await Tunnels.open(stand)
            let expected = Tunnels.frame("a") + (0..<10).flatMap { _ in Tunnels.frame("b") }
            #expect(try await wire.take(expected.count) == expected)
            let end = try await wire.take(4)
            #expect(end == Self.close(1001))
            #expect(try await wire.rest().isEmpty)
            await wire.close()
            try await eventually { try await stand.report().connections == 0 }
        }
    }

    @Test func `ends with 1008 when the right to it is lost, and only then`() async throws {
        try await Stand.with(Tunnels.echo, readsBody: false) { stand, _ in
            let (ada, bob) = (stand.sessions.signIn("ada"), stand.sessions.signIn("bob"))
            let first = try await Tunnels.open(stand, "/plants/detroit/x", token: ada)
            let second = try await Tunnels.open(stand, "/private/x", token: ada)
            let other = try await Tunnels.open(stand, "/plants/detroit/x", token: bob)
            let session = try #require(stand.sessions.session(ada))
            let plant = try #require(session.principal.memberships.first?.plantID)
            stand.sessions.put(session.with(role: nil), for: ada)
            await stand.gateway.apply([.role(of: session.principal.userID, in: plant)])
            #expect(try await first.take(4) == Self.close(1008))
            #expect(try await first.rest().isEmpty)
            for wire in [second, other] { try await Tunnels.expectOpen(wire) }
            stand.sessions.remove(ada)
            await stand.gateway.apply([.session(session.sessionID, of: session.principal.userID)])
            #expect(try await second.take(4) == Self.close(1008))
            try await Tunnels.expectOpen(other)
            for wire in [first, second, other] { await wire.close() }
            try await eventually { try await stand.report().connections == 0 }
        }
    }

    @Test func `that was ended is cut off although its client never closes`() async throws {
        try await Stand.with(Tunnels.echo, readsBody: false) { stand, _ in
            let token = stand.sessions.signIn()
            let wire = try await Tunnels.open(stand, "/private/x", token: token)
            stand.sessions.remove(token)
            await stand.gateway.apply([.everything])
            try await eventually { try await stand.report().connections == 0 }
            await wire.close()
        }
    }

    @Test func `in the midst of a frame is closed without a word`() async throws {
        let half: ScriptedUpstream.Script = { wire, _ in
            try await wire.write(Array(Tunnels.switching.utf8) + [0x81, 100, 1, 2, 3])
            _ = try await wire.some()
        }
        try await Stand.with(half, readsBody: false) { stand, _ in
            let token = stand.sessions.signIn()
            let wire = try await Tunnels.open(stand, "/private/x", token: token)
            #expect(try await wire.take(5) == [0x81, 100, 1, 2, 3])
            stand.sessions.remove(token)
            await stand.gateway.apply([.everything])
            #expect(try await wire.rest().isEmpty)
            await wire.close()
        }
    }

    /// OWASP ASVS 4.4.2: a socket does not outlive its session.
    @Test func `ends with its session`() async throws {
        let clock = FakeClock()
        let change: (inout Stand.Options) -> Void = { $0.clock = clock }
        try await Stand.with(Tunnels.echo, readsBody: false, options: change) { stand, _ in
            let token = stand.sessions.signIn(now: clock.now())
            let wire = try await Tunnels.open(stand, "/private/x", token: token)
            clock.advance(by: .seconds(3600))
            #expect(try await wire.take(4) == Self.close(1008))
            await wire.close()
        }
    }

    @Test func `lasts through a drain until its limit, and ends with 1001`() async throws {
        let upstream = try await ScriptedUpstream.start(readsBody: false, Tunnels.echo)
        let stand = try await Stand.start([upstream.port])
        let wire = try await Tunnels.open(stand)
        let draining = Task { await stand.gateway.drain(limit: .seconds(10)) }
        try await Task.sleep(for: .milliseconds(300))
        try await wire.write(Tunnels.frame("x"))
        #expect(try await wire.take(3) == Tunnels.frame("x"))
        #expect(try await wire.take(4) == Self.close(1001))
        await wire.close()
        await draining.value
        await upstream.stop()
    }
}

/// What is not to wait for more: Server-Sent Events, long polls.
@Suite struct `A stream of events` {
    @Test(arguments: ["Transfer-Encoding: chunked\r\n", ""])
    func `brings each of them at once`(framing: String) async throws {
        let isChunked = !framing.isEmpty
        let acknowledged = Tally()
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\(framing)\r\n")
            for number in 0..<5 {
                let text = "data: \(number)\n\n"
                try await wire.write(isChunked ? "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" : text)
                // The next one waits for the client's word that this one came.
                while await acknowledged.number < number { try await Task.sleep(for: .milliseconds(5)) }
            }
            // Without chunks the end of the connection is that of the answer.
            if isChunked { try await wire.write("0\r\n\r\n") } else { await wire.close() }
        }
        try await Stand.with(script) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/events"))
            #expect(try await wire.head()?["Transfer-Encoding"] == "chunked")
            for number in 0..<5 {
                let text = "data: \(number)\n\n"
                let chunk = "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
                #expect(try await wire.take(chunk.utf8.count) == Array(chunk.utf8))
                await acknowledged.set(number)
            }
            #expect(try await wire.take(5) == Array("0\r\n\r\n".utf8))
            await wire.close()
        }
    }

    @Test func `is cut off when the right to it is lost`() async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
            _ = try await wire.some()
        }
        try await Stand.with(script) { stand, _ in
            let token = stand.sessions.signIn()
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /private/events", token: token))
            #expect(try await wire.head()?.status == 200)
            #expect(try await wire.take(6) == Array("1\r\na\r\n".utf8))
            #expect(try await stand.report().streams == 1)
            stand.sessions.remove(token)
            await stand.gateway.apply([.everything])
            #expect(try await wire.rest().isEmpty, "nothing that looks like an end")
            try await eventually { try await stand.report().streams == 0 }
        }
    }
}

/// How far one side has come, for the other to see.
private actor Tally {
    var number = -1
    func set(_ number: Int) { self.number = number }
}
