import Testing

@testable import Proxy

@Suite struct `A client's own words about who it is` {
    static let forgeries = [
        ("CVE-2025-64484: underscores", ["X_Gatehouse_User: root", "X_Forwarded_User: root"]),
        (
            "other signs, which lighttpd hands to CGI programs as underscores",
            ["X.Gatehouse.User: root", "X!Gatehouse~Role: admin", "X.HTTP.Method.Override: DELETE"]
        ),
        ("CVE-2025-48865: any case", ["x-gAtEhOuSe-UsEr: root", "X-GATEHOUSE-ROLE: admin"]),
        (
            "CVE-2022-31813: named by Connection",
            ["Connection: X-Gatehouse-User, X-Gatehouse-Plant", "X-Gatehouse-User: root"]
        ),
        (
            "CVE-2024-45410: forwarding fields named by Connection",
            ["Connection: X-Forwarded-For, X-Forwarded-Host", "X-Forwarded-For: 10.0.0.1"]
        ),
        ("twice", ["X-Gatehouse-User: root", "X-Gatehouse-User: admin"]),
        (
            "other presets",
            ["Remote-User: root", "REMOTE_USER: root", "X-Forwarded-User: root", "X-WEBAUTH-USER: root"]
        ),
        (
            "CVE-2025-54576: another URL",
            ["X-Original-URL: /public", "X-Rewrite-URL: /public", "X-Forwarded-Uri: /public"]
        ),
        ("CVE-2025-29927: another method", ["X-HTTP-Method-Override: DELETE", "X_HTTP_METHOD: DELETE"]),
        (
            "addresses",
            [
                "X-Real-IP: 10.0.0.1", "Forwarded: for=10.0.0.1", "X-Forwarded-For: 10.0.0.1",
                "X_Forwarded_For: 10.0.0.1", "X.Forwarded.For: 10.0.0.1",
            ]
        ),
    ]

    @Test(arguments: forgeries, ["/public/x", "/plants/detroit/x"])
    func `never reach an application`(forgery: (name: String, fields: [String]), path: String) async throws {
        try await Stand.with { stand, upstream in
            let token = path == "/public/x" ? nil : stand.sessions.signIn()
            let answer = try await stand.ask("GET \(path)", fields: forgery.fields, token: token)
            #expect(answer.status == 200)
            let seen = try #require(await upstream.requests.first)
            for value in ["root", "admin", "/public", "DELETE", "10.0.0.1", "for=10.0.0.1"] {
                #expect(!seen.fields.contains { $0.value == value }, "\(forgery.name): \(value) got through")
            }
            #expect(seen.values("X-Gatehouse-User") == (token == nil ? [] : ["ada"]), "\(forgery.name)")
            #expect(seen.values("X-Gatehouse-Plant") == (token == nil ? [] : ["detroit"]))
            #expect(seen.values("X-Forwarded-For") == ["127.0.0.1"])
        }
    }

    @Test(arguments: [
        "Content_Length: 5", "Transfer_Encoding: chunked", "Host_: a", "Keep_Alive: 5", "Connection_: close",
        "Content.Length: 5", "Transfer~Encoding: chunked",
    ])
    func `do not frame a message for an application that reads other signs as hyphens`(field: String) async throws {
        try await Stand.with { stand, upstream in
            expect(200, of: try await stand.ask("GET /public/x", fields: [field]))
            let seen = try #require(await upstream.requests.first)
            let name = field.prefix { $0 != ":" }
            let arrived = seen.fields.contains { $0.name == name }
            // A name that is none of these once its signs are read as hyphens is the application's business.
            #expect(arrived == name.hasSuffix("_"))
        }
    }

    @Test func `are dropped from the trailers of a body`() async throws {
        try await Stand.with { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(
                Stand.request("POST /public/x", fields: ["Transfer-Encoding: chunked", "Trailer: X-Gatehouse-User"])
                    + "2\r\nhi\r\n0\r\nX-Gatehouse-User: root\r\n\r\n")
            #expect(try await wire.message()?.status == 200)
            #expect(await upstream.requests.first?.text == "hi")
            #expect(await upstream.requests.first?["X-Gatehouse-User"] == nil)
            await wire.close()
        }
    }
}
