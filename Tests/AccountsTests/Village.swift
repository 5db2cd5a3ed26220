import GatehouseTesting
import Identity
import PasswordHashing
import Testing

@testable import Accounts

/// The use cases over stores that behave as the database does, with mails that can be read.
struct Village {
    static let password = House.password

    let clock = FakeClock()
    let stores: MemoryStores
    var environment: AccountsEnvironment
    let visitor = Requester(
        ipAddress: "203.0.113.7", userAgent: "Firefox", requestID: "request-1", language: "de")

    init(_ change: (inout PeopleSettings) -> Void = { _ in }) {
        var people = PeopleSettings(publicURL: "https://login.example.com", siteName: "login.example.com")
        change(&people)
        stores = MemoryStores(clock: clock)
        environment = stores.environment(
            passwords: PasswordHasher(parameters: House.cheap), clock: clock,
            settings: AccountsSettings(people: people))
    }

    var mails: [MailEvent] { stores.outbox.mails }

    /// The token in the link of the last mail.
    func lastToken() throws -> String {
        let link = try #require(mails.last?.link)
        return String(try #require(link.split(separator: "token=").last))
    }

    func events(_ prefix: String = "") async throws -> [AuditEvent] {
        try await stores.audit.list(limit: 10_000).reversed().filter { $0.event.hasPrefix(prefix) }
    }

    @discardableResult
    func user(
        _ name: String = "anna", email: String? = "anna@example.com", password: String? = password,
        roles: [String] = ["user"], in membership: NewAccount.Membership? = nil
    ) async throws -> User {
        let user = try await CreateUser(environment)(
            NewAccount(username: name, email: email, password: password, roles: roles, membership: membership),
            by: .commandLine)
        guard email != nil else { return user }
        return try await stores.users.update(user.id, [.emailVerifiedAt(clock.now())])
    }

    func plant(_ code: String) async throws -> Plant {
        try await CreatePlant(environment)(code: code, by: .commandLine)
    }

    /// Whoever is signed in as this user, over the network.
    func requester(_ user: User) async throws -> Requester {
        Requester(principal: try await stores.roles.principal(of: user.id), ipAddress: "203.0.113.7")
    }

    func signIn(_ login: String = "anna", _ password: String = password) async throws -> AuthenticatedSession {
        let signedIn = try await SignIn(environment)(login: login, password: password, host: "h.example", by: visitor)
        return try #require(
            try await AuthenticateSession(environment)(signedIn.token.text, host: "h.example"))
    }

    /// Waits until no throttle holds anything back.
    func rest() { clock.advance(by: .seconds(86_400)) }
}
