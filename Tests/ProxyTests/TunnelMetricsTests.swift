import Configuration
import Telemetry
import Testing

@testable import Proxy

@Suite struct `The metrics of tunnels` {
    private func page(_ stand: Stand) async -> String { String(decoding: await stand.gateway.metrics(), as: UTF8.self) }

    private func lines(_ open: Int, in bytesIn: Int, out bytesOut: Int) -> [String] {
        [
            "gatehouse_tunnels{upstream=\"app\"} \(open)\n",
            "gatehouse_tunnel_bytes_total{upstream=\"app\",direction=\"in\"} \(bytesIn)\n",
            "gatehouse_tunnel_bytes_total{upstream=\"app\",direction=\"out\"} \(bytesOut)\n",
        ]
    }

    @Test func `begin with zero, tell bytes while they pass, and of nobody once all are closed`() async throws {
        // Says twice what it hears.
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write(Array(Tunnels.switching.utf8) + Tunnels.frame("hello"))
            while let bytes = try await wire.some() { try await wire.write(bytes + bytes) }
        }
        try await Stand.with(script, readsBody: false, options: { $0.workers = 2 }) { stand, _ in
            for line in lines(0, in: 0, out: 0) { #expect(await page(stand).contains(line), "\(line)") }
            var wires: [Wire] = []
            for _ in 0..<3 {
                let wire = try await Tunnels.open(stand)
                #expect(try await wire.take(7) == Tunnels.frame("hello"))
                try await wire.write("x")
                #expect(try await wire.take(2) == Array("xx".utf8))
                wires.append(wire)
            }
            // What was sent together with the answer counts as well.
            for line in lines(3, in: 3, out: 27) { #expect(await page(stand).contains(line), "\(line)") }
            for wire in wires { await wire.close() }
            let closed = lines(0, in: 3, out: 27)
            try await eventually {
                let page = await page(stand)
                return closed.allSatisfy(page.contains)
            }
        }
    }

    @Test func `count no request that was refused or answered otherwise`() async throws {
        try await Stand.with(ScriptedUpstream.always("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) { stand, _ in
            expect(200, of: try await stand.ask("GET /public/socket", fields: Tunnels.webSocket))
            expect(401, of: try await stand.ask("GET /private/socket", fields: Tunnels.webSocket))
            for line in lines(0, in: 0, out: 0) { #expect(await page(stand).contains(line), "\(line)") }
        }
    }

    @Test func `live through a reload that replaces the upstream, with the tunnels that it has`() async throws {
        let upstream = try await ScriptedUpstream.start(readsBody: false, Tunnels.echo)
        let other = try await ScriptedUpstream.start(readsBody: false, Tunnels.echo)
        try await Stand.with(upstreams: [upstream.port]) { stand in
            let wire = try await Tunnels.open(stand)
            try await wire.write("abc")
            #expect(try await wire.take(3) == Array("abc".utf8))
            try await stand.gateway.replaceSnapshot(Stand.snapshot([other.port], Stand.Options()))
            try await wire.write("de")
            #expect(try await wire.take(2) == Array("de".utf8))
            for line in lines(1, in: 5, out: 5) { #expect(await page(stand).contains(line), "\(line)") }
            await wire.close()
        }
        await upstream.stop()
        await other.stop()
    }

    @Test func `forget an upstream that is gone once its last tunnel is`() {
        let tallies = TunnelTallies()
        let tally = tallies.tally(of: "old")
        tally.opened()
        tally.add(7, .toUpstream)
        tallies.keep(["new"])
        #expect(
            tallies.metrics(of: ["new"]) == [.init(upstream: "new"), .init(upstream: "old", open: 1, bytesIn: 7)])
        tally.closed()
        tallies.keep(["new"])
        #expect(tallies.metrics(of: ["new"]) == [.init(upstream: "new")])
    }
}
