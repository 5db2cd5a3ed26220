import Configuration
import Identity
import Testing

@testable import Proxy

/// Routes with a rate: `/rated/**` takes two requests an hour of an address, `/rated-people/**` two of a person.
@Suite struct `A rate` {
    private func ask(_ stand: Stand, _ address: String) async throws -> Message {
        try await stand.ask("GET /rated/x", fields: ["X-Forwarded-For: \(address)"])
    }

    @Test func `answers 429 beyond it, and says when to come again`() async throws {
        try await Stand.with { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            for left in [1, 0] {
                try await wire.write(Stand.request("GET /rated/x"))
                let answer = try #require(try await wire.message())
                expect(200, of: answer)
                #expect(answer["RateLimit-Policy"] == "\"address\";q=2;w=3600")
                #expect(answer["RateLimit"]?.hasPrefix("\"address\";r=\(left);t=") == true)
                #expect(answer["Retry-After"] == nil)
            }
            try await wire.write(Stand.request("GET /rated/y"))
            let refused = try #require(try await wire.message())
            expect(429, of: refused)
            #expect(refused["Content-Type"] == "application/problem+json")
            #expect(refused.text.contains("\"code\":\"rate_limited\""))
            let seconds = try #require(refused["Retry-After"].flatMap { Int($0) })
            #expect((1...1800).contains(seconds))
            #expect(refused["RateLimit"] == "\"address\";r=0;t=\(seconds)")
            // The connection goes on, and so do other routes.
            try await wire.write(Stand.request("GET /public/x"))
            let other = try #require(try await wire.message())
            expect(200, of: other)
            #expect(other["RateLimit"] == nil)
            #expect(await upstream.requests.count == 3)
            await wire.close()
        }
    }

    @Test func `is told and kept over HTTP/2 as well, and one for all streams and protocols`() async throws {
        try await Stand.with { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let first = try await wire.ask("GET", "/rated/x")
            #expect(first.status == 200 && first["ratelimit-policy"] == "\"address\";q=2;w=3600")
            #expect(first["ratelimit"]?.hasPrefix("\"address\";r=1;t=") == true)
            #expect(first["retry-after"] == nil)
            expect(200, of: try await stand.ask("GET /rated/x"))
            let refused = try await wire.ask("GET", "/rated/x")
            #expect(refused.status == 429 && refused["content-type"] == "application/problem+json")
            let seconds = try #require(refused["retry-after"].flatMap { Int($0) })
            #expect((1...1800).contains(seconds) && refused["ratelimit"] == "\"address\";r=0;t=\(seconds)")
            #expect(refused.fields.allSatisfy { $0.name == $0.name.lowercased() })
            // The connection goes on, and so do other routes.
            let other = try await wire.ask("GET", "/public/x")
            #expect(other.status == 200 && other["ratelimit"] == nil && other["ratelimit-policy"] == nil)
            #expect(await upstream.requests.count == 3)
            await wire.close()
        }
    }

    @Test func `shows people a page`() async throws {
        try await Stand.with { stand, _ in
            for _ in 0..<2 { expect(200, of: try await stand.ask("GET /rated/x")) }
            let answer = try await stand.ask("GET /rated/x", fields: Stand.navigation)
            expect(429, of: answer)
            #expect(answer.text == "error rate_limited")
            #expect(answer["Retry-After"] != nil)
        }
    }

    @Test func `is one for all workers`() async throws {
        try await Stand.with(options: { $0.workers = 4 }) { stand, _ in
            var statuses: [Int?] = []
            for _ in 0..<12 { statuses.append(try await stand.ask("GET /rated/x").status) }
            #expect(statuses == [200, 200] + [Int?](repeating: 429, count: 10))
        }
    }

    @Test func `is a person's over all of their sessions, and an address' before they sign in`() async throws {
        try await Stand.with { stand, _ in
            let user = UserID(.random(from: SystemRandomSource()))
            let (one, two, bob) = (
                stand.sessions.signIn("ada", user: user), stand.sessions.signIn("ada", user: user),
                stand.sessions.signIn("bob")
            )
            expect(200, of: try await stand.ask("GET /rated-people/x", token: one))
            let second = try await stand.ask("GET /rated-people/x", token: two)
            expect(200, of: second)
            #expect(second["RateLimit-Policy"]?.hasPrefix("\"user\"") == true)
            expect(429, of: try await stand.ask("GET /rated-people/x", token: one))
            expect(200, of: try await stand.ask("GET /rated-people/x", token: bob))
            for status in [200, 200, 429] { expect(status, of: try await stand.ask("GET /rated-people/x")) }
        }
    }

    @Test func `goes by the address that a trusted proxy tells, and by no other`() async throws {
        try await Stand.with(options: { $0.trustedProxies = ["127.0.0.1"] }) { stand, _ in
            for address in ["203.0.113.1", "203.0.113.1", "2001:db8::1", "2001:db8::2"] {
                expect(200, of: try await ask(stand, address))
            }
            for address in ["203.0.113.1", "2001:db8::3"] { expect(429, of: try await ask(stand, address)) }
        }
        try await Stand.with { stand, _ in
            for (address, status) in [("203.0.113.1", 200), ("203.0.113.2", 200), ("203.0.113.3", 429)] {
                expect(status, of: try await ask(stand, address))
            }
        }
    }

    @Test func `goes on through a reload`() async throws {
        try await Stand.with { stand, upstream in
            for _ in 0..<2 { expect(200, of: try await stand.ask("GET /rated/x")) }
            _ = try await stand.gateway.replaceSnapshot(Stand.snapshot([upstream.port], Stand.Options()))
            expect(429, of: try await stand.ask("GET /rated/x"))
        }
    }

    /// What is denied anyway takes nothing from those who may.
    @Test func `counts what is allowed alone`() async throws {
        try await Stand.with { stand, _ in
            for _ in 0..<5 { expect(401, of: try await stand.ask("GET /rated-private/x")) }
            let token = stand.sessions.signIn()
            for status in [200, 200, 429] {
                expect(status, of: try await stand.ask("GET /rated-private/x", token: token))
            }
        }
    }
}
