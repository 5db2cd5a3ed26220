import GatehouseTesting
import Identity
import Testing

@testable import Accounts

@Suite struct `An API token` {
    @Test func `opens every host as a bearer token, as much as its user may now`() async throws {
        let flat = Flat()
        let user = try await flat.user()
        let plant = try await flat.stores.plants.create(code: "detroit", name: "Detroit")
        let made = try await CreateAPIToken(flat.environment)(
            APITokenWish(name: "robot"), for: "anna", by: .commandLine)
        #expect(made.token.kind == .api)
        #expect(made.record.userID == user.id && made.record.name == "robot" && made.record.expiresAt == nil)
        #expect(try await flat.open(made.token, host: "any.example")?.principal.memberships == [])
        try await flat.stores.roles.grant(.engineer, to: user.id, in: plant.id, by: nil, until: nil)
        let opened = try #require(try await flat.open(made.token))
        #expect(opened.kind == .apiToken && opened.principal.memberships.map(\.role) == [.engineer])
        #expect(opened.principal.globalRoles == ["user"])
        flat.clock.advance(by: .seconds(365 * 86_400))
        #expect(try await flat.open(made.token) != nil, "no idle time ends it")
        let told = try #require(try await flat.events("api_token.created").first)
        #expect(told.subject == user.id && told.details["name"] == "robot" && told.details["channel"] == "command_line")
        #expect("\(told)".contains(made.token.text) == false)
    }

    @Test func `is held to its plant and rung, and then holds no global roles`() async throws {
        let flat = Flat()
        let user = try await flat.user()
        for (code, role) in [("detroit", Role.admin), ("lyon", .operator)] {
            let plant = try await flat.stores.plants.create(code: code, name: code)
            try await flat.stores.roles.grant(role, to: user.id, in: plant.id, by: nil, until: nil)
        }
        let create = CreateAPIToken(flat.environment)
        let wish = APITokenWish(name: "a", plant: "detroit", roleMax: .supervisor)
        let narrow = try await create(wish, for: "anna", by: .commandLine)
        let opened = try #require(try await flat.open(narrow.token))
        #expect(opened.principal.memberships.map(\.plantCode) == ["detroit"])
        #expect(opened.principal.memberships.map(\.role) == [.supervisor])
        #expect(opened.principal.globalRoles.isEmpty)
        let high = try await create(APITokenWish(name: "b", roleMax: .admin), for: "anna", by: .commandLine)
        let roles = try await flat.open(high.token)?.principal.memberships.map(\.role)
        #expect(roles == [.admin, .operator], "a ceiling lifts nobody")
        await #expect(throws: AccountsError.notFound(.plant)) {
            try await create(APITokenWish(name: "c", plant: "nowhere"), for: "anna", by: .commandLine)
        }
    }

    @Test func `changes nothing of its user's account, so that none below a ceiling makes one above`() async throws {
        let flat = Flat()
        try await flat.user()
        let session = try await flat.signIn()
        let person = try #require(try await flat.open(session.token))
        let made = try await CreateAPIToken(flat.environment)(
            APITokenWish(name: "robot", roleMax: .operator), of: person, by: flat.visitor)
        let robot = try #require(try await flat.open(made.token))
        let environment = flat.environment
        let visitor = flat.visitor
        let attempts: [@Sendable () async throws -> Void] = [
            { _ = try await CreateAPIToken(environment)(APITokenWish(name: "x"), of: robot, by: visitor) },
            { _ = try await ListAPITokens(environment)(robot) },
            { try await RevokeAPIToken(environment)(made.record.id, of: robot, by: visitor) },
            { _ = try await ListOwnSessions(environment)(robot) },
            { try await RevokeOwnSession(environment)(session.session.id, of: robot, by: visitor) },
            { try await SignOutElsewhere(environment)(robot, by: visitor) },
            { try await SignOutEverywhere(environment)(robot, by: visitor) },
        ]
        for attempt in attempts {
            let error = await #expect(throws: AccountsError.self) { try await attempt() }
            #expect(error?.code == "refused")
        }
        #expect(try await flat.open(session.token) != nil)
        // As a cookie it is none.
        #expect(try await AuthenticateSession(environment)(made.token.text, host: "h.example") == nil)
    }

    @Test func `is listed and revoked by its own user, and by nobody else`() async throws {
        let flat = Flat()
        try await flat.user()
        try await flat.user("bert")
        let anna = try #require(try await flat.open(try await flat.signIn().token))
        let bert = try #require(try await flat.open(try await flat.signIn("bert").token))
        let made = try await CreateAPIToken(flat.environment)(APITokenWish(name: "robot"), of: anna, by: flat.visitor)
        #expect(try await ListAPITokens(flat.environment)(anna).map(\.id) == [made.record.id])
        #expect(try await ListAPITokens(flat.environment)(bert).isEmpty)
        let revoke = RevokeAPIToken(flat.environment)
        await #expect(throws: AccountsError.notFound(.apiToken)) {
            try await revoke(made.record.id, of: bert, by: flat.visitor)
        }
        #expect(try await flat.open(made.token) != nil)
        try await revoke(made.record.id, of: anna, by: flat.visitor)
        #expect(try await flat.open(made.token) == nil)
        await #expect(throws: AccountsError.notFound(.apiToken)) {
            try await revoke(made.record.id, by: .commandLine)
        }
        #expect(try await flat.events("api_token.revoked").map(\.actor) == [anna.principal.userID])
    }

    @Test func `ends at its time`() async throws {
        let flat = Flat()
        try await flat.user()
        let made = try await CreateAPIToken(flat.environment)(
            APITokenWish(name: "robot", lifetime: .seconds(60)), for: "anna", by: .commandLine)
        flat.clock.advance(by: .seconds(59))
        #expect(try await flat.open(made.token) != nil)
        flat.clock.advance(by: .seconds(1))
        #expect(try await flat.open(made.token) == nil)
    }

    @Test func `is one of a bounded number`() async throws {
        let flat = Flat(settings: AccountsSettings(apiTokensPerUserMax: 2))
        try await flat.user()
        let create = CreateAPIToken(flat.environment)
        for name in ["a", "b"] { _ = try await create(APITokenWish(name: name), for: "anna", by: .commandLine) }
        let error = await #expect(throws: AccountsError.self) {
            try await create(APITokenWish(name: "c"), for: "anna", by: .commandLine)
        }
        #expect(error?.code == "refused")
    }

    @Test(arguments: ["", String(repeating: "x", count: 101), "a\nb", "a\u{202e}b"])
    func `has a name that people can read`(name: String) async throws {
        let flat = Flat()
        try await flat.user()
        let error = await #expect(throws: AccountsError.self) {
            try await CreateAPIToken(flat.environment)(APITokenWish(name: name), for: "anna", by: .commandLine)
        }
        #expect(error?.code == "invalid_input")
    }
}
