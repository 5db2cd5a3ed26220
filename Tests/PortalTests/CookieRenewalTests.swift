import Accounts
import GatehouseTesting
import Identity
import Logging
import PasswordHashing
import Portal
import Testing

@Suite struct `The gateway's own pages` {
    private let clock = GatehouseTesting.FakeClock()
    private let environment: AccountsEnvironment
    private let portal: Portal

    init() throws {
        let stores = GatehouseTesting.MemoryStores(clock: clock)
        environment = AccountsEnvironment(
            users: stores.users, plants: stores.plants, roles: stores.roles, sessions: stores.sessions,
            tickets: stores.tickets, apiTokens: stores.apiTokens, audit: stores.audit, throttles: stores.throttles,
            work: stores.work,
            passwords: PasswordHasher(parameters: Argon2Parameters(memoryKiB: 32, passes: 1, lanes: 1)), clock: clock)
        let settings = try #require(PortalSettings(publicURL: "https://login.example.com", hostPatterns: []))
        portal = Portal(
            settings: settings, accounts: environment, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func signIn() async throws -> Token {
        let hash = try await environment.passwords.hash(Stage.password)
        _ = try await environment.users.create(
            NewUser(username: "ada", email: nil, passwordHash: hash, status: .active))
        return try await SignIn(environment)(
            login: "ada", password: Stage.password, host: Stage.publicHost, by: Requester()
        ).token
    }

    private func load(_ path: String, _ token: Token, accept: String = "text/html") async -> PortalResponse {
        await portal.respond(
            to: PortalRequest(
                method: "GET", scheme: "https", host: Stage.publicHost, path: path, query: nil,
                fields: [
                    ("Host", Stage.publicHost), ("Accept", accept), ("Sec-Fetch-Mode", "navigate"),
                    ("Cookie", "__Host-gatehouse=\(token.text)"),
                ], clientAddress: "203.0.113.7", requestID: "1"))
    }

    private func cookie(_ response: PortalResponse) -> String? {
        response.fields.first { $0.name == "Set-Cookie" && $0.value.hasPrefix("__Host-gatehouse=") }?.value
    }

    @Test func `rotate the session cookie when it is time, and not before`() async throws {
        let token = try await signIn()
        #expect(cookie(await load("/.gatehouse/", token)) == nil)
        clock.advance(by: .seconds(15 * 60))
        #expect(cookie(await load("/.gatehouse/", token, accept: "application/json")) == nil)
        #expect(cookie(await load("/.gatehouse/gatehouse.css", token)) == nil)
        let page = await load("/.gatehouse/", token)
        let set = try #require(cookie(page))
        #expect(page.status == 200 && set.hasSuffix("; Path=/; Secure; HttpOnly; SameSite=Lax"))
        let text = String(set.dropFirst("__Host-gatehouse=".count).prefix { $0 != ";" })
        let next = try #require(Token(text, kind: .session))
        #expect(next != token)
        #expect(await load("/.gatehouse/", next).status == 200)
        #expect(cookie(await load("/.gatehouse/", next)) == nil)
        #expect(cookie(await load("/.gatehouse/", token)) == nil, "the next one has arrived")
    }
}
