import Foundation
import Identity
import Testing

@testable import Proxy

@Suite struct `Somebody who is not signed in` {
    @Test func `is sent to the login page when a page is loaded`() async throws {
        try await Stand.with { stand, upstream in
            let answer = try await stand.ask(
                "GET /private/a%20b?x=1&y=2", host: "app.example.com:8443", fields: Stand.navigation)
            #expect(answer.status == 302)
            let location = try #require(URLComponents(string: answer["Location"] ?? ""))
            #expect(answer["Location"]?.hasPrefix("https://login.example.com/.gatehouse/login?rd=") == true)
            let items = location.queryItems ?? []
            #expect(items.first { $0.name == "rd" }?.value == "http://app.example.com:8443/private/a%20b?x=1&y=2")
            let cookie = try #require(answer["Set-Cookie"])
            #expect(cookie.hasPrefix("__Host-gatehouse-attempt="))
            for part in ["; Path=/", "; Max-Age=600", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
                #expect(cookie.contains(part))
            }
            let secret = String(cookie.dropFirst("__Host-gatehouse-attempt=".count).prefix { $0 != ";" })
            #expect(secret.utf8.count == 43)
            let hash = Base64URL.encode(FakeSessions.hash(secret).bytes)
            #expect(items.first { $0.name == "attempt" }?.value == hash)
            #expect(answer["Cache-Control"] == "no-store")
            #expect(await upstream.requests.isEmpty)
        }
    }

    @Test func `needs no ticket on the login page's own host`() async throws {
        try await Stand.with { stand, _ in
            let answer = try await stand.ask("GET /private/x", host: "LOGIN.example.com", fields: Stand.navigation)
            #expect(answer.status == 302 && answer["Set-Cookie"] == nil)
            #expect(answer["Location"]?.contains("attempt=") == false)
        }
    }

    @Test(arguments: [
        ["Accept: application/json"], [], ["Accept: text/html", "Sec-Fetch-Mode: cors"],
        ["Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"],
    ])
    func `is told where to sign in otherwise`(fields: [String]) async throws {
        try await Stand.with { stand, _ in
            let answer = try await stand.ask("GET /private/x", fields: fields)
            #expect(answer.status == 401)
            #expect(answer["Content-Type"] == "application/problem+json")
            #expect(answer["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
            let problem = try JSONDecoder().decode([String: JSONValue].self, from: Data(answer.body))
            #expect(problem["code"] == .text("sign_in_required"))
            #expect(problem["status"] == .number(401))
            #expect(
                problem["login_url"]
                    == .text("https://login.example.com/.gatehouse/login?rd=http%3A%2F%2Flocalhost%2Fprivate%2Fx"))
            if case .text(let id) = problem["request_id"] {
                #expect(id.count == 32)
            } else {
                Issue.record("no request id")
            }
        }
    }

    @Test func `is told on a page that a form went nowhere, since it is lost`() async throws {
        try await Stand.with { stand, upstream in
            let answer = try await stand.ask(
                "POST /private/x?y=1", fields: Stand.navigation + ["Accept-Language: de"], body: "x")
            #expect(answer.status == 401 && answer.text == "error sign_in_required")
            #expect(answer["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
            let told = try #require(stand.pages.errors.first)
            #expect(told.lostForm && told.principal == nil)
            #expect(told.target == "/private/x?y=1" && told.acceptLanguage == "de")
            #expect(await upstream.requests.isEmpty)
        }
    }

    @Test(arguments: [
        ("POST", ["Accept: application/json", "Sec-Fetch-Mode: cors"]), ("POST", ["Accept: text/html"]),
        ("PUT", Stand.navigation), ("POST", ["Accept: text/html", "Sec-Fetch-Mode: cors"]),
    ])
    func `gets no page when it was no page that sent it`(method: String, fields: [String]) async throws {
        try await Stand.with { stand, _ in
            let answer = try await stand.ask("\(method) /private/x", fields: fields, body: "x")
            #expect(answer.status == 401 && answer["Content-Type"] == "application/problem+json")
            #expect(stand.pages.errors.isEmpty)
        }
    }
}

@Suite struct `Somebody without the role` {
    @Test func `is told which global roles would do, and the way back`() async throws {
        try await Stand.with { stand, _ in
            let token = stand.sessions.signIn()
            let page = try await stand.ask("GET /marketing/a?b=c", fields: Stand.navigation, token: token)
            #expect(page.status == 403)
            let told = try #require(stand.pages.errors.first)
            #expect(told.neededGlobalRoles == ["MARKETING", "ADMIN"])
            #expect(told.target == "/marketing/a?b=c" && !told.lostForm)
        }
    }

    @Test func `is told which one is needed`() async throws {
        try await Stand.with { stand, upstream in
            let token = stand.sessions.signIn()
            let answer = try await stand.ask("GET /engineers/detroit", token: token)
            #expect(answer.status == 403)
            let problem = try JSONDecoder().decode([String: JSONValue].self, from: Data(answer.body))
            #expect(problem["code"] == .text("role_missing") && problem["plant"] == .text("detroit"))
            #expect(problem["role_needed"] == .text("engineer"))
            #expect(problem["decision_id"] != nil)
            let page = try await stand.ask("GET /engineers/detroit", fields: Stand.navigation, token: token)
            #expect(page.status == 403 && page.text == "error role_missing")
            let told = try #require(stand.pages.errors.first)
            #expect(told.principal?.username == "ada" && told.plant == "detroit" && told.neededRole == .engineer)
            #expect(await upstream.requests.isEmpty)
        }
    }

    @Test func `learns nothing about which plants there are`() async throws {
        try await Stand.with { stand, _ in
            let token = stand.sessions.signIn(roles: [:])
            func answer(_ plant: String) async throws -> String {
                let text = try await stand.ask("GET /plants/\(plant)", token: token).text
                return text.replacingOccurrences(of: plant, with: "PLANT").replacing(
                    /"[a-z]+_id":"[0-9a-f]+"/, with: "")
            }
            let (one, other) = (try await answer("detroit"), try await answer("nowhere"))
            #expect(one == other)
        }
    }
}

@Suite struct `Requests to the gateway itself` {
    @Test func `are answered by its pages on every host, with the body`() async throws {
        try await Stand.with { stand, upstream in
            let answer = try await stand.ask(
                "POST /.gatehouse/login?rd=%2F", host: "any.example.com",
                fields: [
                    "Content-Type: application/x-www-form-urlencoded", "X-Forwarded-Host: evil", "X-Original-URL: /x",
                ],
                body: "login=ada")
            #expect(answer.status == 200 && answer.text == "page /.gatehouse/login")
            #expect(
                answer["X-Evil"] == nil && answer["Injected"] == nil && answer["X-Bad"] == nil && answer["b"] == nil)
            #expect(answer["Cache-Control"] == "no-store")
            let seen = try #require(stand.pages.requests.first)
            #expect(seen.method == "POST" && seen.host == "any.example.com" && seen.query == "rd=%2F")
            #expect(String(decoding: seen.body, as: UTF8.self) == "login=ada" && seen.clientAddress == "127.0.0.1")
            #expect(!seen.fields.contains { $0.value == "evil" || $0.name == "X-Original-URL" })
            expect(200, of: try await stand.ask("GET /.well-known/gatehouse/jwks.json"))
            expect(200, of: try await stand.ask("GET /public/../.gatehouse/x"))
            #expect(await upstream.requests.isEmpty)
        }
    }

    @Test func `have bodies of at most 64 KiB`() async throws {
        try await Stand.with { stand, _ in
            expect(413, of: try await stand.ask("POST /.gatehouse/login", body: String(repeating: "x", count: 65_537)))
            expect(200, of: try await stand.ask("POST /.gatehouse/login", body: String(repeating: "x", count: 65_536)))
        }
    }

    @Test func `learn the client's address from a trusted proxy`() async throws {
        try await Stand.with(options: { $0.trustedProxies = ["127.0.0.1", "10.0.0.0/8"] }) { stand, _ in
            _ = try await stand.ask(
                "GET /.gatehouse/x", fields: ["X-Forwarded-For: 203.0.113.9, 198.51.100.7, 10.1.2.3"])
            #expect(stand.pages.requests.first?.clientAddress == "198.51.100.7")
        }
    }
}

/// A value in a problem document.
enum JSONValue: Decodable, Equatable {
    case text(String), number(Int), list([String])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let number = try? value.decode(Int.self) {
            self = .number(number)
        } else {
            self = .list(try value.decode([String].self))
        }
    }
}
