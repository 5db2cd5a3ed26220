import EventLoop
import Foundation
import Telemetry
import Testing

@testable import Proxy

@Suite struct `Listeners` {
    @Test(arguments: [("GET", 301), ("HEAD", 301), ("POST", 308)])
    func `that redirect send every request to the same place over TLS`(method: String, status: Int) async throws {
        try await Stand.with { stand, upstream in
            let wire = try await Wire.connect(stand.redirect)
            try await wire.write(Stand.request("\(method) /a/../b?c=d", host: "App.example.com:8080"))
            let answer = try #require(await wire.message(bodyless: method == "HEAD"))
            #expect(answer.status == status)
            #expect(answer["Location"] == "https://App.example.com/a/../b?c=d")
            #expect(await upstream.requests.isEmpty)
            await wire.close()
        }
    }

    @Test(arguments: ["", "a b", "ex%61mple.com", "a,b"])
    func `that redirect do not repeat a host that is none`(host: String) async throws {
        try await Stand.with { stand, _ in
            let wire = try await Wire.connect(stand.redirect)
            try await wire.write(Stand.request("GET /", host: host))
            let answer = try #require(await wire.message())
            #expect(answer.status == 400 && answer["Location"] == nil)
            await wire.close()
        }
    }

    @Test func `for operations tell health, readiness and metrics`() async throws {
        try await Stand.with { stand, _ in
            let token = stand.sessions.signIn()
            _ = try await stand.ask("GET /plants/detroit", token: token)
            _ = try await stand.ask("GET /private/x")
            let wire = try await Wire.connect(stand.operations)
            func get(_ path: String) async throws -> Message {
                try await wire.write(Stand.request("GET \(path)"))
                return try #require(await wire.message())
            }
            expect(200, of: try await get("/healthz"))
            expect(200, of: try await get("/readyz"))
            expect(404, of: try await get("/plants/detroit"))
            let metrics = try await get("/metrics")
            #expect(metrics["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            for line in [
                "gatehouse_requests_total{route=\"plants\",code=\"200\",protocol=\"HTTP/1.1\"} 1",
                "gatehouse_requests_total{route=\"private\",code=\"401\",protocol=\"HTTP/1.1\"} 1",
                "gatehouse_decisions_total{route=\"private\",outcome=\"deny\",reason=\"sign_in_required\"} 1",
                "gatehouse_session_cache_misses 1", "gatehouse_session_cache_entries 1",
                "gatehouse_upstream_healthy{upstream=\"app\",",
            ] { #expect(metrics.text.contains(line), "\(line) in \(metrics.text)") }
            await wire.close()
        }
    }

    /// Whoever has the socket as well can shut it down: the process that handed it over, or a service manager.
    private static func shutDownFirst(_ stand: Stand) async throws {
        let socket = try #require(try await stand.gateway.listeningSockets().first)
        #expect(shutdown(socket.raw, Int32(SHUT_RDWR)) == 0)
    }

    @Test func `whose sockets break are opened anew`() async throws {
        let log = LogCapture()
        try await Stand.with(options: { $0.logger = log.logger }) { stand, _ in
            expect(200, of: try await stand.ask("GET /public/x"))
            try await Self.shutDownFirst(stand)
            try await eventually { log.lines.contains { $0.hasPrefix("notice: connections are accepted again") } }
            expect(200, of: try await stand.ask("GET /public/x"))
            #expect(log.lines.count { $0.hasPrefix("critical: a listening socket is broken") } == 1)
        }
    }

    @Test func `that cannot be opened anew make the gateway not ready, and the others go on`() async throws {
        let log = LogCapture()
        let folder = FileManager.default.temporaryDirectory.appending(path: "gatehouse-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let place = "unix:\(folder.path(percentEncoded: false))/plain.sock"
        let change: (inout Stand.Options) -> Void = { options in
            options.plain = place
            options.logger = log.logger
        }
        try await Stand.with(options: change) { stand, _ in
            func readiness() async throws -> Message {
                let wire = try await Wire.connect(stand.operations)
                try await wire.write(Stand.request("GET /readyz", fields: ["Connection: close"]))
                return try #require(await wire.message())
            }
            expect(200, of: try await readiness())
            try FileManager.default.removeItem(at: folder)
            try await Self.shutDownFirst(stand)
            try await eventually { try await readiness().status == 503 }
            #expect(try await readiness().text == "not listening at \(place)\n")
            let wire = try await Wire.connect(stand.tls, tls: TestCertificates.shared.client())
            try await wire.write(Stand.request("GET /public/x"))
            #expect(try await wire.message()?.status == 200)
            await wire.close()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            try await eventually { try await readiness().status == 200 }
            let lines = log.lines
            #expect(lines.count { $0.hasPrefix("critical: a listening socket is broken") } == 1)
            #expect(lines.count { $0.hasPrefix("critical: cannot listen where") } == 1, "however often it was tried")
            #expect(lines.contains { $0.hasPrefix("notice: connections are accepted again") })
        }
    }

    @Test func `for operations say why the gateway is not ready`() async throws {
        try await Stand.with(options: { $0.unreadiness = "the database is away" }) { stand, _ in
            let wire = try await Wire.connect(stand.operations)
            try await wire.write(Stand.request("GET /readyz"))
            let answer = try #require(await wire.message())
            #expect(answer.status == 503 && answer.text == "the database is away\n")
            await wire.close()
        }
    }

    @Test func `for TLS tell a client that speaks plain HTTP what is wrong`() async throws {
        try await Stand.with { stand, _ in
            let wire = try await Wire.connect(stand.tls)
            try await wire.write(Stand.request("GET /public/x"))
            let all = try await wire.rest()
            #expect(all.hasPrefix("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain"))
            #expect(all.contains("https://"))
        }
    }

    @Test(arguments: [
        ("app.example.com", "app.example.com", 200), ("app.example.com", "API.example.com:443", 200),
        ("app.example.com", "other.test", 421), ("other.test", "app.example.com", 421),
    ])
    func `for TLS answer 421 to a host that the certificate does not cover`(
        name: String, host: String, status: Int
    ) async throws {
        try await Stand.with { stand, _ in
            let wire = try await Wire.connect(stand.tls, tls: TestCertificates.shared.client(), name: name)
            try await wire.write(Stand.request("GET /public/x", host: host))
            expect(status, of: try #require(await wire.message()))
            await wire.close()
        }
    }

    @Test func `write a line for every request, without secrets`() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("access-\(UUID()).log").path
        let writer = try LogWriter(.file(path: path))
        try await Stand.with(options: { $0.accessLog = writer }) { stand, _ in
            let token = stand.sessions.signIn()
            _ = try await stand.ask("GET /plants/detroit/x?secret=1", fields: ["User-Agent: test"], token: token)
            _ = try await stand.ask("GET /private/y?secret=2")
        }
        writer.finish(within: .seconds(60))
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 2, "\(text)")
        for part in [
            "\"route\":\"plants\"", "\"plant\":\"detroit\"", "\"outcome\":\"allow\"", "\"status\":200",
            "\"upstream\":\"http://127.0.0.1:", "\"user_agent\":\"test\"",
        ] {
            #expect(lines.first?.contains(part) == true, "\(part)")
        }
        #expect(lines.last?.contains("\"reason\":\"sign_in_required\"") == true)
        #expect(!text.contains("secret") && !text.contains("ghs_"))
        try FileManager.default.removeItem(atPath: path)
    }
}
