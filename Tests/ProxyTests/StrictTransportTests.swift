import Configuration
import Testing

@testable import Proxy

/// `Strict-Transport-Security` (RFC 6797).
@Suite struct `Strict transport` {
    private static let field = "Strict-Transport-Security"
    private static let on: @Sendable (inout Stand.Options) -> Void = { options in
        var strict = StrictTransport()
        strict.includesSubdomains = true
        options.strictTransport = strict
    }

    private func ask(_ stand: Stand, _ path: String, host: String = "app.example.com") async throws -> Message {
        let wire = try await Wire.connect(stand.tls, tls: TestCertificates.shared.client(), name: host)
        try await wire.write(Stand.request("GET \(path)", host: host))
        defer { Task { await wire.close() } }
        return try #require(try await wire.message())
    }

    @Test(arguments: ["/public/x", "/private/x", "/nowhere", "/.gatehouse/login"])
    func `is told once with every answer over TLS, whoever gives it`(path: String) async throws {
        try await Stand.with(options: Self.on) { stand, _ in
            let answer = try await ask(stand, path)
            #expect(answer.values(Self.field) == ["max-age=31536000; includeSubDomains"])
        }
    }

    @Test func `is not told without TLS, nor of localhost`() async throws {
        try await Stand.with(options: Self.on) { stand, _ in
            let plain = try await stand.ask("GET /public/x", host: "app.example.com")
            let local = try await ask(stand, "/public/x", host: "localhost")
            #expect(plain[Self.field] == nil && local[Self.field] == nil)
        }
    }

    @Test func `is the gateway's to say, and the application's only where the gateway says nothing`() async throws {
        let weak = ScriptedUpstream.always(
            "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=0\r\nContent-Length: 0\r\n\r\n")
        try await Stand.with(weak, options: Self.on) { stand, _ in
            let answer = try await ask(stand, "/public/x")
            #expect(answer.values(Self.field) == ["max-age=31536000; includeSubDomains"])
        }
        try await Stand.with(weak) { stand, _ in
            let answer = try await ask(stand, "/public/x")
            #expect(answer.values(Self.field) == ["max-age=0"])
        }
    }
}
