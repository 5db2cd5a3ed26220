import Testing

@testable import Proxy

@Suite struct `Credentials` {
    @Test func `of the gateway are kept from the application, and others are not`() async throws {
        try await Stand.with { stand, upstream in
            let token = stand.sessions.signIn()
            _ = try await stand.ask(
                "GET /private/x",
                fields: [
                    "Cookie: a=1; __Host-gatehouse=\(token); b=2; __Host-gatehouse-csrf=x; __Host-gatehouse-attempt=y",
                    "Authorization: Basic abc",
                ])
            _ = try await stand.ask("GET /private/x", fields: ["Authorization: bEaReR \(token)"])
            _ = try await stand.ask(
                "GET /public/x", fields: ["Authorization: Bearer ght_abc", "Cookie: __Host-gatehouse=\(token)"])
            _ = try await stand.ask(
                "GET /public/x",
                fields: ["Authorization: Bearer eyJhbGciOi", "Cookie: __Host-gatehousex=1; __host-gatehouse=2"])
            let seen = await upstream.requests
            #expect(seen.count == 4)
            #expect(seen[0]["Cookie"] == "a=1; b=2")
            #expect(seen[0]["Authorization"] == "Basic abc")
            #expect(seen[1]["Authorization"] == nil && seen[1]["X-Gatehouse-User"] == "ada")
            #expect(seen[2]["Authorization"] == nil && seen[2]["Cookie"] == nil)
            #expect(seen[3]["Authorization"] == "Bearer eyJhbGciOi")
            #expect(seen[3]["Cookie"] == "__Host-gatehousex=1; __host-gatehouse=2")
        }
    }

    static let broken: [(name: String, cookie: @Sendable (String) -> String)] = [
        ("garbage", { _ in "__Host-gatehouse=garbage" }),
        ("truncated", { "__Host-gatehouse=\($0.dropLast())" }),
        ("too long", { "__Host-gatehouse=\($0)x" }),
        ("wrongly cased", { "__host-gatehouse=\($0)" }),
        ("wrongly cased token", { "__Host-gatehouse=\($0.uppercased())" }),
        ("quoted", { "__Host-gatehouse=\"\($0)\"" }),
        ("two that differ", { "__Host-gatehouse=\($0); __Host-gatehouse=ghs_\(String($0.dropFirst(4).reversed()))" }),
        ("two that differ, the good one last", { "__Host-gatehouse=x; __Host-gatehouse=\($0)" }),
        ("another kind of token", { "__Host-gatehouse=ghr_\($0.dropFirst(4))" }),
        ("empty", { _ in "__Host-gatehouse=" }),
        ("without a value", { _ in "__Host-gatehouse" }),
    ]

    @Test(arguments: broken.map(\.name))
    func `that are broken are as good as none (CVE-2026-25748)`(name: String) async throws {
        try await Stand.with { stand, upstream in
            let token = stand.sessions.signIn()
            let cookie = try #require(Self.broken.first { $0.name == name }).cookie(token)
            try await expect(401, of: stand.ask("GET /private/x", fields: ["Cookie: \(cookie)"]))
            try await expect(200, of: stand.ask("GET /public/x", fields: ["Cookie: \(cookie)"]))
            #expect(await upstream.requests.first?["X-Gatehouse-User"] == nil)
        }
    }

    @Test func `sent twice alike are good`() async throws {
        try await Stand.with { stand, _ in
            let token = stand.sessions.signIn()
            let cookie = "__Host-gatehouse=\(token)"
            try await expect(200, of: stand.ask("GET /private/x", fields: ["Cookie: \(cookie); \(cookie)"]))
        }
    }

    @Test func `are good on the host they were made for alone`() async throws {
        try await Stand.with { stand, _ in
            let token = stand.sessions.signIn(host: "app.example.com")
            try await expect(200, of: stand.ask("GET /private/x", host: "APP.example.com:8443", token: token))
            try await expect(401, of: stand.ask("GET /private/x", host: "api.example.com", token: token))
        }
    }

    @Test func `are remembered by whom they belong to, and told for nobody else`() {
        let sessions = FakeSessions()
        let (one, other) = (sessions.signIn(), sessions.signIn("eve"))
        let hashes = (FakeSessions.hash(one), FakeSessions.hash(other))
        let last = LastToken(Array(one.utf8).span, hashes.0)
        #expect(last.text(of: hashes.0) == one)
        #expect(last.text(of: hashes.1) == nil && LastToken().text(of: hashes.0) == nil)
    }

    @Test func `in two Authorization fields are refused (CVE-2021-32777)`() async throws {
        try await Stand.with { stand, _ in
            let answer = try await stand.ask(
                "GET /public/x", fields: ["Authorization: Basic a", "Authorization: Basic b"])
            #expect(answer.status == 400)
        }
    }
}
