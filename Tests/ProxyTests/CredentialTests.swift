import HTTPMessage
import Identity
import TLS
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

    /// The fields of requests that may follow each other over one connection, as they do from a proxy in front.
    static let requests: [[String]] = {
        let sessions = FakeSessions()
        let (one, other) = (sessions.signIn(), sessions.signIn("eve"))
        let cookie = "Cookie: __Host-gatehouse="
        return [
            [], [cookie + one], [cookie + other], ["Cookie: a=1; __Host-gatehouse=\(one); b=2"],
            ["Cookie: a=1; __Host-gatehouse=\(other); b=2"], [cookie + one + "; c=3"], [cookie + one, "Cookie: d=4"],
            [cookie + one, cookie + other], [cookie + one, cookie + one], ["Authorization: Bearer \(one)"],
            ["Authorization: Bearer \(other)", cookie + one], ["Authorization: Bearer ght_\(other.dropFirst(4))"],
            ["Cookie: long=\(String(repeating: "x", count: 1100)); __Host-gatehouse=\(other)"],
            // As long as the session cookie alone, and something else.
            [cookie + one.dropLast(5) + "; e=5"], [cookie + one.dropLast() + "!"], ["Cookie: __Host-gatehousx=" + one],
            [cookie + "ght_" + one.dropFirst(4)], [cookie + "; " + one.dropFirst(2)], ["Cookie: f=6"],
        ]
    }()

    /// What is found and what is passed on, given what is known of the connection.
    private func reading(_ request: [String], _ last: inout LastToken) -> [String] {
        let fields = FieldBlock()
        for line in request {
            let parts = line.split(separator: ":", maxSplits: 1)
            fields.append(name: String(parts[0]), value: String(parts[1].dropFirst()))
        }
        let found = Proxy.Credentials.find(in: fields, last: &last, digest: DigestContext())
        var reading = ["\(found)"]
        if case .token(let hash, _) = found, let text = last.text(of: hash) { reading.append(text) }
        for index in 0..<fields.count where fields.known(index) == .cookie {
            var line = ByteBuffer()
            if !last.appendForeignCookies(of: fields.value(index), to: &line) {
                Proxy.Credentials.appendForeignCookies(of: fields.value(index), to: &line)
            }
            reading.append(line.span.decoded)
        }
        return reading
    }

    @Test(arguments: requests)
    func `are those of the request alone, whatever came over the connection before`(request: [String]) {
        for former in Self.requests {
            var used = LastToken()
            var fresh = LastToken()
            _ = reading(former, &used)
            let expected = reading(request, &fresh)
            #expect(reading(request, &used) == expected, "after \(former)")
            #expect(reading(request, &used) == expected, "and again")
        }
    }

    @Test func `in two Authorization fields are refused (CVE-2021-32777)`() async throws {
        try await Stand.with { stand, _ in
            let answer = try await stand.ask(
                "GET /public/x", fields: ["Authorization: Basic a", "Authorization: Basic b"])
            #expect(answer.status == 400)
        }
    }
}
