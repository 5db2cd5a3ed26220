import GatehouseTesting
import Identity
import Testing

@testable import Accounts

@Suite struct `A program's pair of tokens` {
    @Test func `opens every host as a bearer token, until it is time for the next`() async throws {
        let flat = Flat()
        let user = try await flat.user()
        let pair = try await flat.pair()
        #expect(pair.access.kind == .session && pair.refresh.kind == .refresh)
        #expect(pair.expiresIn(at: flat.clock.now()) == 900)
        #expect(pair.session.isAPIClient)
        for host in ["h.example", "other.example"] {
            #expect(try await flat.open(pair.access, host: host)?.principal.userID == user.id)
        }
        flat.clock.advance(by: .seconds(900))
        #expect(try await flat.open(pair.access) == nil)
        let next = try await RefreshTokenPair(flat.environment)(pair.refresh.text, by: flat.visitor)
        #expect(next.session.id == pair.session.id)
        #expect(try await flat.open(next.access) != nil)
        #expect(try await flat.events("user.signed_in").count == 1)
        let told = try #require(try await flat.events("session.refreshed").first)
        #expect(told.subject == user.id && told.ipAddress == "203.0.113.7")
    }

    @Test func `is refused like a sign-in, and counted like one`() async throws {
        let flat = Flat()
        try await flat.user()
        await #expect(throws: AccountsError.invalidCredentials) {
            try await IssueTokenPair(flat.environment)(login: "anna", password: "incorrect horse", by: flat.visitor)
        }
        #expect(try await flat.events("user.sign_in_failed").count == 1)
        #expect(try await flat.events("user.signed_in").isEmpty)
    }

    @Test func `comes again, the same, to a program that missed the answer`() async throws {
        let flat = Flat()
        try await flat.user()
        let pair = try await flat.pair()
        let refresh = RefreshTokenPair(flat.environment)
        let lost = try await refresh(pair.refresh.text, by: flat.visitor)
        flat.clock.advance(by: .seconds(29))
        let again = try await refresh(pair.refresh.text, by: flat.visitor)
        #expect(again.access == lost.access && again.refresh == lost.refresh)
        #expect(again.accessExpiresAt == lost.accessExpiresAt)
        #expect(try await flat.events("session.refreshed").count == 1)
    }

    /// RFC 9700, section 4.14.2: nobody can say which of the two is the thief, so both are out.
    @Test(arguments: [0, 1, 3])
    func `of which a refresh token is used again after the grace ends the whole session`(quicker: Int) async throws {
        let flat = Flat()
        let user = try await flat.user()
        let pair = try await flat.pair()
        let refresh = RefreshTokenPair(flat.environment)
        var thief = try await refresh(pair.refresh.text, by: flat.visitor)
        for _ in 0..<quicker { thief = try await refresh(thief.refresh.text, by: flat.visitor) }
        flat.clock.advance(by: .seconds(30))
        let victim = Requester(ipAddress: "198.51.100.1", channel: .api)
        await #expect(throws: AccountsError.invalidGrant) { try await refresh(pair.refresh.text, by: victim) }
        #expect(try await flat.open(thief.access) == nil)
        await #expect(throws: AccountsError.invalidGrant) { try await refresh(thief.refresh.text, by: flat.visitor) }
        let told = try await flat.events("session.token_reused")
        #expect(told.count == 1)
        #expect(told.first?.subject == user.id && told.first?.ipAddress == "198.51.100.1")
        #expect(told.first?.details["token"] == "refresh")
    }

    @Test func `of which a refresh token is used again after the next one was, is stolen within the grace too`()
        async throws
    {
        let flat = Flat()
        try await flat.user()
        let pair = try await flat.pair()
        let refresh = RefreshTokenPair(flat.environment)
        let second = try await refresh(pair.refresh.text, by: flat.visitor)
        let third = try await refresh(second.refresh.text, by: flat.visitor)
        await #expect(throws: AccountsError.invalidGrant) { try await refresh(pair.refresh.text, by: flat.visitor) }
        #expect(try await flat.open(third.access) == nil)
    }

    @Test func `is nobody else's: what ends one session leaves the others`() async throws {
        let flat = Flat(grace: .zero)
        try await flat.user()
        try await flat.user("bert")
        let (anna, other, bert) = (try await flat.pair(), try await flat.pair(), try await flat.pair("bert"))
        let refresh = RefreshTokenPair(flat.environment)
        _ = try await refresh(anna.refresh.text, by: flat.visitor)
        await #expect(throws: AccountsError.invalidGrant) { try await refresh(anna.refresh.text, by: flat.visitor) }
        #expect(try await flat.open(other.access) != nil)
        #expect(try await refresh(bert.refresh.text, by: flat.visitor).session.userID == bert.session.userID)
    }

    @Test(arguments: [
        "", "ghr_", "ghs_" + String(repeating: "A", count: 43), "ghr_" + String(repeating: "A", count: 43),
    ])
    func `is not to be had for what is no refresh token`(text: String) async throws {
        let flat = Flat()
        try await flat.user()
        let error = await #expect(throws: AccountsError.self) {
            try await RefreshTokenPair(flat.environment)(text, by: flat.visitor)
        }
        #expect(error?.code == "invalid_grant")
    }

    @Test func `is not to be had for an access token, and a refresh token opens nothing`() async throws {
        let flat = Flat()
        try await flat.user()
        let pair = try await flat.pair()
        await #expect(throws: AccountsError.invalidGrant) {
            try await RefreshTokenPair(flat.environment)(pair.access.text, by: flat.visitor)
        }
        #expect(try await flat.open(pair.refresh) == nil)
    }

    @Test func `ends with its session: at its time, idle, signed out, suspended, another password`() async throws {
        let ends: [@Sendable (Flat, TokenPair) async throws -> Void] = [
            { flat, _ in flat.clock.advance(by: .seconds(8 * 3_600)) },
            { flat, pair in
                try await SignOut(flat.environment)(try #require(try await flat.open(pair.access)), by: flat.visitor)
            },
            { flat, _ in try await SuspendUser(flat.environment)("anna", by: .commandLine) },
            { flat, pair in
                _ = try await flat.stores.users.setPasswordHash(pair.session.userID, "$other", keeping: nil)
            },
        ]
        for end in ends {
            let flat = Flat()
            try await flat.user()
            let pair = try await flat.pair()
            try await end(flat, pair)
            #expect(try await flat.open(pair.access) == nil)
            await #expect(throws: AccountsError.invalidGrant) {
                try await RefreshTokenPair(flat.environment)(pair.refresh.text, by: flat.visitor)
            }
        }
    }
}
