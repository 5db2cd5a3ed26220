import Configuration
import Testing

@testable import Proxy

/// Requests that offer another protocol (RFC 9110, section 7.8; RFC 6455).
@Suite struct `An offer to switch protocols` {
    @Test(arguments: [false, true])
    func `is passed on by a route that allows it, and carried both ways`(overTLS: Bool) async throws {
        try await Stand.with(Tunnels.echo, readsBody: false) { stand, upstream in
            let token = stand.sessions.signIn()
            let wire = try await Tunnels.open(
                stand, "/private/socket", token: token,
                fields: ["Sec-WebSocket-Protocol: chat", "Origin: https://localhost"],
                overTLS: overTLS)
            for size in [1, 3000, 200_000] {
                let bytes = [UInt8](repeating: UInt8(size & 255), count: size)
                let sending = Task { try await wire.write(bytes) }
                #expect(try await wire.take(size) == bytes)
                try await sending.value
            }
            let seen = try #require(await upstream.requests.first)
            #expect(seen.values("Upgrade") == ["websocket"] && seen.values("Connection") == ["Upgrade"])
            #expect(seen.values("Sec-WebSocket-Key") == [Tunnels.key])
            #expect(seen.values("Sec-WebSocket-Protocol") == ["chat"])
            #expect(seen.values("X-Gatehouse-User") == ["ada"])
            #expect(seen["Cookie"] == nil)
            await wire.close()
            try await eventually {
                let report = try await stand.report()
                return report.connections == 0 && report.upstreamInUse == 0 && report.streams == 0
                    && report.tunnelBuffersLent == 0
            }
        }
    }

    @Test func `is answered with the protocol alone, and with the application's other fields`() async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            let fields = "X-App: 1\r\nSet-Cookie: a=b\r\nSet-Cookie: __Host-gatehouse=evil\r\nKeep-Alive: 5\r\n"
            try await wire.write(
                Tunnels.switching.replacing(
                    "Connection: Upgrade\r\n", with: "Connection: x, upgrade\r\nX: 1\r\n" + fields))
            _ = try await wire.some()
        }
        try await Stand.with(script, readsBody: false) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/x", fields: Tunnels.webSocket))
            let answer = try #require(try await wire.head())
            #expect(answer.startLine == "HTTP/1.1 101 Switching Protocols")
            #expect(answer.values("Connection") == ["Upgrade"] && answer.values("Upgrade") == ["websocket"])
            #expect(answer.values("Sec-WebSocket-Accept") == [Tunnels.accept] && answer.values("X-App") == ["1"])
            #expect(answer.values("Set-Cookie") == ["a=b"] && answer["Keep-Alive"] == nil && answer["X"] == nil)
            await wire.close()
        }
    }

    @Test(arguments: ["echo/1", "ECHO/1", "foo, echo/1"])
    func `may be of any protocol that the route names`(offer: String) async throws {
        let script: ScriptedUpstream.Script = { wire, request in
            #expect(request.values("Upgrade") == ["echo/1"])
            try await wire.write(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: Echo/1\r\nConnection: upgrade\r\n\r\nhello")
            while let bytes = try await wire.some() { try await wire.write(bytes) }
        }
        try await Stand.with(script, readsBody: false) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            let fields = ["Upgrade: \(offer)", "Connection: upgrade", "Content-Length: 0"]
            try await wire.write(Stand.request("POST /tunnels/x", fields: fields))
            #expect(try await wire.head()?.status == 101)
            #expect(try await wire.take(5) == Array("hello".utf8), "what came with the answer comes first")
            try await wire.write("ping")
            #expect(try await wire.take(4) == Array("ping".utf8))
            await wire.close()
        }
    }

    /// Requests behind the offer are requests (CVE-2026-2833), and h2c goes nowhere (CVE-2026-73548).
    @Test(arguments: [
        ("/public/x", ["Upgrade: foo", "Connection: Upgrade"]), ("/public/x", ["Upgrade: h2c", "Connection: Upgrade"]),
        (
            "/public/x",
            ["Upgrade: h2c, websocket", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQ"]
        ),
        ("/plain/x", Tunnels.webSocket), ("/public/x", ["Upgrade: websocket"]),
        ("/public/x", ["Upgrade: echo/1", "Connection: Upgrade"]),
    ])
    func `that is not allowed is no offer, and what follows is a request like any other`(
        path: String, fields: [String]
    ) async throws {
        try await Stand.with(Tunnels.echo) { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(
                Stand.request("GET \(path)", fields: fields) + Stand.request("GET /engineers/detroit/secret"))
            let first = try #require(try await wire.message())
            expect(200, of: first)
            #expect(!first.text.lowercased().contains("upgrade:") && !first.text.contains("HTTP2-Settings"))
            expect(401, of: try #require(try await wire.message()))
            #expect(await upstream.requests.count == 1)
            await wire.close()
        }
    }

    @Test(arguments: [200, 404, 426, 500])
    func `that the application declines ends with its answer; what the client sent early is nobody's`(
        status: Int
    ) async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write("HTTP/1.1 \(status) X\r\nContent-Length: 2\r\n\r\nno")
            let more = try await wire.some()
            #expect(more == nil, "\(more.map { String(decoding: $0, as: UTF8.self) } ?? "")")
        }
        try await Stand.with(script, readsBody: false) { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(
                Stand.request("GET /public/x", fields: Tunnels.webSocket)
                    + Stand.request("GET /public/smuggled"))
            let answer = try #require(try await wire.message())
            expect(status, of: answer)
            #expect(answer["Connection"] == "close")
            #expect(try await wire.rest().isEmpty)
            #expect(await upstream.requests.count == 1)
        }
    }

    @Test(arguments: [
        Tunnels.switching.replacing("Upgrade: websocket", with: "Upgrade: echo/1"),
        Tunnels.switching.replacing("Upgrade: websocket\r\n", with: ""),
        Tunnels.switching.replacing("Upgrade: websocket\r\n", with: "Upgrade: websocket\r\nUpgrade: websocket\r\n"),
        Tunnels.switching.replacing("Connection: Upgrade\r\n", with: ""),
        Tunnels.switching.replacing(Tunnels.accept, with: "s3pPLMBiTxaQ9kYGzzhZRbK+xOO="),
        Tunnels.switching.replacing("Sec-WebSocket-Accept: \(Tunnels.accept)\r\n", with: ""),
    ])
    func `that is accepted for something else is 502, and opens nothing`(answer: String) async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write(answer)
            let more = try await wire.some()
            #expect(more == nil)
        }
        try await Stand.with(script, readsBody: false) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/x", fields: Tunnels.webSocket) + "early")
            expect(502, of: try #require(try await wire.message()))
            #expect(try await wire.rest().isEmpty)
            #expect(try await stand.report().upstreamKept == 0)
        }
    }

    @Test func `is answered before the client's early bytes go on`() async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            #expect(try await wire.isSilent(for: .milliseconds(200)), "nothing before the 101")
            try await wire.write(Tunnels.switching)
            #expect(try await wire.take(5) == Array("early".utf8))
            try await wire.write("late")
        }
        try await Stand.with(script, readsBody: false) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/x", fields: Tunnels.webSocket) + "early")
            #expect(try await wire.head()?.status == 101)
            #expect(try await wire.take(4) == Array("late".utf8))
            await wire.close()
        }
    }

    @Test(arguments: [
        ("/private/x", [], 401, "sign_in_required"), ("/nowhere", [], 404, "no_route"),
        ("/public/x", ["Origin: https://evil.example"], 403, "origin_refused"),
        ("/public/x", ["Origin: null"], 403, "origin_refused"),
        ("/tunnels/x", ["Origin: https://evil.example"], 403, "origin_refused"),
        ("/public/x", ["Sec-WebSocket-Key: \(Tunnels.key)"], 400, "bad_websocket_handshake"),
        ("/public/x", ["Sec-WebSocket-Version: 13"], 400, "bad_websocket_handshake"),
    ])
    func `that the gateway refuses never reaches an application`(
        path: String, more: [String], status: Int, code: String
    ) async throws {
        try await Stand.with(Tunnels.echo, readsBody: false) { stand, upstream in
            let answer = try await stand.ask("GET \(path)", fields: Tunnels.webSocket + more)
            expect(status, of: answer)
            #expect(answer.text.contains(code))
            #expect(await upstream.requests.isEmpty)
        }
    }

    @Test(arguments: ["Sec-WebSocket-Key: short", "Sec-WebSocket-Key: \(Tunnels.key)x", "X: y"])
    func `of a WebSocket without a good key is refused`(key: String) async throws {
        try await Stand.with(Tunnels.echo, readsBody: false) { stand, upstream in
            let fields = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", key]
            expect(400, of: try await stand.ask("GET /public/x", fields: fields))
            let old = Tunnels.webSocket.map { $0.replacing("Version: 13", with: "Version: 8") }
            expect(400, of: try await stand.ask("GET /public/x", fields: old))
            #expect(await upstream.requests.isEmpty)
        }
    }

    @Test func `by a page that the route names is taken`() async throws {
        try await Stand.with(Tunnels.echo, readsBody: false) { stand, _ in
            let wire = try await Tunnels.open(stand, "/tunnels/x", fields: ["Origin: https://desk.example.com"])
            await wire.close()
        }
    }
}
