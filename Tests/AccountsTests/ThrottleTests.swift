import GatehouseTesting
import Identity
import PasswordHashing
import Testing

@testable import Accounts

@Suite struct ThrottleTests {
    private static let wrong = "not the password at all"

    /// Tries a wrong password, and says what came of it.
    private func fail(
        _ village: Village, _ login: String = "anna", from address: String? = "198.51.100.9"
    ) async -> AccountsError? {
        await #expect(throws: AccountsError.self) {
            try await SignIn(village.environment)(
                login: login, password: Self.wrong, host: nil, by: Requester(ipAddress: address))
        }
    }

    @Test(arguments: [true, false])
    func `after some failures each further one has to wait longer, whether or not there is such a user`(
        exists: Bool
    ) async throws {
        let village = Village()
        if exists { try await village.user() }
        for _ in 0..<5 { #expect(await fail(village) == .invalidCredentials) }
        var waits: [Int64] = []
        for _ in 0..<12 {
            guard case .throttled(let wait) = await fail(village) else { Issue.record("not throttled"); return }
            waits.append(wait.components.seconds)
            village.clock.advance(by: wait)
            #expect(await fail(village) == .invalidCredentials)
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900])
    }

    @Test func `CVE-2025-24806: one bucket an account, however it is spelled`() async throws {
        let village = Village()
        try await village.user("änna")
        for login in ["änna", "ÄNNA", "a\u{308}nna", "anna@example.com", "ANNA@EXAMPLE.COM"] {
            #expect(await fail(village, login) == .invalidCredentials)
        }
        for login in ["änna", "Anna@example.com"] {
            #expect(await fail(village, login)?.code == "throttled")
        }
        for login in ["nobody", "NOBODY", "ｎobody", "Nobody", "nobodY"] {
            #expect(await fail(village, login) == .invalidCredentials)
        }
        #expect(await fail(village, "nobody")?.code == "throttled")
    }

    @Test func `NIST SP 800-63B-4: never more than 100 failures in a row, from wherever they come`() async throws {
        let village = Village()
        try await village.user()
        _ = try await village.signIn()
        var failures = 0
        for round in 0..<400 {
            village.rest()
            let address = round % 2 == 0 ? "203.0.113.7" : "198.51.\(round % 100).\(round / 2)"
            if await fail(village, from: address) == .invalidCredentials { failures += 1 }
        }
        #expect(failures <= 100 && failures > 50)
    }

    @Test func `a stranger locks nobody out: not where they are known, not from their session, not from a reset`()
        async throws
    {
        let village = Village()
        try await village.user()
        let open = try await village.signIn()
        for _ in 0..<120 {
            village.clock.advance(by: .seconds(900))
            _ = await fail(village)
        }
        #expect(await fail(village)?.code == "throttled")
        // The open session lives on, unless it ended by itself.
        #expect(try await village.stores.sessions.list(of: open.principal.userID).allSatisfy { $0.revokedAt == nil })
        // From an address where the person signed in lately, the right password gets through.
        _ = try await village.signIn()
        // And that ended the lock for everywhere else, as a reset does.
        #expect(await fail(village) == .invalidCredentials)
        for _ in 0..<120 {
            village.clock.advance(by: .seconds(900))
            _ = await fail(village)
        }
        #expect(await fail(village)?.code == "throttled")
        try await RequestPasswordReset(village.environment)(login: "anna", by: village.visitor)
        try await ResetPassword(village.environment)(
            try village.lastToken(), password: "another long password", by: village.visitor)
        _ = try await SignIn(village.environment)(
            login: "anna", password: "another long password", host: nil, by: Requester(ipAddress: "192.0.2.99"))
    }

    @Test func `passwords tried on many accounts from one network are slowed down, whatever its addresses`()
        async throws
    {
        let village = Village()
        var refused = 0
        for number in 0..<60 {
            let address = "2001:db8:0:1:\(String(number, radix: 16))::1"
            if await fail(village, "user\(number)", from: address)?.code == "throttled" { refused += 1 }
        }
        #expect(refused == 10)
        #expect(await fail(village, "somebody", from: "2001:db8:0:2::1") == .invalidCredentials)
    }

    @Test func `signing in well never counts: a plant behind one address signs in at one time`() async throws {
        let village = Village()
        for number in 0..<60 { try await village.user("user\(number)", email: nil) }
        for number in 0..<60 { _ = try await village.signIn("user\(number)") }
    }

    @Test func `a password that nobody could look at is no failure`() async throws {
        let village = Village()
        try await village.user()
        var broken = village.environment
        broken.passwords = PasswordHasher(parameters: House.cheap, threads: 0)
        for _ in 0..<20 {
            let error = await #expect(throws: AccountsError.self) {
                try await SignIn(broken)(login: "anna", password: Village.password, host: nil, by: village.visitor)
            }
            #expect(error?.code == "internal_error")
        }
        _ = try await village.signIn()
    }

    @Test(arguments: ["anna", "nobody"])
    func `in a flood, whoever finds no thread costs the database nothing, known or not`(login: String) async throws {
        let village = Village()
        try await village.user()
        let present = try await village.signIn()
        var full = village.environment
        full.passwords = PasswordHasher(parameters: House.cheap, threads: 1, queueMax: 0)
        let before = village.stores.operationCount
        for _ in 0..<200 {
            let errors = [
                await #expect(throws: AccountsError.self) {
                    try await SignIn(full)(login: login, password: Village.password, host: nil, by: village.visitor)
                },
                await #expect(throws: AccountsError.self) {
                    try await ChangePassword(full)(
                        current: Village.password, new: "another long password", of: present, by: village.visitor)
                },
                await #expect(throws: AccountsError.self) {
                    let form = RegistrationForm(email: "\(login)@example.com", password: "another long password")
                    _ = try await Register(full)(form, by: village.visitor)
                },
            ]
            #expect(errors.allSatisfy { $0?.code == "busy" })
        }
        #expect(village.stores.operationCount == before)
        _ = try await village.signIn()
    }

    @Test func `mails are sent to nobody more often than they can bear, and the answer is the same`() async throws {
        let village = Village()
        try await village.user()
        for number in 0..<15 {
            try await RequestPasswordReset(village.environment)(
                login: "anna", by: Requester(ipAddress: "192.0.2.\(number)"))
        }
        #expect(village.mails.count == 3)
        let error = await #expect(throws: AccountsError.self) {
            for _ in 0..<30 {
                try await RequestPasswordReset(village.environment)(login: "nobody", by: village.visitor)
            }
        }
        #expect(error?.code == "throttled")
    }
}
