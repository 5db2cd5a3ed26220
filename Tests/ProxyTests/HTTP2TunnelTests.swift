import HTTP2
import HTTPMessage
import Identity
import Testing

@testable import Proxy

/// WebSockets over HTTP/2, by extended CONNECT (RFC 8441).
@Suite struct `A stream for a WebSocket` {
    @Test func `is a handshake over HTTP/1.1 to the application, and carries both ways`() async throws {
        try await Stand.with(Self.echo, readsBody: false) { stand, upstream in
            let token = stand.sessions.signIn()
            let wire = try await HTTP2Wire.connect(stand.tls)
            let fields = [
                ("origin", "https://localhost"), ("sec-websocket-protocol", "chat"),
                ("sec-websocket-key", Tunnels.key), ("x-gatehouse-user", "eve"),
            ]
            let id = try await wire.open("/private/socket?a=b", fields: fields, token: token)
            let head = try await wire.hear(id) { $0.status != nil }
            #expect(head.status == 200 && head["sec-websocket-protocol"] == "chat")
            #expect(head["sec-websocket-accept"] == nil && head["upgrade"] == nil && head["connection"] == nil)
            let whole = [UInt8](repeating: 7, count: 300_000)
            try await wire.send(whole, on: id)
            #expect(try await wire.hear(id) { $0.body.count == whole.count }.body == whole)
            // Other requests of the connection go on beside it.
            #expect(try await wire.ask("GET", "/plants/detroit/x").status == 401)
            try await wire.send([1], on: id, ends: true)
            let end = try await wire.answer(id)
            #expect(end.isComplete && end.body.count == whole.count + 1)
            let seen = try #require(await upstream.requests.first)
            #expect(seen.startLine == "GET /private/socket?a=b HTTP/1.1")
            #expect(seen.values("Upgrade") == ["websocket"] && seen.values("Connection") == ["Upgrade"])
            #expect(seen.values("Sec-WebSocket-Version") == ["13"] && seen.values("Sec-WebSocket-Protocol") == ["chat"])
            let key = try #require(seen["Sec-WebSocket-Key"])
            #expect(seen.values("Sec-WebSocket-Key").count == 1 && key != Tunnels.key)
            #expect(seen.values("X-Gatehouse-User") == ["ada"] && seen["Cookie"] == nil && seen[":protocol"] == nil)
            #expect(seen["Transfer-Encoding"] == nil && seen["Content-Length"] == nil)
            await wire.close()
            try await Self.expectNothingLeft(stand)
        }
    }

    @Test func `is opened together with what the application says at once`() async throws {
        let script: ScriptedUpstream.Script = { wire, request in
            try await wire.write(Self.switching(request) + "hello")
            _ = try await wire.some()
        }
        try await Stand.with(script, readsBody: false) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let id = try await wire.open("/public/x")
            let answer = try await wire.hear(id) { $0.body.count >= 5 }
            #expect(answer.status == 200 && answer.text == "hello")
            await wire.close()
            try await Self.expectNothingLeft(stand)
        }
    }

    @Test(
        arguments: [
            ("/private/x", [], 401, "sign_in_required"), ("/nowhere", [], 404, "no_route"),
            ("/public/x", [("origin", "https://evil.example")], 403, "origin_refused"),
            ("/public/x", [("origin", "null")], 403, "origin_refused"),
            ("/public/x", [("origin", "https://localhost"), ("origin", "https://localhost")], 403, "origin_refused"),
            ("/plain/x", [], 501, "protocol_not_served"), ("/.gatehouse/account", [], 501, "protocol_not_served"),
            ("/.gatehouse/auth", [("x-forwarded-uri", "/public/x")], 501, "protocol_not_served"),
            ("/public/x", [("sec-websocket-version", "8")], 400, "bad_websocket_handshake"),
        ] as [(String, [(String, String)], Int, String)])
    func `that is refused opens nothing, and is never answered with 2xx`(
        path: String, fields: [(String, String)], status: Int, code: String
    ) async throws {
        try await Stand.with(Self.echo, readsBody: false) { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let id = try await wire.open(path, fields: fields)
            let answer = try await wire.answer(id)
            #expect(answer.status == status && answer.text.contains(code), "\(answer)")
            #expect(await upstream.requests.isEmpty)
            #expect(try await wire.ask("GET", "/public/page").status == 200)
            await wire.close()
        }
    }

    @Test(arguments: ["connect-udp", "WebSocket", "websocket2", "h2c", "echo/1"])
    func `of another protocol is refused`(name: String) async throws {
        try await Stand.with(Self.echo, readsBody: false) { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let id = try await wire.open("/tunnels/x", protocol: name)
            let answer = try await wire.answer(id)
            #expect(answer.status == 501 && answer.text.contains("protocol_not_served"))
            #expect(await upstream.requests.isEmpty)
            await wire.close()
        }
    }

    /// A client would send frames into a body, and the application read them as requests (CVE-2026-2833 is of the kind).
    @Test(arguments: [200, 204, 206, 404, 426, 500])
    func `that the application declines is no tunnel`(status: Int) async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write("HTTP/1.1 \(status) X\r\n\(status == 204 ? "" : "Content-Length: 2\r\n")\r\n")
            if status != 204 { try await wire.write("no") }
            #expect(try await wire.some() == nil, "nothing the client sent")
        }
        try await Stand.with(script, readsBody: false) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let id = try await wire.open("/public/x")
            let answer = try await wire.answer(id)
            #expect(answer.status == (status < 300 ? 502 : status))
            await wire.close()
            try await Self.expectNothingLeft(stand)
        }
    }

    @Test(arguments: [
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: \(Tunnels.accept)\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\n", "Upgrade: echo/1\r\nConnection: Upgrade\r\n", "",
    ])
    func `that is accepted for something else is 502`(fields: String) async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write("HTTP/1.1 101 Switching Protocols\r\n\(fields)\r\n")
            #expect(try await wire.some() == nil)
        }
        try await Stand.with(script, readsBody: false) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            #expect(try await wire.answer(try await wire.open("/public/x")).status == 502)
            await wire.close()
            try await Self.expectNothingLeft(stand)
        }
    }

    @Test func `with a length is malformed`() async throws {
        try await Stand.with(Self.echo, readsBody: false) { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let id = try await wire.open("/public/x", fields: [("content-length", "5")])
            #expect(try await wire.answer(id).closeCode == .protocolError)
            #expect(await upstream.requests.isEmpty)
            await wire.close()
        }
    }

    @Test func `that the client resets ends the application's side`() async throws {
        try await Stand.with(Self.echo, readsBody: false) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let id = try await wire.open("/public/x")
            try await wire.send([1, 2, 3], on: id)
            _ = try await wire.hear(id) { $0.body.count == 3 }
            try await wire.reset(id)
            try await eventually {
                let report = try await stand.report()
                return report.upstreamInUse == 0 && report.streams == 0
            }
            #expect(try await wire.ask("GET", "/public/page").status == 200)
            await wire.close()
            try await Self.expectNothingLeft(stand)
        }
    }

    /// A client that takes nothing must not have the gateway hold what the application sends (CVE-2019-9517).
    @Test func `holds no more than a window for a client that does not read`() async throws {
        let script: ScriptedUpstream.Script = { wire, request in
            guard request["Upgrade"] != nil else { return try await ScriptedUpstream.echo(wire, request) }
            try await wire.write(Self.switching(request))
            let piece = [UInt8](repeating: 1, count: 65_536)
            for _ in 0..<128 { try await wire.write(piece) }
        }
        try await Stand.with(script, readsBody: false) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            await wire.takesNothing()
            let id = try await wire.open("/public/x")
            _ = try await wire.hear(id) { $0.status != nil }
            let other = try await HTTP2Wire.connect(stand.tls)
            #expect(try await other.ask("GET", "/public/page").status == 200)
            await other.close()
            try await wire.takesAgain()
            #expect(try await wire.hear(id) { $0.body.count >= 128 * 65_536 }.body.count == 128 * 65_536)
            await wire.close()
            try await Self.expectNothingLeft(stand)
        }
    }

    @Test func `ends with 1008 when the right to it is lost, and its connection goes on`() async throws {
        try await Stand.with(Self.echo, readsBody: false) { stand, _ in
            let token = stand.sessions.signIn()
            let wire = try await HTTP2Wire.connect(stand.tls)
            let id = try await wire.open("/private/x", token: token)
            _ = try await wire.hear(id) { $0.status != nil }
            stand.sessions.remove(token)
            await stand.gateway.apply([.everything])
            let end = try await wire.hear(id) { $0.isComplete || $0.closeCode != nil }
            #expect(end.body == WebSocketFrames.close(1008))
            #expect(try await wire.ask("GET", "/public/page").status == 200)
            try await eventually { try await stand.report().streams == 0 }
            await wire.close()
            try await Self.expectNothingLeft(stand)
        }
    }

    @Test func `ends with 1001 when the gateway stops`() async throws {
        let upstream = try await ScriptedUpstream.start(readsBody: false, Self.echo)
        let stand = try await Stand.start([upstream.port])
        let wire = try await HTTP2Wire.connect(stand.tls)
        let id = try await wire.open("/public/x")
        _ = try await wire.hear(id) { $0.status != nil }
        let draining = Task { await stand.gateway.drain(limit: .milliseconds(500)) }
        #expect(try await wire.answer(id).body == WebSocketFrames.close(1001))
        await wire.close()
        await draining.value
        await upstream.stop()
    }

    // MARK: The application

    /// The answer that opens the WebSocket that a request asks for.
    private static func switching(_ request: Message) -> String {
        let key = Array((request["Sec-WebSocket-Key"] ?? "").utf8)
        let accept = String(decoding: WebSocketHandshake.accept(for: key.span), as: UTF8.self)
        let chosen = request["Sec-WebSocket-Protocol"].map { "Sec-WebSocket-Protocol: \($0)\r\n" } ?? ""
        return Tunnels.switching.replacing(Tunnels.accept, with: accept)
            .replacing("Connection: Upgrade\r\n", with: "Connection: Upgrade\r\n" + chosen)
    }

    /// Switches, and sends back whatever comes, until nothing comes any more.
    static let echo: ScriptedUpstream.Script = { wire, request in
        guard request["Upgrade"] != nil else { return try await ScriptedUpstream.echo(wire, request) }
        try await wire.write(switching(request))
        while let bytes = try await wire.some() { try await wire.write(bytes) }
    }

    private static func expectNothingLeft(_ stand: Stand) async throws {
        try await eventually {
            let report = try await stand.report()
            return report.connections == 0 && report.upstreamInUse == 0 && report.streams == 0
                && report.tunnelBuffersLent == 0
        }
    }
}

extension HTTP2Wire {
    /// Asks for a WebSocket; the number of the stream.
    func open(
        _ path: String, protocol name: String = "websocket", fields: [(String, String)] = [], token: String? = nil
    ) async throws -> Int32 {
        var all = [(":protocol", name)]
        if !fields.contains(where: { $0.0 == "sec-websocket-version" }) { all.append(("sec-websocket-version", "13")) }
        return try await begin("CONNECT", path, fields: all + fields, token: token, ends: false)
    }
}
