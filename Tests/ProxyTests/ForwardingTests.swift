import Foundation
import Testing

@testable import Proxy

@Suite struct `Forwarding` {
    @Test func `carries a request to the application and its answer back`() async throws {
        try await Stand.with { stand, _ in
            let token = stand.sessions.signIn()
            let answer = try await stand.ask(
                "POST /plants/detroit/limits?x=1%2F2", fields: ["X-Own: 7"], token: token, body: "hello")
            #expect(answer.status == 200)
            let lines = answer.text.components(separatedBy: "\n")
            #expect(lines.first == "POST /plants/detroit/limits?x=1%2F2 HTTP/1.1")
            #expect(lines.contains("Host: localhost"))
            #expect(lines.contains("X-Own: 7"))
            #expect(lines.contains("Content-Length: 5"))
            #expect(lines.contains("X-Gatehouse-User: ada"))
            #expect(lines.contains("X-Gatehouse-Plant: detroit"))
            #expect(lines.contains("X-Gatehouse-Role: operator"))
            #expect(lines.contains("X-Forwarded-For: 127.0.0.1"))
            #expect(lines.contains("X-Forwarded-Proto: http"))
            #expect(lines.contains("X-Forwarded-Host: localhost"))
            #expect(lines.last == "hello")
            #expect(answer["Date"] != nil)
        }
    }

    @Test func `works over TLS and says https`() async throws {
        try await Stand.with { stand, _ in
            let wire = try await Wire.connect(stand.tls, tls: TestCertificates.shared.client())
            for _ in 0..<3 {
                try await wire.write(Stand.request("GET /public/x"))
                let answer = try #require(await wire.message())
                #expect(answer.status == 200)
                #expect(answer.text.contains("X-Forwarded-Proto: https"))
            }
            await wire.close()
        }
    }

    @Test func `keeps connections on both sides for the next request`() async throws {
        try await Stand.with { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            for index in 0..<20 {
                try await wire.write(Stand.request("GET /public/\(index)"))
                #expect(try await wire.message()?.text.hasPrefix("GET /public/\(index) ") == true)
            }
            #expect(await upstream.connections == 1)
            #expect(try await stand.report().exchangesLent == 0)
            await wire.close()
        }
    }

    @Test func `answers pipelined requests in order`() async throws {
        try await Stand.with { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            let requests = (0..<10).map { index in
                Stand.request(
                    index % 2 == 0 ? "GET /public/\(index)" : "POST /public/\(index)",
                    body: index % 2 == 0 ? "" : "body")
            }
            try await wire.write(requests.joined())
            for index in 0..<10 {
                #expect(try await wire.message()?.text.contains(" /public/\(index) ") == true)
            }
            await wire.close()
        }
    }

    @Test func `closes when the client asks for it`() async throws {
        try await Stand.with { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/x", fields: ["Connection: close"]))
            let answer = try #require(await wire.message())
            #expect(answer["Connection"] == "close")
            #expect(!answer.text.lowercased().contains("connection:"))
            #expect(try await wire.rest().isEmpty)
        }
    }

    @Test(arguments: [(false, "close"), (true, "keep-alive")])
    func `speaks HTTP/1.0 to those who do`(keeps: Bool, connection: String) async throws {
        try await Stand.with { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(
                "GET /public/x HTTP/1.0\r\nHost: a\r\n\(keeps ? "Connection: keep-alive\r\n" : "")\r\n")
            let answer = try #require(await wire.message())
            #expect(answer["Connection"] == connection)
            #expect(answer.text.hasPrefix("GET /public/x HTTP/1.1\n"))
            await wire.close()
        }
    }

    @Test func `passes chunks of an answer on, and ends a 1.0 client's with the connection`() async throws {
        let chunked =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n"
        try await Stand.with(ScriptedUpstream.always(chunked)) { stand, upstream in
            let modern = try await Wire.connect(stand.plain)
            for _ in 0..<2 {
                try await modern.write(Stand.request("GET /public/x"))
                #expect(try await modern.message()?.text == "abcde")
            }
            await modern.close()
            let old = try await Wire.connect(stand.plain)
            try await old.write("GET /public/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let answer = try #require(await old.head())
            #expect(answer["Transfer-Encoding"] == nil)
            #expect(answer["Connection"] == "close")
            #expect(try await old.rest() == "abcde")
            #expect(await upstream.connections == 1)
        }
    }

    @Test func `gives a body that ends with the connection chunks`() async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write("HTTP/1.1 200 OK\r\n\r\nuntil the end")
            await wire.close()
        }
        try await Stand.with(script) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            for _ in 0..<2 {
                try await wire.write(Stand.request("GET /public/x"))
                #expect(try await wire.message()?.text == "until the end")
            }
            await wire.close()
        }
    }

    @Test(arguments: [
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", "500"),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n", nil),
        ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\nETag: x\r\n\r\n", "500"),
    ])
    func `knows which answers have no body`(method: String, raw: String, length: String?) async throws {
        try await Stand.with(ScriptedUpstream.always(raw)) { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            for _ in 0..<3 {
                try await wire.write(Stand.request("\(method) /public/x"))
                let answer = try #require(await wire.message(bodyless: true))
                #expect(answer["Content-Length"] == length)
            }
            #expect(await upstream.connections == 1)
            await wire.close()
        }
    }

    @Test func `passes early hints on, and 100 Continue of the application's not`() async throws {
        let raw =
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        try await Stand.with(ScriptedUpstream.always(raw)) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/x"))
            let hints = try #require(await wire.head())
            #expect(hints.status == 103)
            #expect(hints["Link"] == "</a.css>; rel=preload")
            #expect(try await wire.message()?.text == "ok")
            await wire.close()
        }
    }

    @Test func `leaves out what concerns one hop only`() async throws {
        let raw =
            "HTTP/1.1 200 OK\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n"
            + "Set-Cookie: __Host-gatehouse=stolen; Path=/\r\nSet-Cookie: app=1\r\nSet-Cookie: =__Host-gatehouse=stolen\r\n"
            + "Set-Cookie: =__Host-gatehouse\r\nSet-Cookie: = __Host-gatehouse=stolen; Path=/\r\nSet-Cookie: =app=2\r\nX-End: 2\r\n\r\nok"
        try await Stand.with(ScriptedUpstream.always(raw)) { stand, upstream in
            let answer = try await stand.ask(
                "GET /public/x",
                fields: [
                    "Connection: X-Private, keep-alive", "X-Private: 1", "TE: trailers", "Upgrade: websocket",
                    "Proxy: http://evil", "Proxy-Connection: keep-alive", "Keep-Alive: timeout=9", "Trailer: X",
                ])
            #expect(answer["X-Hop"] == nil)
            #expect(answer["Keep-Alive"] == nil)
            #expect(answer["X-End"] == "2")
            #expect(answer.values("Set-Cookie") == ["app=1", "=app=2"], "an application cannot plant a session")
            let seen = try #require(await upstream.requests.first)
            for name in [
                "Connection", "X-Private", "TE", "Upgrade", "Proxy", "Proxy-Connection", "Keep-Alive", "Trailer",
            ] {
                #expect(seen[name] == nil, "\(name) was passed on (CVE-2016-5385, RFC 9110 7.6.1)")
            }
        }
    }

    @Test func `takes an absolute target for what it names`() async throws {
        try await Stand.with { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write("GET http://app.example.com/public/x?y HTTP/1.1\r\nHost: app.example.com\r\n\r\n")
            #expect(try await wire.message()?.status == 200)
            #expect(await upstream.requests.first?.startLine == "GET /public/x?y HTTP/1.1")
            #expect(await upstream.requests.first?["Host"] == "app.example.com")
            await wire.close()
        }
    }

    @Test func `gives every request an id and a trace`() async throws {
        try await Stand.with { stand, upstream in
            let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            _ = try await stand.ask("GET /public/1", fields: ["traceparent: \(trace)", "X-Request-Id: mine"])
            _ = try await stand.ask("GET /public/2", fields: ["traceparent: 00-zz"])
            let seen = await upstream.requests
            #expect(seen[0].values("traceparent") == [trace])
            let made = try #require(seen[1]["traceparent"])
            #expect(TraceParent.isValid(made.utf8.span) && seen[1].values("traceparent").count == 1)
            #expect(seen[0].values("X-Request-Id").count == 1)
            #expect(seen[0]["X-Request-Id"]?.count == 32 && seen[0]["X-Request-Id"] != seen[1]["X-Request-Id"])
        }
    }

    @Test func `believes a trusted proxy about where a request came from`() async throws {
        let fields = ["X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: www.example.com"]
        try await Stand.with { stand, upstream in
            _ = try await stand.ask("GET /public/x", fields: fields)
            #expect(await upstream.requests.first?.values("X-Forwarded-For") == ["127.0.0.1"])
            #expect(await upstream.requests.first?.values("X-Forwarded-Proto") == ["http"])
            #expect(await upstream.requests.first?.values("X-Forwarded-Host") == ["localhost"])
        }
        try await Stand.with(options: { $0.trustedProxies = ["127.0.0.0/8"] }) { stand, upstream in
            _ = try await stand.ask("GET /public/x", fields: fields)
            #expect(await upstream.requests.first?.values("X-Forwarded-For") == ["203.0.113.7, 127.0.0.1"])
            #expect(await upstream.requests.first?.values("X-Forwarded-Proto") == ["https"])
            #expect(await upstream.requests.first?.values("X-Forwarded-Host") == ["www.example.com"])
        }
    }
}
