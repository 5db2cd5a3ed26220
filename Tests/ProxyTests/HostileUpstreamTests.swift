import Testing

@testable import Proxy

@Suite struct `An application that answers nonsense` {
    static let nonsense: [(name: String, answer: String)] = [
        ("both framings", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"),
        ("NUL in a field", "HTTP/1.1 200 OK\r\nX: a\u{0}b\r\nContent-Length: 2\r\n\r\nok"),
        ("bare CR in a field", "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 2\r\n\r\nok"),
        ("status 99999", "HTTP/1.1 99999 OK\r\nContent-Length: 2\r\n\r\nok"),
        ("not HTTP", "SSH-2.0-OpenSSH_9.2\r\n"),
        (
            "an upgrade that nobody asked for",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
        ),
        ("endless 1xx (CVE-2024-23326)", String(repeating: "HTTP/1.1 102 Processing\r\n\r\n", count: 1000)),
        (
            "endless head",
            "HTTP/1.1 200 OK\r\n" + String(repeating: "X: \(String(repeating: "y", count: 1000))\r\n", count: 90)
        ),
        (
            "too many options of the connection",
            "HTTP/1.1 200 OK\r\nConnection: \(String(repeating: "x,", count: 5000))\r\nContent-Length: 2\r\n\r\nok"
        ),
        ("too many fields", "HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: 5000) + "\r\n"),
    ]

    @Test(arguments: nonsense.map(\.name))
    func `is answered for with 502, and not asked again on that connection`(name: String) async throws {
        let answer = try #require(Self.nonsense.first { $0.name == name }).answer
        try await Stand.with(ScriptedUpstream.always(answer)) { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            for round in 1...2 {
                try await wire.write(Stand.request("GET /public/x"))
                var message = try #require(await wire.message())
                while message.status == 102 { message = try #require(await wire.message()) }
                expect(502, of: message)
                #expect(await upstream.connections == round)
            }
            #expect(try await stand.report().upstreamKept == 0)
            #expect(try await stand.report().upstreamInUse == 0)
            await wire.close()
        }
    }

    @Test(arguments: nonsense.map(\.name))
    func `is answered for with 502 over HTTP2 as well, and other streams go on`(name: String) async throws {
        let answer = try #require(Self.nonsense.first { $0.name == name }).answer
        let script: ScriptedUpstream.Script = { wire, request in
            guard request.startLine.contains("nonsense") else { return try await ScriptedUpstream.echo(wire, request) }
            try await wire.write(answer)
        }
        try await Stand.with(script) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let other = try await wire.begin("POST", "/public/x", ends: false)
            let refused = try await wire.ask("GET", "/public/nonsense")
            #expect(refused.status == 502 && refused.isComplete)
            #expect(refused.interim.count <= 16)
            try await wire.send(Array("hello".utf8), on: other, ends: true)
            #expect(try await wire.answer(other).text.hasSuffix("\n\nhello"))
            #expect(try await stand.report().upstreamInUse == 0)
            await wire.close()
        }
    }

    @Test func `and sends bytes after the end is not asked again on that connection`() async throws {
        try await Stand.with(
            ScriptedUpstream.always(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        ) { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            for round in 1...3 {
                try await wire.write(Stand.request("GET /public/x"))
                #expect(try await wire.message()?.text == "ok")
                #expect(await upstream.connections == round)
            }
            await wire.close()
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ])
    func `and cuts its body short has the client cut off too`(answer: String) async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write(answer)
            await wire.close()
        }
        try await Stand.with(script) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/x"))
            let head = try #require(await wire.head())
            #expect(head.status == 200)
            let rest = try await wire.rest()
            #expect(rest.contains("half") && !rest.contains("0\r\n\r\n"))
        }
    }

    @Test func `and breaks its chunks before anything was passed on is answered for with 502`() async throws {
        let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nxyz\r\n"
        try await Stand.with(ScriptedUpstream.always(answer)) { stand, _ in
            expect(502, of: try await stand.ask("GET /public/x"))
            #expect(try await stand.report().upstreamKept == 0)
        }
    }

    @Test func `or nothing in time is answered for with 504`() async throws {
        let script: ScriptedUpstream.Script = { _, _ in try await Task.sleep(for: .seconds(3)) }
        try await Stand.with(script, options: { $0.firstByte = .milliseconds(150) }) { stand, _ in
            expect(504, of: try await stand.ask("GET /public/x"))
            try await eventually { try await stand.report().upstreamInUse == 0 }
        }
    }

    @Test func `or its head a byte at a time is answered for with 504`() async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            for byte in "HTTP/1.1 200 OK\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy".utf8 {
                try await wire.write([byte])
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        try await Stand.with(script, options: { $0.firstByte = .milliseconds(200) }) { stand, _ in
            expect(504, of: try await stand.ask("GET /public/x"))
        }
    }

    @Test func `or falls silent in the middle has the client cut off`() async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            try await Task.sleep(for: .seconds(3))
        }
        try await Stand.with(script, options: { $0.idle = .milliseconds(150) }) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/x"))
            #expect(try await wire.head()?.status == 200)
            #expect(try await wire.rest() == "half")
        }
    }

    @Test func `or is not there at all is answered for with 502, with a page for people`() async throws {
        try await Stand.with(upstreams: [ScriptedUpstream.nobodysPort]) { stand in
            let answer = try await stand.ask("GET /public/x")
            #expect(answer.status == 502 && answer.text.contains("\"code\":\"upstream_unreachable\""))
            #expect(answer["Cache-Control"] == "no-store")
            let page = try await stand.ask("GET /public/x", fields: Stand.navigation)
            #expect(page.status == 502 && page.text == "error upstream_unreachable")
        }
    }
}
