import Foundation
import HTTP2
import HTTPMessage
import Identity
import Telemetry
import Testing

@testable import Proxy

/// WebSockets to applications that speak HTTP/2, by extended CONNECT (RFC 8441), for clients of either protocol.
@Suite struct `A WebSocket to an application of HTTP2` {
    /// Answers with this status, and fields of its own.
    private static func answering(_ status: Int) -> HTTP2Application.Script {
        { request in
            guard request[":protocol"] != nil else { return await HTTP2Application.echo(request) }
            let fields = [
                ("sec-websocket-protocol", "chat"), ("sec-websocket-accept", "forged"), ("x-application", "yes"),
            ]
            return HTTP2Application.Answer(status: status, fields: fields)
        }
    }

    private static func with(
        tunnels: Bool = true, _ script: @escaping HTTP2Application.Script = answering(200),
        options change: (inout Stand.Options) -> Void = { _ in },
        _ body: @Sendable (Stand, HTTP2Application) async throws -> Void
    ) async throws {
        let application = try await HTTP2Application.start(tunnels: tunnels, script)
        try await Stand.with(
            upstreams: [],
            options: {
                $0.endpoints = ["h2c://127.0.0.1:\(application.port)"]
                change(&$0)
            }
        ) { stand in try await body(stand, application) }
        await application.stop()
    }

    private static func expectNothingLeft(_ stand: Stand) async throws {
        try await eventually {
            let report = try await stand.report()
            return report.connections == 0 && report.endpoints.first?.active == 0 && report.streams == 0
                && report.tunnelBuffersLent == 0 && report.exchangesLent == 0
        }
        #expect(try await stand.report().endpoints.first?.failures == 0)
    }

    /// What the application must have been asked, whoever the client was.
    private static func expectRequest(_ application: HTTP2Application) async throws {
        let seen = try #require(await application.requests.first)
        #expect(seen[":protocol"] == "websocket" && seen[":path"] == "/private/socket?a=b")
        #expect(seen[":authority"] == "localhost" && seen["sec-websocket-version"] == "13")
        #expect(seen["sec-websocket-protocol"] == "chat" && seen["x-gatehouse-user"] == "ada")
        for name in ["sec-websocket-key", "upgrade", "connection", "cookie", "content-length", "te"] {
            #expect(seen[name] == nil, "\(name)")
        }
        #expect(seen.fields.filter { $0.name == "x-gatehouse-user" }.count == 1)
    }

    @Test func `is a switch of protocols to a client of HTTP1, and carries both ways`() async throws {
        try await Self.with { stand, application in
            let token = stand.sessions.signIn()
            let wire = try await Wire.connect(stand.plain)
            let fields = Tunnels.webSocket + ["Sec-WebSocket-Protocol: chat", "X-Gatehouse-User: eve"]
            try await wire.write(Stand.request("GET /private/socket?a=b", fields: fields, token: token))
            let head = try #require(try await wire.head())
            #expect(head.status == 101 && head.values("Sec-WebSocket-Accept") == [Tunnels.accept])
            #expect(head.values("Upgrade") == ["websocket"] && head.values("Connection") == ["Upgrade"])
            #expect(head["Sec-WebSocket-Protocol"] == "chat" && head["X-Application"] == "yes")
            let whole = [UInt8](repeating: 7, count: 300_000)
            async let sent: Void = wire.write(whole)
            #expect(try await wire.take(whole.count) == whole)
            try await sent
            try await Self.expectRequest(application)
            // Other requests share the application's connection.
            expect(200, of: try await stand.ask("GET /public/page"))
            #expect(await application.connections == 1)
            await wire.finishWriting()
            #expect(try await wire.rest().isEmpty)
            await wire.close()
            try await Self.expectNothingLeft(stand)
            #expect(await application.resets.isEmpty)
        }
    }

    @Test func `is a stream to a client of HTTP2, and carries both ways`() async throws {
        try await Self.with { stand, application in
            let token = stand.sessions.signIn()
            let wire = try await HTTP2Wire.connect(stand.tls)
            let fields = [("sec-websocket-protocol", "chat"), ("x-gatehouse-user", "eve")]
            let id = try await wire.open("/private/socket?a=b", fields: fields, token: token)
            let head = try await wire.hear(id) { $0.status != nil }
            #expect(head.status == 200 && head["sec-websocket-protocol"] == "chat" && head["x-application"] == "yes")
            #expect(head["sec-websocket-accept"] == nil)
            let whole = [UInt8](repeating: 7, count: 300_000)
            try await wire.send(whole, on: id)
            #expect(try await wire.hear(id) { $0.body.count == whole.count }.body == whole)
            try await Self.expectRequest(application)
            try await wire.send([1], on: id, ends: true)
            #expect(try await wire.answer(id).body.count == whole.count + 1)
            await wire.close()
            try await Self.expectNothingLeft(stand)
            #expect(await application.resets.isEmpty)
        }
    }

    @Test func `ends when the application has said all, and the client may still speak`() async throws {
        let script: HTTP2Application.Script = { _ in HTTP2Application.Answer(body: Array("goodbye".utf8)) }
        try await Self.with(script) { stand, application in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/x", fields: Tunnels.webSocket))
            expect(101, of: try #require(try await wire.head()))
            #expect(try await wire.rest() == "goodbye")
            try await wire.write("and to you")
            await wire.close()
            let other = try await HTTP2Wire.connect(stand.tls)
            let id = try await other.open("/public/x")
            let answer = try await other.hear(id) { $0.isComplete }
            #expect(answer.status == 200 && answer.text == "goodbye")
            try await other.send([1, 2, 3], on: id, ends: true)
            // Whoever hangs up before the last of it has passed breaks it off.
            try await eventually { try await stand.report().endpoints.first?.active == 0 }
            await other.close()
            try await Self.expectNothingLeft(stand)
            #expect(await application.resets.isEmpty)
        }
    }

    /// What waits for room must hear that there will be none, or its worker waits for ever and serves nobody.
    @Test func `ends with the application's connection while more waits than the application takes`() async throws {
        let script: HTTP2Application.Script = { request in
            request[":protocol"] == nil ? await HTTP2Application.echo(request) : HTTP2Application.Answer(isDeaf: true)
        }
        try await Self.with(script) { stand, application in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/x", fields: Tunnels.webSocket))
            expect(101, of: try #require(try await wire.head()))
            let writing = Task { try await wire.write([UInt8](repeating: 1, count: 8 << 20)) }
            // More than the window and what is held: the rest waits.
            try await eventually {
                let wire = try await Wire.connect(stand.operations)
                try await wire.write(Stand.request("GET /metrics"))
                let metrics = try #require(try await wire.message()).text
                await wire.close()
                let line = metrics.split(separator: "\n").first {
                    $0.hasPrefix("gatehouse_tunnel_bytes_total") && $0.contains("direction=\"in\"")
                }
                return Int(line?.split(separator: " ").last ?? "") ?? 0 >= 128 * 1024
            }
            await application.stop()
            try await eventually { try await stand.report().streams == 0 }
            _ = await writing.result
            await wire.close()
            try await eventually { try await stand.report().connections == 0 }
        }
    }

    @Test(arguments: [401, 403, 404, 500])
    func `that the application declines is no tunnel`(status: Int) async throws {
        try await Self.with(Self.answering(status)) { stand, _ in
            let answer = try await stand.ask("GET /public/x", fields: Tunnels.webSocket)
            #expect(answer.status == status && answer["Upgrade"] == nil && answer["X-Application"] == "yes")
            let wire = try await HTTP2Wire.connect(stand.tls)
            #expect(try await wire.answer(try await wire.open("/public/x")).status == status)
            await wire.close()
            try await eventually { try await stand.report().endpoints.first?.active == 0 }
        }
    }

    @Test func `that the application never said it would take is 502, and its other requests are served`() async throws
    {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("access-\(UUID()).log").path
        let writer = try LogWriter(.file(path: path))
        try await Self.with(tunnels: false, options: { $0.accessLog = writer }) { stand, application in
            let answer = try await stand.ask("GET /public/x", fields: Tunnels.webSocket)
            #expect(answer.status == 502 && answer.text.contains("upstream_no_websocket"), "\(answer.text)")
            let wire = try await HTTP2Wire.connect(stand.tls)
            let other = try await wire.answer(try await wire.open("/public/x"))
            #expect(other.status == 502 && other.text.contains("upstream_no_websocket"))
            #expect(await application.requests.isEmpty)
            expect(200, of: try await stand.ask("GET /public/page"))
            await wire.close()
            try await Self.expectNothingLeft(stand)
        }
        writer.finish(within: .seconds(60))
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.components(separatedBy: #""reason":"upstream_no_websocket""#).count == 3, "\(text)")
        try FileManager.default.removeItem(atPath: path)
    }

    /// No form of it is known for streams, so the application hears of nothing, as it may over HTTP/1.1.
    @Test func `is the only protocol that is asked for over HTTP2`() async throws {
        try await Self.with { stand, application in
            let fields = ["Upgrade: echo/1", "Connection: Upgrade"]
            expect(200, of: try await stand.ask("GET /tunnels/x", fields: fields))
            let seen = try #require(await application.requests.first)
            #expect(seen[":method"] == "GET" && seen[":protocol"] == nil && seen["upgrade"] == nil)
        }
    }

    @Test func `that its client breaks off ends by CANCEL, and the application's connection goes on`() async throws {
        try await Self.with { stand, application in
            let client = try RawClient(stand.plain)
            try client.write(Stand.request("GET /public/x", fields: Tunnels.webSocket))
            try await eventually { try await stand.report().streams == 1 }
            client.reset()
            try await eventually { await application.resets == [.cancel] }
            expect(200, of: try await stand.ask("GET /public/page"))
            #expect(await application.connections == 1)
            try await Self.expectNothingLeft(stand)
        }
    }

    @Test func `ends with 1008 when the right to it is lost`() async throws {
        try await Self.with { stand, application in
            let token = stand.sessions.signIn()
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /private/x", fields: Tunnels.webSocket, token: token))
            expect(101, of: try #require(try await wire.head()))
            stand.sessions.remove(token)
            await stand.gateway.apply([.everything])
            #expect(try await wire.take(4) == WebSocketFrames.close(1008))
            #expect(try await wire.rest().isEmpty)
            await wire.close()
            try await eventually { await application.resets == [.cancel] }
            try await Self.expectNothingLeft(stand)
        }
    }

    @Test func `keeps what its client says before the application has agreed`() async throws {
        let turnstile = Turnstile()
        let script: HTTP2Application.Script = { request in
            if request[":protocol"] != nil { await turnstile.wait() }
            return HTTP2Application.Answer()
        }
        try await Self.with(script) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            // None of it is lost, nor read as a request, and no more of it is held than of a head.
            let early = [UInt8](repeating: 9, count: 100_000)
            async let sent: Void = wire.write(
                Array(Stand.request("GET /public/x", fields: Tunnels.webSocket).utf8) + early)
            try await eventually { await turnstile.isReached }
            #expect(try await stand.report().exchangeCapacityMax < 256 * 1024)
            await turnstile.open()
            expect(101, of: try #require(try await wire.head()))
            #expect(try await wire.take(early.count) == early)
            try await sent
            await wire.close()
            try await Self.expectNothingLeft(stand)
        }
    }
}
