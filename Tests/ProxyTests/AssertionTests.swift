import Configuration
import Foundation
import Identity
import Policy
import Testing

@testable import Assertion
@testable import Proxy

/// Signs with a key of its own.
private func issuer() -> AssertionIssuer {
    let issuer = AssertionIssuer()
    issuer.replace(KeyRing([AssertionKey(activeFrom: Timestamp(seconds: 0))]))
    return issuer
}

private func payload(_ assertion: String?) throws -> [String: Any] {
    let part = try #require(assertion?.split(separator: ".").dropFirst().first)
    let bytes = try #require(Base64URL.decode(String(part)))
    return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
}

extension Stand {
    fileprivate static func signing(
        servesTest: Bool = false, issuer: AssertionIssuer = issuer(), trustedProxies: [String] = [],
        _ body: @Sendable (Stand, ScriptedUpstream) async throws -> Void
    ) async throws {
        var settings = AssertionSettings(encryptionKeys: [])
        settings.servesTest = servesTest
        try await with(
            options: {
                $0.assertion = settings
                $0.issuer = issuer
                $0.trustedProxies = trustedProxies
            }, body)
    }
}

@Suite struct `An application` {
    @Test func `is told by a signed assertion who asks, for the route and the plant of the request`() async throws {
        try await Stand.signing { stand, upstream in
            let token = stand.sessions.signIn(roles: ["detroit": .engineer, "lyon": .operator])
            for path in ["/plants/detroit/x", "/plants/lyon/x", "/engineers/detroit/x", "/private/x"] {
                expect(200, of: try await stand.ask("GET \(path)", token: token))
            }
            let seen = try await upstream.requests.map { try payload($0["X-Gatehouse-Assertion"]) }
            #expect(seen.map { $0["aud"] as? String } == ["plants", "plants", "engineers", "private"])
            #expect(seen.map { $0["plant"] as? String } == ["detroit", "lyon", "detroit", nil])
            #expect(seen.map { $0["role"] as? String } == ["engineer", "operator", "engineer", nil])
            for one in seen {
                #expect(one["iss"] as? String == "https://login.example.com")
                #expect(one["preferred_username"] as? String == "ada")
                let iat = try #require(one["iat"] as? Int)
                #expect(one["exp"] as? Int == iat + 60)
            }
        }
    }

    @Test func `gets one assertion for many requests, signed once`() async throws {
        try await Stand.signing { stand, upstream in
            let token = stand.sessions.signIn()
            for _ in 0..<50 { expect(200, of: try await stand.ask("GET /plants/detroit/x", token: token)) }
            // More than one only if the machine took the better part of a minute for it.
            let assertions = await Set(upstream.requests.compactMap { $0["X-Gatehouse-Assertion"] })
            let signed = try await stand.report().assertionsSigned
            #expect(assertions.count == signed && signed < 5)
        }
    }

    @Test func `gets none of a stranger, and never a client's own`() async throws {
        try await Stand.signing { stand, upstream in
            let forged = ["X-Gatehouse-Assertion: forged", "x_gatehouse_assertion: forged"]
            expect(200, of: try await stand.ask("GET /public/x", fields: forged))
            let token = stand.sessions.signIn()
            expect(200, of: try await stand.ask("GET /public/x", fields: forged, token: token))
            let seen = await upstream.requests
            #expect(seen[0].values("X-Gatehouse-Assertion").isEmpty)
            #expect(seen[1].values("X-Gatehouse-Assertion").count == 1)
            for request in seen { #expect(!request.fields.contains { $0.value == "forged" }) }
            #expect(try payload(seen[1]["X-Gatehouse-Assertion"])["plant"] == nil)
        }
    }

    @Test func `gets none where the configuration has no key, or there is none yet`() async throws {
        try await Stand.with { stand, upstream in
            expect(200, of: try await stand.ask("GET /private/x", token: stand.sessions.signIn()))
            #expect(await upstream.requests.first?["X-Gatehouse-Assertion"] == nil)
        }
        try await Stand.signing(issuer: AssertionIssuer()) { stand, upstream in
            expect(200, of: try await stand.ask("GET /private/x", token: stand.sessions.signIn()))
            let seen = try #require(await upstream.requests.first)
            #expect(seen["X-Gatehouse-Assertion"] == nil && seen["X-Gatehouse-User"] == "ada")
        }
    }

    @Test func `gets it by way of another proxy that asks`() async throws {
        try await Stand.signing(trustedProxies: ["127.0.0.1"]) { stand, _ in
            let token = stand.sessions.signIn()
            let answer = try await stand.ask("GET /.gatehouse/auth/plants/detroit/x", token: token)
            #expect(answer.status == 200)
            #expect(try payload(answer["X-Gatehouse-Assertion"])["aud"] as? String == "plants")
            #expect(answer["X-Envoy-Auth-Headers-To-Remove"]?.contains("assertion") == false)
        }
    }
}

@Suite struct `A kept assertion` {
    private static let now = Timestamp(seconds: 1_800_000_000)

    private func place(_ path: String = "/plants/detroit/x", deployment: Int = 1) throws -> IdentityLines.Place {
        var collisions: [RouteTable.Collision] = []
        let definition = RouteDefinition(
            name: "plants", match: RouteMatch(path: try PathPattern("/plants/{plant}/**")),
            requirement: Requirement(.signedIn), upstream: "app")
        let routes = RouteTable([definition], collisions: &collisions)
        let principal = Principal(
            userID: UserID(UUID128(high: 1, low: 1)), username: "ada", email: nil, name: nil, globalRoles: [],
            memberships: ["detroit", "lyon"].enumerated().map { index, code in
                PlantMembership(plantID: PlantID(Int32(index + 1)), plantCode: code, plantName: code, role: .operator)
            })
        var scratch = DecisionScratch()
        let decision = routes.decide(
            method: "GET".utf8.span, host: "a".utf8.span, path: path.utf8.span, principal: principal, at: Self.now,
            scratch: &scratch)
        guard case .allow(let permit) = decision else { throw WireError.closed }
        return IdentityLines.Place(permit, deployment: deployment)
    }

    private func kept(_ text: String = "a.b.c", place: IdentityLines.Place) -> KeptAssertion {
        KeptAssertion(place, field: Array("X-A: ".utf8), text: text, signedAt: Self.now)
    }

    @Test func `is sent until a quarter of its time is left, and by no clock that was set back`() throws {
        let assertion = kept(place: try place())
        #expect(String(decoding: assertion.line, as: UTF8.self) == "X-A: a.b.c\r\n" && assertion.text == "a.b.c")
        for (seconds, isGood) in [(0, true), (44, true), (45, false), (60, false), (-1, false)] {
            #expect(assertion.isGood(at: Self.now + .seconds(seconds)) == isGood, "\(seconds)")
        }
    }

    @Test func `is for its route, plant and configuration alone`() throws {
        var assertions = SessionAssertions()
        let detroit = try place()
        assertions.add(kept("detroit", place: detroit))
        assertions.add(kept("lyon", place: try place("/plants/lyon/x")))
        #expect(assertions.good(for: detroit, at: Self.now)?.text == "detroit")
        #expect(assertions.good(for: try place("/plants/lyon/x"), at: Self.now)?.text == "lyon")
        #expect(assertions.good(for: try place(deployment: 2), at: Self.now) == nil)
        assertions.add(kept("newer", place: detroit))
        #expect(assertions.good(for: detroit, at: Self.now)?.text == "newer")
        for number in 10..<20 { assertions.add(kept(place: try place(deployment: number))) }
        #expect(assertions.good(for: detroit, at: Self.now) == nil, "a session keeps a few")
    }

    @Test func `gives way when there are too many, and when it is stale`() throws {
        let shelf = AssertionShelf(countMax: 3)
        var assertions = SessionAssertions()
        let all = try (0..<4).map { kept("\($0)", place: try place(deployment: $0)) }
        for assertion in all {
            shelf.keep(assertion)
            assertions.add(assertion)
        }
        #expect(all.map { $0.isGood(at: Self.now) } == [false, true, true, true])
        #expect(assertions.good(for: all[0].place, at: Self.now) == nil)
        shelf.sweep(Self.now + .seconds(44))
        #expect(all.map(\.text) == ["", "1", "2", "3"])
        shelf.sweep(Self.now + .seconds(45))
        #expect(all.allSatisfy { $0.line.isEmpty })
    }
}

@Suite struct `The assertion test` {
    @Test func `hands out every flaw, about whoever asks, for what they may`() async throws {
        try await Stand.signing(servesTest: true) { stand, upstream in
            let token = stand.sessions.signIn()
            let target = "/.gatehouse/assertion-test?path=/plants/detroit/x%3Fa=b"
            let answer = try await stand.ask("GET \(target)", token: token)
            #expect(answer.status == 200 && answer["Content-Type"] == "application/json")
            #expect(answer["Cache-Control"] == "no-store")
            let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
            #expect(object?["header"] as? String == "X-Gatehouse-Assertion")
            let refuse = try #require(object?["refuse"] as? [[String: String]])
            #expect(Set(refuse.compactMap { $0["kind"] }) == Set(AssertionFlaw.allCases.map(\.rawValue)))
            for one in refuse { #expect(try payload(one["assertion"])["plant"] as? String == "detroit") }
            let alone = try await stand.ask("GET \(target)&kind=expired", token: token)
            #expect(alone["Content-Type"]?.hasPrefix("text/plain") == true)
            let exp = try #require(try payload(alone.text)["exp"] as? Int)
            #expect(Double(exp) < Date().timeIntervalSince1970 - 3000)
            #expect(await upstream.requests.isEmpty)
        }
    }

    @Test(arguments: [
        ("?path=/plants/detroit/x", false, 401), ("?path=/plants/lyon/x", true, 403), ("?path=/public/x", false, 401),
        ("?path=/nowhere", true, 404), ("", true, 403), ("?path=", true, 403), ("?path=plants", true, 403),
        ("?path=/plants/detroit/x&kind=good", true, 403), ("?path=%2", true, 403), ("?path=%0d%0aX-A:b", true, 403),
        ("?path=/plants/..%2fx", true, 404), ("?path=/plants/..%252fx", true, 400),
        ("?path=/.gatehouse/login", true, 403), ("?path=/public/x&path=/plants/detroit/x", true, 200),
    ])
    func `hands out nothing for what nobody, or not this person, may have`(
        query: String, isSignedIn: Bool, status: Int
    ) async throws {
        try await Stand.signing(servesTest: true) { stand, _ in
            let token = isSignedIn ? stand.sessions.signIn() : nil
            let answer = try await stand.ask("GET /.gatehouse/assertion-test\(query)", token: token)
            #expect(answer.status == status, "\(answer.text)")
        }
    }

    @Test func `is not there unless the configuration turns it on`() async throws {
        try await Stand.signing { stand, _ in
            let token = stand.sessions.signIn()
            _ = try await stand.ask("GET /.gatehouse/assertion-test?path=/plants/detroit/x", token: token)
            #expect(stand.pages.requests.map(\.path) == ["/.gatehouse/assertion-test"])
        }
    }
}
