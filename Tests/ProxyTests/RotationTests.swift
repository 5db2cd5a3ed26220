import Accounts
import GatehouseTesting
import Identity
import PasswordHashing
import Synchronization
import Testing

@testable import Proxy

/// A person who is signed in, over stores that behave as the database does, and what the gateway needs to know of them.
private struct Visit {
    let stores: MemoryStores
    let environment: AccountsEnvironment
    let token: Token
    let user: UserID

    static let password = "correct horse battery staple"

    init(
        rotation: Duration = .milliseconds(1), grace: Duration = .seconds(30), host: String? = "localhost",
        remembered: Bool = false
    ) async throws {
        stores = MemoryStores(rotationGrace: grace)
        environment = stores.environment(
            passwords: PasswordHasher(parameters: Argon2Parameters(memoryKiB: 32, passes: 1, lanes: 1)),
            settings: AccountsSettings(sessionRotation: rotation))
        let hash = try await environment.passwords.hash(Self.password)
        user = try await stores.users.create(
            NewUser(username: "ada", email: nil, passwordHash: hash, status: .active)
        ).id
        token = try await SignIn(environment)(
            login: "ada", password: Self.password, host: host, remembered: remembered, by: Requester()
        ).token
    }

    func options(_ options: inout Stand.Options) {
        options.lookup = stores.sessions
        options.rotation = environment.settings.sessionRotation
        options.rotate = { [environment] token, host in
            let cookie = try? await RotateSession(environment)(token, host: host)
            return cookie.map { RotatedCookie(value: $0.token.text, maxAge: $0.maxAge) }
        }
    }
}

/// Answers with a page, and these further fields.
private func page(_ fields: String..., type: String = "text/html; charset=utf-8") -> ScriptedUpstream.Script {
    let lines = (["Content-Type: \(type)"] + fields).map { $0 + "\r\n" }.joined()
    return ScriptedUpstream.always("HTTP/1.1 200 OK\r\n\(lines)Content-Length: 2\r\n\r\nhi")
}

extension Message {
    /// The session cookie that an answer sets.
    fileprivate var sessionCookie: String? {
        fields.first { $0.name.lowercased() == "set-cookie" && $0.value.hasPrefix("__Host-gatehouse=") }?.value
    }

    fileprivate var sessionToken: String? {
        sessionCookie.map { String($0.dropFirst("__Host-gatehouse=".count).prefix { $0 != ";" }) }
    }
}

@Suite struct `A session cookie` {
    @Test func `is rotated on a page load, and both work for a while`() async throws {
        let visit = try await Visit()
        try await Stand.with(page(), options: visit.options) { stand, _ in
            try await Task.sleep(for: .milliseconds(5))
            let answer = try await stand.ask("GET /private/x", fields: Stand.navigation, token: visit.token.text)
            let cookie = try #require(answer.sessionCookie)
            #expect(cookie.hasSuffix("; Path=/; Secure; HttpOnly; SameSite=Lax"))
            #expect(answer["Cache-Control"] == "private")
            let next = try #require(answer.sessionToken)
            #expect(next != visit.token.text && Token(next, kind: .session) != nil)
            for token in [next, visit.token.text, next] {
                expect(200, of: try await stand.ask("GET /private/x", token: token))
            }
        }
    }

    @Test func `is not rotated before its time`() async throws {
        let visit = try await Visit(rotation: .seconds(3600))
        try await Stand.with(page(), options: visit.options) { stand, _ in
            let answer = try await stand.ask("GET /private/x", fields: Stand.navigation, token: visit.token.text)
            expect(200, of: answer)
            #expect(answer.sessionCookie == nil && answer["Cache-Control"] == nil)
        }
    }

    @Test func `of a person who is remembered outlives the browser`() async throws {
        let visit = try await Visit(remembered: true)
        try await Stand.with(page(), options: visit.options) { stand, _ in
            try await Task.sleep(for: .milliseconds(5))
            let answer = try await stand.ask("GET /private/x", fields: Stand.navigation, token: visit.token.text)
            let age = try #require(answer.sessionCookie?.firstMatch(of: /Max-Age=(\d+)/))
            let seconds = try #require(Int(age.1))
            #expect((2_591_000...2_592_000).contains(seconds))
        }
    }

    /// Requests whose answers no person waits for, or that came with something else than a cookie of this host.
    @Test(arguments: [
        ("GET /private/x", ["Accept: */*"]),
        ("GET /private/x", ["Accept: text/html", "Sec-Fetch-Mode: cors"]),
        ("GET /private/x", ["Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"]),
        ("POST /private/x", Stand.navigation),
        ("HEAD /private/x", Stand.navigation),
    ])
    func `is rotated by nothing but a page load`(request: String, fields: [String]) async throws {
        let visit = try await Visit()
        try await Stand.with(page(), options: visit.options) { stand, _ in
            try await Task.sleep(for: .milliseconds(5))
            let answer = try await stand.ask(request, fields: fields, token: visit.token.text)
            expect(200, of: answer)
            #expect(answer.sessionCookie == nil)
        }
    }

    @Test func `sent as a bearer token is not rotated, and neither is one that is good everywhere`() async throws {
        let visit = try await Visit()
        let everywhere = try await Visit(host: nil)
        try await Stand.with(page(), options: visit.options) { stand, _ in
            try await Task.sleep(for: .milliseconds(5))
            let answer = try await stand.ask(
                "GET /private/x", fields: Stand.navigation + ["Authorization: Bearer \(visit.token.text)"])
            expect(200, of: answer)
            #expect(answer.sessionCookie == nil)
        }
        try await Stand.with(page(), options: everywhere.options) { stand, _ in
            try await Task.sleep(for: .milliseconds(5))
            let answer = try await stand.ask("GET /private/x", fields: Stand.navigation, token: everywhere.token.text)
            expect(200, of: answer)
            #expect(answer.sessionCookie == nil)
        }
    }

    /// What a shared cache may keep must not carry a cookie (RFC 9111, section 7.3).
    @Test(arguments: [
        ("Cache-Control: public", false), ("Cache-Control: max-age=60", false), ("Cache-Control: S-MaxAge=9", false),
        ("Cache-Control: s-maxage=9", false), ("Expires: Thu, 01 Jan 2032 00:00:00 GMT", false),
        ("CDN-Cache-Control: max-age=60", false), ("Cache-Control: Private, Max-Age=60", true),
        ("Cache-Control: no-store", true), ("Cache-Control: no-cache", true), ("Cache-Control: max-age=0", true),
        ("Cache-Control: max-age=60, private=\"x\"", false), ("X-Other: public", true),
        ("Cache-Control: max-age=60,public", false),
    ])
    func `is never set on an answer that a shared cache may keep`(field: String, isSet: Bool) async throws {
        let visit = try await Visit()
        try await Stand.with(page(field), options: visit.options) { stand, _ in
            try await Task.sleep(for: .milliseconds(5))
            let answer = try await stand.ask("GET /private/x", fields: Stand.navigation, token: visit.token.text)
            expect(200, of: answer)
            #expect((answer.sessionCookie != nil) == isSet)
            #expect(answer.fields.contains { $0 == ("Cache-Control", "private") } == isSet)
        }
    }

    @Test func `is not set on what is no page`() async throws {
        for type in ["application/json", "text/plain", "image/png"] {
            let visit = try await Visit()
            try await Stand.with(page(type: type), options: visit.options) { stand, _ in
                try await Task.sleep(for: .milliseconds(5))
                let answer = try await stand.ask("GET /private/x", fields: Stand.navigation, token: visit.token.text)
                #expect(answer.status == 200 && answer.sessionCookie == nil)
            }
        }
    }

    @Test func `that is rotated under 200 requests at once signs nobody out and is rotated once`() async throws {
        let visit = try await Visit(rotation: .milliseconds(200))
        try await Stand.with(
            page(),
            options: {
                visit.options(&$0); $0.workers = 2
            }
        ) { stand, _ in
            // Both workers know the session, so that the burst is about rotation alone.
            for _ in 0..<24 { expect(200, of: try await stand.ask("GET /private/x", token: visit.token.text)) }
            try await Task.sleep(for: .milliseconds(250))
            let answers = try await withThrowingTaskGroup(of: Message.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        // Pages, and what pages ask for besides.
                        let fields = number % 2 == 0 ? Stand.navigation : ["Accept: */*"]
                        return try await stand.ask("GET /private/\(number)", fields: fields, token: visit.token.text)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count == 200)
            for answer in answers { expect(200, of: answer) }
            let tokens = Set(answers.compactMap(\.sessionToken))
            #expect(tokens.count == 1, "all who got a new cookie got the same")
            let next = try #require(tokens.first)
            expect(200, of: try await stand.ask("GET /private/x", token: next))
            expect(200, of: try await stand.ask("GET /private/x", token: visit.token.text))
            #expect(try await visit.stores.sessions.list(of: visit.user).allSatisfy { $0.revokedAt == nil })
        }
    }

    @Test func `used after the grace ends its whole session`() async throws {
        let visit = try await Visit(grace: .milliseconds(300))
        let options: (inout Stand.Options) -> Void = { options in
            visit.options(&options)
            // Longer than a lookup takes; what is known is looked up again within it.
            options.staleness = .seconds(2)
        }
        try await Stand.with(page(), options: options) { stand, _ in
            try await Task.sleep(for: .milliseconds(5))
            let answer = try await stand.ask("GET /private/x", fields: Stand.navigation, token: visit.token.text)
            let next = try #require(answer.sessionToken)
            expect(200, of: try await stand.ask("GET /private/x", token: next))
            try await Task.sleep(for: .milliseconds(500))
            try await eventually { try await stand.ask("GET /private/x", token: visit.token.text).status == 401 }
            try await eventually { try await stand.ask("GET /private/x", token: next).status == 401 }
            #expect(try await visit.stores.sessions.list(of: visit.user).map(\.revocationReason) == ["token_reused"])
            let events = try await visit.stores.audit.list(limit: 10)
            #expect(events.contains { $0.event == "session.token_reused" && $0.subject == visit.user })
        }
    }
}
