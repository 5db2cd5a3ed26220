import Foundation
import Testing

@testable import Proxy

/// What each of the four proxies sends, as their real selves do it in `GatehouseTests/ForwardAuthenticationTests`.
private enum Asking {
    static func nginx(_ method: String, _ url: String) -> [String] {
        ["X-Original-URL: \(url)", "X-Original-Method: \(method)"]
    }

    static func traefik(_ method: String, _ host: String, _ uri: String) -> [String] {
        [
            "X-Forwarded-Method: \(method)", "X-Forwarded-Proto: https", "X-Forwarded-Host: \(host)",
            "X-Forwarded-Uri: \(uri)",
        ]
    }
}

extension Stand {
    /// Asks as a trusted proxy.
    fileprivate static func trusted(_ body: @Sendable (Stand, ScriptedUpstream) async throws -> Void) async throws {
        try await with(options: { $0.trustedProxies = ["127.0.0.1"] }, body)
    }
}

@Suite struct `A proxy that asks whether to let a request through` {
    @Test func `hears yes with the identity, whichever way it asks, and nothing is forwarded`() async throws {
        try await Stand.trusted { stand, upstream in
            let token = stand.sessions.signIn()
            let asking = [
                try await stand.ask(
                    "GET /.gatehouse/auth", fields: Asking.nginx("GET", "https://app.example.com/plants/detroit/x?a=b"),
                    token: token),
                try await stand.ask(
                    "GET /.gatehouse/auth", fields: Asking.traefik("GET", "app.example.com", "/plants/detroit/x?a=b"),
                    token: token),
                try await stand.ask(
                    "GET /.gatehouse/auth/plants/detroit/x?a=b", host: "app.example.com",
                    fields: ["X-Forwarded-Proto: https"], token: token),
            ]
            #expect(asking.map(\.status) == [202, 202, 200])
            for answer in asking {
                #expect(answer["X-Gatehouse-User"] == "ada" && answer["X-Gatehouse-Role"] == "operator")
                #expect(answer["X-Gatehouse-Plant"] == "detroit" && answer["X-Gatehouse-Session-Id"] != nil)
                #expect(answer["Cache-Control"] == "no-store" && answer["Set-Cookie"] == nil)
            }
            #expect(await upstream.requests.isEmpty)
        }
    }

    @Test func `hears yes to what anybody may, and nothing about anybody`() async throws {
        try await Stand.trusted { stand, _ in
            let answer = try await stand.ask(
                "GET /.gatehouse/auth", fields: Asking.nginx("POST", "https://app.example.com/public/x"))
            #expect(answer.status == 202)
            #expect(!answer.fields.contains { $0.name.lowercased().hasPrefix("x-gatehouse") })
        }
    }

    @Test func `tells Envoy which of its client's fields to take away`() async throws {
        try await Stand.trusted { stand, _ in
            let token = stand.sessions.signIn()
            let answer = try await stand.ask("GET /.gatehouse/auth/private/x", token: token)
            let names = answer["X-Envoy-Auth-Headers-To-Remove"]?.split(separator: ",") ?? []
            #expect(names.contains("x-gatehouse-role") && names.contains("remote-user"))
            #expect(!names.contains("x-gatehouse-user"))
            for name in names { #expect(answer[String(name)] == nil) }
        }
    }

    /// A method, who asks, and what each of the three forms is answered.
    static let refusals: [(name: String, method: String, path: String, token: Bool, status: [Int])] = [
        ("nobody", "GET", "/private/x", false, [401, 401, 401]),
        ("nobody who writes", "POST", "/private/x", false, [401, 401, 401]),
        ("a role too low", "GET", "/engineers/detroit", true, [403, 403, 403]),
        ("no route", "GET", "/nowhere", true, [403, 404, 404]),
        ("CVE-2019-9901: another reading of the path", "GET", "/public/..%2fprivate/x", false, [403, 400, 400]),
        ("CVE-2021-29492: a slash encoded twice", "GET", "/public/%252e%252e/private", false, [403, 400, 400]),
        ("out of the root", "GET", "/public/../../private/x", true, [403, 400, 400]),
        ("the gateway's own pages", "GET", "/.gatehouse/login", true, [403, 403, 403]),
        ("the gateway's own pages, by a detour", "GET", "/a/../.gatehouse/login", false, [403, 403, 403]),
    ]

    @Test(arguments: refusals)
    func `hears no in the way that it takes for one`(
        refusal: (name: String, method: String, path: String, token: Bool, status: [Int])
    ) async throws {
        try await Stand.trusted { stand, upstream in
            let token = refusal.token ? stand.sessions.signIn() : nil
            let (method, path) = (refusal.method, refusal.path)
            let answers = [
                try await stand.ask(
                    "GET /.gatehouse/auth", fields: Asking.nginx(method, "https://a.example.com" + path), token: token),
                try await stand.ask(
                    "GET /.gatehouse/auth", fields: Asking.traefik(method, "a.example.com", path), token: token),
                try await stand.ask("\(method) /.gatehouse/auth\(path)", host: "a.example.com", token: token),
            ]
            #expect(answers.map(\.status) == refusal.status)
            for answer in answers { #expect(answer["X-Gatehouse-User"] == nil) }
            #expect(await upstream.requests.isEmpty && stand.pages.requests.isEmpty)
        }
    }

    /// Envoy puts its client's path behind ours: whatever dot segments do in it, no answer of another page's may pass for
    /// a yes.
    @Test(arguments: [
        "/.gatehouse/auth/../login", "/.gatehouse/auth/a/../../login", "/.gatehouse/auth/../../public/x",
        "/.gatehouse/auth/%2e%2e/login", "/.gatehouse/auth//../login", "/.gatehouse/auth/..;/login",
    ])
    func `gets no page's 200 by dot segments`(path: String) async throws {
        try await Stand.trusted { stand, upstream in
            let answer = try await stand.ask("GET \(path)")
            #expect([400, 401, 403, 404].contains(answer.status ?? 0), "\(answer.status as Any)")
            #expect(await upstream.requests.isEmpty && stand.pages.requests.isEmpty)
        }
    }

    @Test func `has the person sent to the login page, with a way back to where they were`() async throws {
        try await Stand.trusted { stand, _ in
            let url = "https://app.example.com:8443/private/a%20b?x=1"
            let nginx = try await stand.ask(
                "GET /.gatehouse/auth", fields: Asking.nginx("GET", url) + Stand.navigation)
            let traefik = try await stand.ask(
                "GET /.gatehouse/auth",
                fields: Asking.traefik("GET", "app.example.com:8443", "/private/a%20b?x=1") + Stand.navigation)
            let envoy = try await stand.ask(
                "GET /.gatehouse/auth/private/a%20b?x=1", host: "app.example.com:8443", fields: Stand.navigation)
            #expect([nginx, traefik, envoy].map(\.status) == [401, 302, 302])
            for answer in [nginx, traefik, envoy] {
                let location = try #require(URLComponents(string: answer["Location"] ?? ""))
                #expect(location.host == "login.example.com" && location.path == "/.gatehouse/login")
                #expect(location.queryItems?.first { $0.name == "rd" }?.value == url)
                #expect(answer["Set-Cookie"]?.hasPrefix("__Host-gatehouse-attempt=") == true)
            }
        }
    }

    @Test func `has no program sent to a login page, nor whoever was about to write`() async throws {
        try await Stand.trusted { stand, _ in
            let url = "https://app.example.com/private/x"
            for fields in [Asking.nginx("GET", url), Asking.nginx("POST", url) + Stand.navigation] {
                let answer = try await stand.ask("GET /.gatehouse/auth", fields: fields)
                #expect(answer.status == 401 && answer["Location"] == nil && answer["Set-Cookie"] == nil)
                #expect(answer["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
            }
        }
    }

    @Test func `finds a cookie of one host good on that host alone`() async throws {
        try await Stand.trusted { stand, _ in
            let token = stand.sessions.signIn(host: "app.example.com")
            for (host, status) in [("app.example.com", 202), ("APP.example.com:8443", 202), ("b.example.com", 401)] {
                expect(
                    status,
                    of: try await stand.ask(
                        "GET /.gatehouse/auth", host: "gatehouse", fields: Asking.traefik("GET", host, "/private/x"),
                        token: token))
            }
        }
    }

    @Test func `hears that nobody can say who it is while the store is away`() async throws {
        try await Stand.trusted { stand, _ in
            let token = stand.sessions.signIn()
            stand.sessions.setAway(true)
            let fields = Asking.nginx("GET", "https://a.example.com/private/x")
            expect(503, of: try await stand.ask("GET /.gatehouse/auth", fields: fields, token: token))
            let open = Asking.nginx("GET", "https://a.example.com/public/x")
            expect(202, of: try await stand.ask("GET /.gatehouse/auth", fields: open, token: token))
        }
    }
}

@Suite struct `An inquiry` {
    private static let good = Asking.traefik("GET", "a.example.com", "/public/x")

    static let hostile: [(name: String, fields: [String])] = [
        ("CVE-2026-40575: a path of the client's beside the proxy's", good + ["X-Original-URI: /private/x"]),
        (
            "CVE-2025-54576: a URL of the client's beside the proxy's",
            good + ["X-Original-URL: https://a.example.com/p"]
        ),
        ("another host", good + ["X-Original-URL: https://b.example.com/public/x"]),
        ("CVE-2025-29927: another method", good + ["X-Original-Method: DELETE"]),
        ("two of the same", good + ["X-Forwarded-Uri: /public/x"]),
        ("two URLs", Asking.nginx("GET", "https://a/public/x") + ["x-original-url: https://a/public/x"]),
        ("two hosts in one field", Asking.traefik("GET", "a.example.com, b.example.com", "/public/x")),
        ("a URL for a path", Asking.traefik("GET", "a.example.com", "https://a.example.com/public/x")),
        ("no path", Asking.traefik("GET", "a.example.com", "*")),
        ("user information", Asking.nginx("GET", "https://a.example.com@b.example.com/public/x")),
        ("a fragment", Asking.nginx("GET", "https://a.example.com/public/x#/private")),
        ("no slash", Asking.nginx("GET", "https://a.example.com?x")),
        ("another scheme", Asking.nginx("GET", "ftp://a.example.com/public/x")),
        ("no scheme", Asking.nginx("GET", "//a.example.com/public/x")),
        ("a space", Asking.nginx("GET", "https://a.example.com/public/x HTTP/1.1")),
        ("a port that is none", Asking.nginx("GET", "https://a.example.com:0/public/x")),
        ("a method that is none", Asking.nginx("GET /x", "https://a.example.com/public/x")),
        ("a method without end", Asking.nginx(String(repeating: "G", count: 33), "https://a.example.com/public/x")),
        ("no method", ["X-Original-URL: https://a.example.com/public/x"]),
        ("no host", ["X-Original-URI: /public/x", "X-Original-Method: GET"]),
        ("nothing at all", []),
        ("other signs, which this does not read", ["X_Original_URL: https://a/public/x", "X_Original_Method: GET"]),
    ]

    @Test(arguments: hostile)
    func `that does not say one thing alone is refused`(hostile: (name: String, fields: [String])) async throws {
        try await Stand.trusted { stand, _ in
            let answer = try await stand.ask("GET /.gatehouse/auth", fields: hostile.fields)
            #expect(answer.status == 403, "\(hostile.name): \(answer.status as Any)")
            #expect(answer.text.contains("bad_inquiry"))
        }
    }

    @Test func `about TRACE or CONNECT is refused`() async throws {
        try await Stand.trusted { stand, _ in
            for method in ["TRACE", "CONNECT"] {
                let answer = try await stand.ask(
                    "GET /.gatehouse/auth", fields: Asking.traefik(method, "a.example.com", "/public/x"))
                #expect([403, 501].contains(answer.status ?? 0))
            }
        }
    }

    @Test(arguments: [[], ["10.0.0.0/8"]])
    func `of somebody who is no trusted proxy is refused`(trusted: [String]) async throws {
        try await Stand.with(options: { $0.trustedProxies = trusted }) { stand, _ in
            let token = stand.sessions.signIn()
            for path in ["/.gatehouse/auth", "/.gatehouse/auth/public/x"] {
                let answer = try await stand.ask("GET \(path)", fields: Self.good, token: token)
                #expect(answer.status == 403 && answer.text.contains("untrusted_proxy"))
                #expect(answer["X-Gatehouse-User"] == nil)
            }
        }
    }

    @Test func `may say the same in several ways`() async throws {
        try await Stand.trusted { stand, _ in
            let fields =
                Self.good + [
                    "X-Original-URL: https://A.example.com:8443/public/x", "X-Original-URI: /public/x",
                    "X-Original-Method: GET",
                ]
            expect(202, of: try await stand.ask("GET /.gatehouse/auth", fields: fields))
        }
    }

    @Test func `by another spelling of the path is a page of the gateway's that does not exist`() async throws {
        try await Stand.trusted { stand, _ in
            for path in ["/.gatehouse/%61uth", "/./.gatehouse/auth", "/.gatehouse/author"] {
                _ = try await stand.ask("GET \(path)", fields: Self.good)
            }
            #expect(stand.pages.requests.count == 3)
        }
    }

    @Test func `leaves the connection in step for the next one`() async throws {
        try await Stand.trusted { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            for (method, status) in [("GET", 202), ("POST", 202), ("PATCH", 202)] {
                try await wire.write(
                    Stand.request(
                        "GET /.gatehouse/auth", fields: Asking.traefik(method, "a.example.com", "/public/x")))
                #expect(try await wire.message()?.status == status)
            }
            try await wire.write(Stand.request("GET /.gatehouse/auth", fields: []))
            #expect(try await wire.message()?.status == 403)
            await wire.close()
        }
    }
}
