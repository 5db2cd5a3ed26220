import Foundation
import HTTP2
import Identity
import Telemetry
import Testing

@testable import Proxy

@Suite struct `HTTP2` {
    @Test func `requests are forwarded as they are over HTTP1, many on one connection`() async throws {
        try await Stand.with { stand, upstream in
            let token = stand.sessions.signIn()
            let wire = try await HTTP2Wire.connect(stand.tls)
            for index in 0..<5 {
                let answer = try await wire.ask(
                    "GET", "/plants/detroit/x?y=\(index)", fields: [("accept", "a/b"), ("cookie", "other=1")],
                    token: token)
                #expect(answer.status == 200 && answer.isComplete && answer.closeCode == .noError)
                #expect(answer["content-type"] == "text/plain")
                #expect(answer["content-length"] == "\(answer.body.count)")
                #expect(answer["date"]?.hasSuffix("GMT") == true)
                let lines = answer.text.split(separator: "\n").map(String.init)
                #expect(lines.first == "GET /plants/detroit/x?y=\(index) HTTP/1.1")
                #expect(lines.contains("Host: localhost") && lines.contains("accept: a/b"))
                #expect(lines.contains("Cookie: other=1") && !answer.text.contains(token))
                #expect(lines.contains("X-Gatehouse-User: ada") && lines.contains("X-Gatehouse-Role: operator"))
                #expect(lines.contains("X-Forwarded-Proto: https") && lines.contains("X-Forwarded-For: 127.0.0.1"))
                #expect(!lines.contains { $0.hasPrefix(":") })
            }
            #expect(await upstream.connections == 1)
            await wire.close()
        }
    }

    @Test func `clients that know only HTTP1 are served it on the same port`() async throws {
        try await Stand.with { stand, _ in
            let wire = try await Wire.connect(stand.tls, tls: TestCertificates.shared.client())
            try await wire.write(Stand.request("GET /public/x"))
            #expect(try await wire.message()?.startLine == "HTTP/1.1 200 OK")
            await wire.close()
        }
    }

    @Test(arguments: [
        ("GET", "/private/x", 401), ("GET", "/nowhere", 404), ("GET", "/plants/chicago/x", 401),
        ("GET", "/public/..%2fx", 400), ("CONNECT", "/", 400), ("TRACE", "/public/x", 501),
    ])
    func `requests are decided on as over HTTP1`(method: String, path: String, status: Int) async throws {
        try await Stand.with { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let answer = try await wire.ask(method, path)
            if method == "CONNECT" {
                #expect(answer.closeCode == .protocolError)
            } else {
                #expect(answer.status == status && answer["content-type"] == "application/problem+json")
                #expect(answer["cache-control"] == "no-store" && answer["connection"] == nil)
            }
            #expect(await upstream.requests.isEmpty)
            // The connection goes on.
            #expect(try await wire.ask("GET", "/public/x").status == 200)
            await wire.close()
        }
    }

    @Test func `a role that is missing is a 403, and HEAD has no body`() async throws {
        try await Stand.with { stand, _ in
            let token = stand.sessions.signIn()
            let wire = try await HTTP2Wire.connect(stand.tls)
            let denied = try await wire.ask("GET", "/engineers/detroit/x", token: token)
            #expect(denied.status == 403 && denied.text.contains("\"role_needed\":\"engineer\""))
            let head = try await wire.ask("HEAD", "/engineers/detroit/x", token: token)
            #expect(head.status == 403 && head.body.isEmpty && head.isComplete)
            #expect(head["content-length"] != nil)
            let forwarded = try await wire.ask("HEAD", "/public/x")
            #expect(forwarded.status == 200 || forwarded.closeCode != nil)
            await wire.close()
        }
    }

    @Test(arguments: [
        ("x-gatehouse-user", "admin"), ("x_gatehouse_user", "admin"), ("x-forwarded-for", "1.2.3.4"),
        ("x-original-url", "/admin"), ("remote-user", "admin"), ("x-http-method-override", "DELETE"),
        ("content_length", "7"), ("proxy", "http://evil"),
    ])
    func `no field by which a client claims to be somebody passes (CVE-2025-64484, CVE-2025-48865)`(
        name: String, value: String
    ) async throws {
        try await Stand.with { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let answer = try await wire.ask("GET", "/public/x", fields: [(name, value)])
            #expect(answer.status == 200)
            let seen = try #require(await upstream.requests.first)
            #expect(!seen.values(name).contains(value))
            await wire.close()
        }
    }

    @Test func `a host that the certificate does not cover is misdirected, stream by stream`() async throws {
        try await Stand.with { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            #expect(try await wire.ask("GET", "/public/x", host: "other.test").status == 421)
            #expect(try await wire.ask("GET", "/public/x").status == 200)
            #expect(await upstream.requests.count == 1)
            await wire.close()
        }
    }

    @Test(arguments: [
        ("host", "evil.test", 400), ("expect", "magic", 417), ("x-a", String(repeating: "a", count: 65_400), 431),
    ])
    func `what may only be refused is answered, and nothing forwarded`(
        name: String, value: String, status: Int
    ) async throws {
        try await Stand.with { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let answer = try await wire.ask("GET", "/public/x", fields: [(name, value)])
            #expect(answer.status == status)
            let long = try await wire.ask("GET", "/public/" + String(repeating: "a", count: 9000))
            #expect(long.status == 414)
            #expect(await upstream.requests.isEmpty)
            await wire.close()
        }
    }

    @Test func `credentials are each stream's own`() async throws {
        try await Stand.with { stand, _ in
            let ada = stand.sessions.signIn("ada")
            let bob = stand.sessions.signIn("bob", roles: ["detroit": .engineer])
            let wire = try await HTTP2Wire.connect(stand.tls)
            var ids: [(Int32, String)] = []
            for index in 0..<30 {
                let (token, name): (String?, String) =
                    switch index % 3 {
                    case 0: (ada, "ada")
                    case 1: (bob, "bob")
                    default: (nil, "")
                    }
                ids.append((try await wire.begin("GET", "/plants/detroit/x", token: token), name))
            }
            for (id, name) in ids {
                let answer = try await wire.answer(id)
                if name.isEmpty {
                    #expect(answer.status == 401)
                } else {
                    #expect(answer.status == 200 && answer.text.contains("\nX-Gatehouse-User: \(name)\n"))
                }
            }
            await wire.close()
        }
    }

    @Test func `metrics and the log name the protocol`() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("access-\(UUID()).log").path
        let writer = try LogWriter(.file(path: path))
        try await Stand.with(options: { $0.accessLog = writer }) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            _ = try await wire.ask("POST", "/public/x", fields: [("user-agent", "test/2")], body: "hello")
            let metrics = String(decoding: await stand.gateway.metrics(), as: UTF8.self)
            #expect(
                metrics.contains("gatehouse_requests_total{route=\"public\",code=\"200\",protocol=\"HTTP/2\"} 1"))
            #expect(metrics.contains("gatehouse_connections{protocol=\"HTTP/2\"} 1"))
            await wire.close()
        }
        writer.finish(within: .seconds(60))
        let line = try String(contentsOfFile: path, encoding: .utf8)
        #expect(line.contains("\"protocol\":\"HTTP/2\"") && line.contains("\"user_agent\":\"test/2\""))
        #expect(line.contains("\"method\":\"POST\"") && line.contains("\"bytes_in\":5"))
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func `pages are answered too`() async throws {
        try await Stand.with { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let answer = try await wire.ask("POST", "/.gatehouse/login", body: "user=ada")
            #expect(answer.status == 200)
            let request = try #require(stand.pages.requests.last)
            #expect(request.path == "/.gatehouse/login" && request.body == Array("user=ada".utf8))
            #expect(request.method == "POST" && request.scheme == "https" && request.host == "localhost")
            await wire.close()
        }
    }
}
