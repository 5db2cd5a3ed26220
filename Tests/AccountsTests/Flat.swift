import GatehouseTesting
import Identity
import PasswordHashing

@testable import Accounts

/// An environment over stores that behave as the database does, with a clock that stands still until it is set.
struct Flat {
    let clock = GatehouseTesting.FakeClock()
    let stores: MemoryStores
    var environment: AccountsEnvironment
    let visitor = Requester(ipAddress: "203.0.113.7", userAgent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0")

    init(settings: AccountsSettings = AccountsSettings(), grace: Duration = .seconds(30)) {
        stores = MemoryStores(clock: clock, rotationGrace: grace)
        environment = stores.environment(
            passwords: PasswordHasher(parameters: House.cheap), clock: clock, settings: settings)
    }

    @discardableResult
    func user(_ name: String = "anna") async throws -> User {
        let hash = try await environment.passwords.hash(House.password)
        return try await stores.users.create(
            NewUser(username: name, email: "\(name)@example.com", passwordHash: hash, status: .active))
    }

    func signIn(
        _ login: String = "anna", remembered: Bool = false, from requester: Requester? = nil
    ) async throws -> SignedIn {
        try await SignIn(environment)(
            login: login, password: House.password, host: "h.example", remembered: remembered,
            by: requester ?? visitor)
    }

    func pair(_ login: String = "anna") async throws -> TokenPair {
        try await IssueTokenPair(environment)(login: login, password: House.password, by: visitor)
    }

    /// What a token opens on a host.
    func open(_ token: Token, host: String = "h.example") async throws -> AuthenticatedSession? {
        try await AuthenticateSession(environment)(token.text, host: host, takesAPITokens: true)
    }

    func events(_ name: String) async throws -> [AuditEvent] {
        try await stores.audit.list(limit: 1_000).filter { $0.event == name }
    }
}
