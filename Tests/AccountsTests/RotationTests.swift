import GatehouseTesting
import Identity
import Testing

@testable import Accounts

@Suite struct `The rotation of a cookie` {
    private let quarter = Duration.seconds(15 * 60)

    @Test func `is due after sessions.rotate, and the next cookie opens the same session`() async throws {
        let flat = Flat()
        try await flat.user()
        let first = try await flat.signIn()
        let rotate = RotateSession(flat.environment)
        flat.clock.advance(by: quarter - .seconds(1))
        #expect(try await rotate(first.token.text, host: "h.example") == nil)
        flat.clock.advance(by: .seconds(1))
        let next = try #require(try await rotate(first.token.text, host: "H.example:8443"))
        #expect(next.token.kind == .session && next.token != first.token && next.maxAge == nil)
        #expect(try await flat.open(next.token)?.sessionID == first.session.id)
        #expect(try await rotate(next.token.text, host: "h.example") == nil)
        #expect(try await flat.events("session.token_reused").isEmpty)
    }

    /// The browser went elsewhere before the answer came, or the gateway that rotated died with it.
    @Test func `is given again to a browser that missed the answer, and the same`() async throws {
        let flat = Flat()
        try await flat.user()
        let first = try await flat.signIn()
        let rotate = RotateSession(flat.environment)
        flat.clock.advance(by: quarter)
        let lost = try #require(try await rotate(first.token.text, host: "h.example"))
        flat.clock.advance(by: .seconds(29))
        #expect(try await flat.open(first.token) != nil)
        let again = try #require(try await rotate(first.token.text, host: "h.example"))
        #expect(again.token == lost.token)
        #expect(try await flat.open(again.token) != nil)
        #expect(try await rotate(first.token.text, host: "h.example") == nil, "it arrived: that was the last time")
    }

    @Test func `leaves the former cookie good for the grace, and its use after that ends the session`() async throws {
        let flat = Flat()
        let user = try await flat.user()
        let first = try await flat.signIn()
        flat.clock.advance(by: quarter)
        let next = try #require(try await RotateSession(flat.environment)(first.token.text, host: "h.example"))
        flat.clock.advance(by: .seconds(29))
        #expect(try await flat.open(first.token) != nil)
        flat.clock.advance(by: .seconds(1))
        #expect(try await flat.open(first.token) == nil)
        #expect(try await flat.open(next.token) == nil, "the whole session is over")
        let told = try #require(try await flat.events("session.token_reused").first)
        #expect(told.subject == user.id && told.details["session"] == first.session.id.description)
    }

    /// A thief who rotates twice before the person comes back must not make the person's cookie merely unknown.
    @Test func `is noticed however often a thief was quicker`() async throws {
        let flat = Flat()
        try await flat.user()
        let person = try await flat.signIn()
        let rotate = RotateSession(flat.environment)
        var thief = person.token
        for _ in 0..<3 {
            flat.clock.advance(by: quarter)
            thief = try #require(try await rotate(thief.text, host: "h.example")).token
            #expect(try await flat.open(thief) != nil)
        }
        #expect(try await flat.open(person.token) == nil)
        #expect(try await flat.open(thief) == nil)
        #expect(try await flat.events("session.token_reused").count == 1)
    }

    @Test(arguments: ["", "x", "ghr_" + String(repeating: "A", count: 43), "ghs_" + String(repeating: "A", count: 43)])
    func `is of nothing that is no live cookie`(text: String) async throws {
        let flat = Flat()
        try await flat.user()
        _ = try await flat.signIn()
        flat.clock.advance(by: quarter)
        #expect(try await RotateSession(flat.environment)(text, host: "h.example") == nil)
    }

    @Test func `is for the cookie's own host, and for no bearer token or one made at the command line`() async throws {
        let flat = Flat()
        try await flat.user()
        let cookie = try await flat.signIn().token
        let pair = try await flat.pair()
        let made = try #require(try await CreateSession(flat.environment)(for: "anna", by: .commandLine).first)
        flat.clock.advance(by: quarter)
        let rotate = RotateSession(flat.environment)
        #expect(try await rotate(cookie.text, host: "other.example") == nil)
        #expect(try await rotate(pair.access.text, host: "h.example") == nil)
        #expect(try await rotate(made.text, host: "h.example") == nil)
        #expect(try await rotate(cookie.text, host: "h.example") != nil)
    }

    @Test func `is not of a session that is over`() async throws {
        let flat = Flat()
        try await flat.user()
        let first = try await flat.signIn()
        let present = try #require(try await flat.open(first.token))
        flat.clock.advance(by: quarter)
        try await SignOut(flat.environment)(present, by: flat.visitor)
        #expect(try await RotateSession(flat.environment)(first.token.text, host: "h.example") == nil)
    }

    @Test func `makes a token from which the former cannot be told, nor the next from the nonce`() {
        let random = CountingRandom()
        let token = Token(.session, from: random)
        let nonce = random.bytes(Token.nonceBytes)
        let next = token.next(.session, nonce: nonce)
        #expect(next == token.next(.session, nonce: nonce))
        #expect(next != token.next(.session, nonce: random.bytes(Token.nonceBytes)))
        #expect(next.text.dropFirst(4) != token.next(.refresh, nonce: nonce).text.dropFirst(4))
        #expect(next != Token(.session, from: random).next(.session, nonce: nonce))
        #expect(Token(next.text, kind: .session) == next)
    }
}

@Suite struct `A person who asks to be remembered` {
    @Test func `has a cookie that outlives the browser, and a session that no idle time ends`() async throws {
        let flat = Flat()
        try await flat.user()
        let signedIn = try await flat.signIn(remembered: true)
        #expect(signedIn.cookie.maxAge == 30 * 86_400)
        #expect(signedIn.session.isPersistent)
        flat.clock.advance(by: .seconds(29 * 86_400))
        #expect(try await flat.open(signedIn.token)?.isPersistent == true)
        let next = try #require(try await RotateSession(flat.environment)(signedIn.token.text, host: "h.example"))
        #expect(next.maxAge == 86_400, "as long as the session")
        #expect(try await flat.open(next.token) != nil)
        flat.clock.advance(by: .seconds(86_400))
        #expect(try await flat.open(next.token) == nil)
    }

    @Test func `has it on the other hosts as well`() async throws {
        let flat = Flat()
        try await flat.user()
        let signedIn = try await flat.signIn(remembered: true)
        let ticket = try await IssueTicket(flat.environment)(
            for: signedIn.session.id, host: "two.example",
            attempt: Base64URL.encode(TokenHash(ofText: "secret").bytes))
        let cookie = try await RedeemTicket(flat.environment)(
            ticket.text, host: "two.example", secret: "secret", by: flat.visitor)
        #expect(cookie.maxAge == 30 * 86_400)
        #expect(try await flat.open(cookie.token, host: "two.example") != nil)
    }

    @Test func `is not, where the site remembers nobody`() async throws {
        let flat = Flat(settings: AccountsSettings(sessionRemembered: nil))
        try await flat.user()
        let signedIn = try await flat.signIn(remembered: true)
        #expect(!signedIn.session.isPersistent && signedIn.cookie.maxAge == nil)
        #expect(signedIn.session.expiresAt == flat.clock.now() + .seconds(24 * 3_600))
    }

    @Test func `and one who does not, is signed out after the idle time and the lifetime`() async throws {
        let flat = Flat()
        try await flat.user()
        let signedIn = try await flat.signIn()
        #expect(signedIn.cookie.maxAge == nil)
        for _ in 0..<3 {
            flat.clock.advance(by: .seconds(7 * 3_600))
            #expect(try await flat.open(signedIn.token) != nil)
            try await flat.stores.sessions.recordUse([
                SessionUse(session: signedIn.session.id, at: flat.clock.now())
            ])
        }
        flat.clock.advance(by: .seconds(3 * 3_600))
        #expect(try await flat.open(signedIn.token) == nil, "24 hours, whatever the use")
    }
}
