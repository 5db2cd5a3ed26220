import Identity
import PasswordHashing
import Synchronization
import Testing

@testable import Accounts

@Suite struct SignInTests {
    @Test(arguments: ["anna", "ANNA", "anna@example.com", "Anna@Example.COM"])
    func `who knows the password signs in with username or email, in any case`(login: String) async throws {
        let house = House()
        let user = try await house.user()
        let signedIn = try await house.signIn(login)
        #expect(signedIn.user.id == user.id)
        #expect(signedIn.token.kind == .session)
        #expect(signedIn.session.expiresAt == house.clock.now() + .seconds(24 * 3_600))
        #expect(signedIn.session.ipAddress == "203.0.113.7" && signedIn.session.userAgent == "Firefox")
        #expect(signedIn.session.method == "password" && signedIn.session.factors == 1)
        let lookup = AuthenticateSession(house.environment)
        #expect(try await lookup(signedIn.token.text, host: "h.example")?.principal.userID == user.id)
        #expect(house.stores.state.withLock { $0.accounts[user.id]?.user.lastLoginAt } == house.clock.now())
    }

    @Test func `signing in goes in this order, and the audit log says who, where and how`() async throws {
        let house = House()
        let user = try await house.user()
        let before = house.stores.calls.count
        let signedIn = try await house.signIn()
        #expect(
            house.stores.calls.dropFirst(before) == [
                "users.credentials", "sessions.create", "users.recordSignIn",
            ])
        let event = try #require(house.stores.events.last)
        #expect(event.event == "user.signed_in")
        #expect(event.actor == user.id && event.subject == user.id && event.ipAddress == "203.0.113.7")
        #expect(
            event.details == [
                "session": signedIn.session.id.description, "method": "password", "channel": "web",
                "user_agent": "Firefox",
            ])
    }

    /// How an account can be, and what the audit log calls it.
    enum Case: String, CaseIterable {
        case unknownUser = "unknown_user"
        case wrongPassword = "wrong_password"
        case noPassword = "no_password"
        case unreadableHash = "unreadable_hash"
        case suspended
        case pendingVerification = "pending_verification"

        /// Makes it so, and tries to sign in.
        func attempt(_ house: House) async throws {
            let user = try await house.user(password: self == .noPassword ? nil : House.password)
            switch self {
            case .unknownUser: _ = try await house.signIn("berta")
            case .wrongPassword: _ = try await house.signIn("anna", "incorrect horse")
            case .unreadableHash:
                _ = try await house.stores.setPasswordHash(
                    user.id, "$argon2id$v=19$m=4000000000,t=1,p=1$AAAA$AAAA", keeping: nil)
                _ = try await house.signIn()
            case .suspended, .pendingVerification:
                _ = try await house.stores.setStatus(user.id, self == .suspended ? .suspended : .pendingVerification)
                _ = try await house.signIn()
            case .noPassword: _ = try await house.signIn()
            }
        }
    }

    @Test(arguments: Case.allCases)
    func `ASVS 6.3.8: every refusal has one answer and one cost; only the audit log knows why`(
        refusal: Case
    ) async throws {
        let house = House()
        try await house.user("zoe")
        let hashed = house.environment.passwords.workDone
        await #expect(throws: AccountsError.invalidCredentials) { try await refusal.attempt(house) }
        // One hash to make the account, where it has a password, and one to check.
        let made = refusal == .noPassword ? 0 : House.cheap.work
        #expect(house.environment.passwords.workDone - hashed == made + House.cheap.work)
        // And the database is asked the same.
        #expect(house.stores.calls.suffix(2) == ["users.credentials", "audit.append"])

        let event = try #require(house.stores.events.last)
        #expect(event.event == "user.sign_in_failed")
        #expect(event.details == ["reason": refusal.rawValue, "channel": "web", "user_agent": "Firefox"])
        #expect((event.subject == nil) == (refusal == .unknownUser))
        #expect(event.actor == nil)
        #expect(house.stores.state.withLock { $0.sessions.isEmpty })
    }

    @Test func `a deleted user is as unknown as one that never was`() async throws {
        let house = House()
        try await house.user()
        try await DeleteUser(house.environment)("anna", by: .commandLine)
        let before = house.environment.passwords.workDone
        await #expect(throws: AccountsError.invalidCredentials) { try await house.signIn() }
        #expect(house.environment.passwords.workDone - before == House.cheap.work)
        #expect(house.stores.events.last?.details["reason"] == "unknown_user")
    }

    @Test(arguments: [
        "", "anna\0", "\0", "anna\n", String(repeating: "a", count: 256), String(repeating: "é", count: 1 << 20),
    ])
    func `a login that no account can have costs as much, and never reaches the database`(login: String) async throws {
        let house = House()
        try await house.user()
        let (work, calls) = (house.environment.passwords.workDone, house.stores.calls.count)
        await #expect(throws: AccountsError.invalidCredentials) { try await house.signIn(login) }
        #expect(house.environment.passwords.workDone - work == House.cheap.work)
        #expect(house.stores.calls.dropFirst(calls) == ["audit.append"])
    }

    @Test(arguments: ["anna", "nobody"])
    func `a password of a megabyte is refused without work, for whomever`(login: String) async throws {
        let house = House()
        try await house.user()
        let work = house.environment.passwords.workDone
        await #expect(throws: AccountsError.invalidCredentials) {
            try await house.signIn(login, String(repeating: "x", count: 1 << 20))
        }
        #expect(house.environment.passwords.workDone == work)
    }

    @Test func `neither password nor login gets into the audit log`() async throws {
        let house = House()
        try await house.user()
        _ = try await house.signIn()
        for login in ["anna", "my secret typed in the wrong field"] {
            _ = try? await house.signIn(login, "another secret")
        }
        let text = house.stores.events.map { "\($0)" }.joined()
        for secret in [House.password, "another secret", "wrong field", "ghs_"] { #expect(!text.contains(secret)) }
    }

    @Test func `a hash made with old parameters is replaced at the next sign-in`() async throws {
        let house = House(parameters: Argon2Parameters(memoryKiB: 64, passes: 2, lanes: 1))
        let old = try await PasswordHasher(parameters: House.cheap).hash(House.password)
        let user = try await house.user()
        _ = try await house.stores.setPasswordHash(user.id, old, keeping: nil)
        _ = try await house.signIn()
        let new = try #require(house.stores.state.withLock { $0.accounts[user.id]?.passwordHash })
        #expect(new != old && !house.environment.passwords.needsRehash(new))
        _ = try await house.signIn()
        #expect(house.stores.state.withLock { $0.accounts[user.id]?.passwordHash } == new)
    }

    @Test func `a wrong password replaces no hash`() async throws {
        let house = House(parameters: Argon2Parameters(memoryKiB: 64, passes: 2, lanes: 1))
        let old = try await PasswordHasher(parameters: House.cheap).hash(House.password)
        let user = try await house.user()
        _ = try await house.stores.setPasswordHash(user.id, old, keeping: nil)
        await #expect(throws: AccountsError.invalidCredentials) { try await house.signIn("anna", "incorrect horse") }
        #expect(house.stores.state.withLock { $0.accounts[user.id]?.passwordHash } == old)
    }

    @Test func `a person has so many sessions, and the oldest gives way`() async throws {
        let house = House(settings: AccountsSettings(sessionsPerUserMax: 2))
        try await house.user()
        var tokens: [Token] = []
        for _ in 0..<3 { tokens.append(try await house.signIn().token) }
        let lookup = AuthenticateSession(house.environment)
        #expect(try await lookup(tokens[0].text, host: "h.example") == nil)
        #expect(try await lookup(tokens[1].text, host: "h.example") != nil)
        #expect(try await lookup(tokens[2].text, host: "h.example") != nil)
    }

    @Test(arguments: ["users.credentials", "sessions.create", "users.recordSignIn"])
    func `when the database goes away at any step nobody is signed in`(step: String) async throws {
        let house = House()
        try await house.user()
        house.stores.fail(step, with: .unavailable("gone"))
        let error = await #expect(throws: AccountsError.self) { try await house.signIn() }
        #expect(error?.code == "unavailable")
    }

    @Test func `a refusal that cannot be accounted for is an outage, not an answer`() async throws {
        let house = House()
        try await house.user()
        house.stores.fail("audit.append", with: .unavailable("gone"))
        for login in ["anna", "nobody"] {
            let error = await #expect(throws: AccountsError.self) { try await house.signIn(login, "incorrect horse") }
            #expect(error == .unavailable("gone"))
        }
    }

    @Test func `each end is counted`() async throws {
        let outcomes = Mutex<[SignInOutcome]>([])
        var house = House()
        house.environment.signInEnded = { outcome in outcomes.withLock { $0.append(outcome) } }
        try await house.user()
        _ = try await house.signIn()
        _ = try? await house.signIn("anna", "incorrect horse")
        house.stores.fail("users.credentials", with: .unavailable("gone"))
        _ = try? await house.signIn()
        house.stores.fail("users.credentials", with: nil)
        house.environment.passwords = PasswordHasher(parameters: House.cheap, threads: 1, queueMax: 0)
        let error = await #expect(throws: AccountsError.self) { try await house.signIn() }
        guard case .busy(let retryAfter) = error else { Issue.record("not busy"); return }
        #expect(retryAfter >= .seconds(1))
        #expect(outcomes.withLock { $0 } == [.success, .invalidCredentials, .unavailable, .busy])
    }

    @Test func `the token is new each time and not the one that the store has`() async throws {
        let house = House()
        try await house.user()
        let first = try await house.signIn()
        let second = try await house.signIn()
        #expect(first.token.text != second.token.text)
        #expect(first.session.id != second.session.id)
        let stored = house.stores.state.withLock { $0.sessions.values.flatMap(\.tokens.keys) }
        #expect(Set(stored) == [TokenHash(of: first.token), TokenHash(of: second.token)])
    }
}
