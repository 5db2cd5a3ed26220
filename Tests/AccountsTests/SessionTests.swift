import Identity
import Synchronization
import Testing

@testable import Accounts

@Suite struct SessionTests {
    @Test func `FIPS 180-4: a token is known by its SHA-256`() {
        #expect(
            TokenHash(ofText: "abc").words == (
                0xba78_16bf_8f01_cfea, 0x4141_40de_5dae_2223, 0xb003_61a3_9617_7a9c, 0xb410_ff61_f200_15ad
            ))
        let token = Token(.session, from: CountingRandom())
        #expect(TokenHash(of: token) == TokenHash(ofText: token.text))
    }

    @Test func `a digest comes back from its base64url, and nothing else is one`() {
        let hash = TokenHash(ofText: "abc")
        let text = Base64URL.encode(hash.bytes)
        #expect(TokenHash(base64URL: text) == hash)
        for other in ["", text + "=", String(text.dropLast()), text + "A", String(repeating: "!", count: 43)] {
            #expect(TokenHash(base64URL: other) == nil)
        }
    }

    @Test(arguments: [
        ("example.com", "example.com"), ("Example.COM:8443", "example.com"), ("[2001:DB8::1]:443", "[2001:db8::1]"),
        ("[::1]", "[::1]"), ("", ""), (":443", ""), ("[", "[]"),
    ])
    func `a host is spelled one way, without its port`(authority: String, host: String) {
        #expect(HostBinding.host(ofAuthority: authority) == host)
    }

    @Test func `a cookie opens its session on its own host alone`() async throws {
        let house = House()
        try await house.user()
        let token = try await house.signIn(host: "H.Example:8443").token.text
        let lookup = AuthenticateSession(house.environment)
        #expect(try await lookup(token, host: "h.example") != nil)
        #expect(try await lookup(token, host: "h.example:443") != nil)
        for host in ["other.example", "example", "x.h.example", "", "h.example.evil.example"] {
            #expect(try await lookup(token, host: host) == nil)
        }
    }

    @Test func `CVE-2026-25748: a garbled cookie opens nothing and asks nobody`() async throws {
        let house = House()
        try await house.user()
        let token = try await house.signIn().token.text
        let calls = house.stores.calls.count
        let lookup = AuthenticateSession(house.environment)
        for text in [
            "", String(token.dropLast()), token + "A", token.uppercased(), " " + token, "ght_" + token.dropFirst(4),
            token + "\0",
        ] {
            #expect(try await lookup(text, host: "h.example") == nil)
        }
        #expect(house.stores.calls.count == calls)
        // Another of the right form is asked for and not found.
        #expect(try await lookup("ghs_" + String(repeating: "A", count: 43), host: "h.example") == nil)
    }

    @Test func `a session ends after its idle time`() async throws {
        let house = House()
        try await house.user()
        let token = try await house.signIn().token.text
        let lookup = AuthenticateSession(house.environment)
        house.clock.advance(by: .seconds(8 * 3_600 - 1))
        #expect(try await lookup(token, host: "h.example") != nil)
        house.clock.advance(by: .seconds(1))
        #expect(try await lookup(token, host: "h.example") == nil)
    }

    @Test func `signing out ends the session on every host, and twice is no error`() async throws {
        let house = House()
        let user = try await house.user()
        let token = try await house.signIn().token.text
        let lookup = AuthenticateSession(house.environment)
        let session = try #require(try await lookup(token, host: "h.example"))
        let second = try await ticketed(house, session.sessionID, host: "two.example")
        #expect(try await lookup(second.token.text, host: "two.example")?.sessionID == session.sessionID)

        try await SignOut(house.environment)(session, by: house.visitor)
        try await SignOut(house.environment)(session, by: house.visitor)
        #expect(try await lookup(token, host: "h.example") == nil)
        #expect(try await lookup(second.token.text, host: "two.example") == nil)
        let events = house.stores.events.filter { $0.event == "user.signed_out" }
        #expect(events.count == 1 && events[0].actor == user.id)
    }

    /// Takes a session to another host.
    private func ticketed(_ house: House, _ session: SessionID, host: String) async throws -> SessionCookie {
        let secret = "the browser's secret"
        let ticket = try await IssueTicket(house.environment)(
            for: session, host: host, attempt: Base64URL.encode(TokenHash(ofText: secret).bytes))
        return try await RedeemTicket(house.environment)(ticket.text, host: host, secret: secret, by: house.visitor)
    }

    @Test func `a ticket gives another host a token of its own, once`() async throws {
        let house = House()
        try await house.user()
        let session = try await house.signIn().session
        let attempt = Base64URL.encode(TokenHash(ofText: "secret").bytes)
        let ticket = try await IssueTicket(house.environment)(
            for: session.id, host: "Two.example:8443", attempt: attempt)
        #expect(ticket.kind == .ticket)
        let redeem = RedeemTicket(house.environment)
        let token = try await redeem(ticket.text, host: "two.example:8443", secret: "secret", by: house.visitor).token
        let lookup = AuthenticateSession(house.environment)
        #expect(try await lookup(token.text, host: "two.example")?.sessionID == session.id)
        #expect(try await lookup(token.text, host: "h.example") == nil)
        #expect(house.stores.events.last?.event == "session.host_added")
        await #expect(throws: AccountsError.ticketRefused) {
            try await redeem(ticket.text, host: "two.example", secret: "secret", by: house.visitor)
        }
    }

    /// What a thief or a login forger would try.
    @Test(arguments: [
        ("other.example", "secret", 0), ("two.example", "another secret", 0), ("two.example", "", 0),
        ("two.example", "secret", 30),
    ])
    func `ASVS 7.2.4: a ticket is worth nothing elsewhere, in another browser, or too late`(
        host: String, secret: String, seconds: Int
    ) async throws {
        let house = House()
        try await house.user()
        let session = try await house.signIn().session
        let attempt = Base64URL.encode(TokenHash(ofText: "secret").bytes)
        let ticket = try await IssueTicket(house.environment)(for: session.id, host: "two.example", attempt: attempt)
        house.clock.advance(by: .seconds(seconds))
        await #expect(throws: AccountsError.ticketRefused) {
            try await RedeemTicket(house.environment)(ticket.text, host: host, secret: secret, by: house.visitor)
        }
    }

    @Test func `a ticket of a session that ended meanwhile is refused`() async throws {
        let house = House()
        try await house.user()
        let session = try await house.signIn().session
        let attempt = Base64URL.encode(TokenHash(ofText: "secret").bytes)
        let ticket = try await IssueTicket(house.environment)(for: session.id, host: "two.example", attempt: attempt)
        try await RevokeSession(house.environment)(session.id, by: .commandLine)
        await #expect(throws: AccountsError.ticketRefused) {
            try await RedeemTicket(house.environment)(
                ticket.text, host: "two.example", secret: "secret", by: house.visitor)
        }
    }

    @Test(arguments: ["", "x", String(repeating: "A", count: 44), String(repeating: "=", count: 43)])
    func `an attempt that is no digest gets no ticket`(attempt: String) async throws {
        let house = House()
        try await house.user()
        let session = try await house.signIn().session
        await #expect(throws: AccountsError.ticketRefused) {
            try await IssueTicket(house.environment)(for: session.id, host: "two.example", attempt: attempt)
        }
    }

    @Test func `a session token is no ticket`() async throws {
        let house = House()
        try await house.user()
        let token = try await house.signIn().token
        await #expect(throws: AccountsError.ticketRefused) {
            try await RedeemTicket(house.environment)(
                token.text, host: "h.example", secret: "secret", by: house.visitor)
        }
    }

    @Test func `sessions made at the command line are good on every host, and audited once`() async throws {
        let house = House(settings: AccountsSettings(sessionsPerUserMax: 2))
        let user = try await house.user()
        let tokens = try await CreateSession(house.environment)(for: "anna", count: 20, by: .commandLine)
        #expect(Set(tokens.map(\.text)).count == 20)
        let lookup = AuthenticateSession(house.environment)
        for token in tokens { #expect(try await lookup(token.text, host: "any.example") != nil) }
        #expect(try await ListSessions(house.environment)(of: "anna", by: .commandLine).count == 20)
        let events = house.stores.events.filter { $0.event == "session.created" }
        #expect(events.count == 1 && events[0].subject == user.id)
        #expect(events[0].details == ["count": "20", "channel": "command_line"])

        #expect(try await RevokeAllSessions(house.environment)(of: user.id.description, by: .commandLine) == 20)
        #expect(try await ListSessions(house.environment)(of: "anna", by: .commandLine).isEmpty)
    }

    @Test(arguments: [0, -1, 1_000_001, Int.max, Int.min])
    func `a count out of bounds makes no session`(count: Int) async throws {
        let house = House()
        try await house.user()
        let error = await #expect(throws: AccountsError.self) {
            try await CreateSession(house.environment)(for: "anna", count: count, by: .commandLine)
        }
        #expect(error?.code == "invalid_input")
    }

    @Test func `whoever is not active gets no session at the command line either`() async throws {
        let house = House()
        try await house.user(status: .pendingVerification)
        let error = await #expect(throws: AccountsError.self) {
            try await CreateSession(house.environment)(for: "anna", by: .commandLine)
        }
        #expect(error?.code == "refused")
        #expect(house.stores.state.withLock { $0.sessions.isEmpty })
    }

    @Test func `ending a session that is not live says so`() async throws {
        let house = House()
        await #expect(throws: AccountsError.notFound(.session)) {
            try await RevokeSession(house.environment)(SessionID(UUID128(high: 9, low: 9)), by: .commandLine)
        }
        #expect(house.stores.events.isEmpty)
    }
}
