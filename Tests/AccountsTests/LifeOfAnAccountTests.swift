import GatehouseTesting
import Identity
import PasswordHashing
import Testing

@testable import Accounts

/// The use cases over stores that behave as the database does, from the first day of an account to the last.
@Suite struct LifeOfAnAccountTests {
    @Test func `a person comes, works, changes hosts and passwords, is suspended, goes and comes back`() async throws {
        let clock = FakeClock()
        let stores = MemoryStores(clock: clock)
        let environment = stores.environment(passwords: PasswordHasher(parameters: House.cheap), clock: clock)
        let (operatorOfHost, visitor) = (Requester.commandLine, Requester(ipAddress: "203.0.113.7"))
        let (signIn, authenticate) = (SignIn(environment), AuthenticateSession(environment))
        let user = try await CreateUser(environment)(
            NewAccount(username: "anna", email: "Anna@Example.com", password: House.password), by: operatorOfHost)
        _ = try await CreatePlant(environment)(code: "detroit", by: operatorOfHost)
        try await GrantRole(environment)(.engineer, to: "anna", in: "detroit", by: operatorOfHost)

        let first = try await signIn(
            login: "anna@example.com", password: House.password, host: "one.example", by: visitor)
        let session = try #require(try await authenticate(first.token.text, host: "one.example"))
        #expect(session.principal.memberships.map(\.role) == [.engineer])
        #expect(try await FindUser(environment)("anna").lastLoginAt == clock.now())

        let attempt = Base64URL.encode(TokenHash(ofText: "secret").bytes)
        let ticket = try await IssueTicket(environment)(for: session.sessionID, host: "two.example", attempt: attempt)
        let redeem = RedeemTicket(environment)
        let second = try await redeem(ticket.text, host: "two.example", secret: "secret", by: visitor)
        #expect(try await authenticate(second.token.text, host: "two.example")?.principal.userID == user.id)
        #expect(try await authenticate(second.token.text, host: "one.example") == nil)
        await #expect(throws: AccountsError.ticketRefused) {
            try await redeem(ticket.text, host: "two.example", secret: "secret", by: visitor)
        }

        #expect(try await SetPassword(environment)("a quite different one", for: "anna", by: operatorOfHost) == 1)
        for (token, host) in [(first.token, "one.example"), (second.token, "two.example")] {
            #expect(try await authenticate(token.text, host: host) == nil)
        }
        let third = try await signIn(login: "ANNA", password: "a quite different one", host: "one.example", by: visitor)
        try await SuspendUser(environment)("anna", by: operatorOfHost)
        #expect(try await authenticate(third.token.text, host: "one.example") == nil)
        await #expect(throws: AccountsError.invalidCredentials) {
            try await signIn(login: "anna", password: "a quite different one", host: "one.example", by: visitor)
        }
        try await DeleteUser(environment)("anna", by: operatorOfHost)
        await #expect(throws: AccountsError.notFound(.user)) { try await FindUser(environment)("anna") }
        #expect(try await RestoreUser(environment)("anna", by: operatorOfHost).id == user.id)
        try await ActivateUser(environment)("anna", by: operatorOfHost)
        let fourth = try await signIn(
            login: "anna", password: "a quite different one", host: "one.example", by: visitor)
        let last = try #require(try await authenticate(fourth.token.text, host: "one.example"))
        try await SignOut(environment)(last, by: visitor)
        #expect(try await authenticate(fourth.token.text, host: "one.example") == nil)

        let events = try await stores.audit.list(limit: 100).map(\.event)
        #expect(
            Set(events) == [
                "user.created", "plant.created", "role.granted", "user.signed_in", "session.host_added",
                "user.password_set", "user.suspended", "user.sign_in_failed", "user.deleted", "user.restored",
                "user.activated", "user.signed_out",
            ])
    }

    @Test func `when the database is away every use case says unavailable`() async throws {
        let stores = MemoryStores()
        let environment = stores.environment(passwords: PasswordHasher(parameters: House.cheap))
        stores.fail(with: .unavailable("gone"))
        let unavailable = AccountsError.unavailable("gone")
        await #expect(throws: unavailable) { try await FindUser(environment)("anna") }
        await #expect(throws: unavailable) { try await FindPlant(environment)("detroit") }
        await #expect(throws: unavailable) { try await ListUsers(environment)(by: .commandLine) }
        await #expect(throws: unavailable) { try await ListPlants(environment)() }
        await #expect(throws: unavailable) { try await ListRoles(environment)(by: .commandLine) }
        await #expect(throws: unavailable) {
            try await SignIn(environment)(login: "anna", password: House.password, host: nil, by: .commandLine)
        }
        let token = Token(.session, from: SystemRandomSource())
        await #expect(throws: unavailable) { try await AuthenticateSession(environment)(token.text, host: "h.example") }
    }
}
