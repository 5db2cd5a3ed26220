import GatehouseTesting
import Identity
import PasswordHashing

@testable import Accounts

/// An environment over fakes, with what most tests need in it.
struct House {
    static let cheap = Argon2Parameters(memoryKiB: 32, passes: 1, lanes: 4)
    static let password = "correct horse battery"

    let clock: FakeClock
    let stores: FakeStores
    var environment: AccountsEnvironment
    let visitor = Requester(ipAddress: "203.0.113.7", userAgent: "Firefox")

    init(parameters: Argon2Parameters = cheap, settings: AccountsSettings = AccountsSettings()) {
        clock = FakeClock()
        stores = FakeStores(clock: clock)
        let memory = MemoryStores(clock: clock)
        environment = AccountsEnvironment(
            users: stores, plants: stores, roles: stores, sessions: stores, tickets: stores,
            apiTokens: memory.apiTokens, audit: stores, throttles: memory.throttles, work: stores,
            passwords: PasswordHasher(parameters: parameters), clock: clock, random: CountingRandom(),
            settings: settings)
    }

    /// An account whose email address goes with its name.
    @discardableResult
    func user(
        _ name: String = "anna", password: String? = password, status: UserStatus = .active
    ) async throws -> User {
        try await CreateUser(environment)(
            NewAccount(username: name, email: "\(name)@example.com", password: password, status: status),
            by: .commandLine)
    }

    func signIn(_ login: String = "anna", _ password: String = password, host: String? = "h.example") async throws
        -> SignedIn
    {
        try await SignIn(environment)(login: login, password: password, host: host, by: visitor)
    }
}
