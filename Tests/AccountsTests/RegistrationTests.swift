import GatehouseTesting
import Identity
import PasswordHashing
import Testing

@testable import Accounts

@Suite struct RegistrationTests {
    @Test func `a person registers, verifies their address by the link, and signs in`() async throws {
        let village = Village()
        let form = RegistrationForm(
            email: "Anna@Example.com", password: Village.password, name: "Anna", username: "anna")
        #expect(try await Register(village.environment)(form, by: village.visitor) == .checkMail)
        await #expect(throws: AccountsError.invalidCredentials) { try await village.signIn() }
        let mail = try #require(village.mails.last)
        #expect(mail.kind == .verifyEmail && mail.recipient == "Anna@Example.com" && mail.language == "de")
        #expect(mail.link?.hasPrefix("https://login.example.com/.gatehouse/verify?token=ghv_") == true)
        let token = try village.lastToken()
        let user = try await VerifyEmail(village.environment)(token, by: village.visitor)
        #expect(user.isActive && user.isVerified && user.email == "Anna@Example.com" && user.roles == ["user"])
        _ = try await village.signIn("ANNA@example.com")
        await #expect(throws: AccountsError.linkRefused) {
            try await VerifyEmail(village.environment)(token, by: village.visitor)
        }
    }

    @Test(arguments: [
        (PeopleSettings.Registration.open, PeopleSettings.EmailVerification.optional, RegistrationAnswer.signIn, 1),
        (.open, .off, .signIn, 0), (.open, .required, .checkMail, 1),
    ])
    func `what a registration leads to follows from the settings`(
        registration: PeopleSettings.Registration, verify: PeopleSettings.EmailVerification,
        answer: RegistrationAnswer, mails: Int
    ) async throws {
        let village = Village { ($0.registration, $0.verifyEmail) = (registration, verify) }
        let form = RegistrationForm(email: "anna@example.com", password: Village.password)
        #expect(try await Register(village.environment)(form, by: village.visitor) == answer)
        #expect(village.mails.count == mails)
        if answer == .signIn { _ = try await village.signIn("anna@example.com") }
    }

    @Test(arguments: [PeopleSettings.Registration.invite, .closed])
    func `where registration is not open nobody registers`(registration: PeopleSettings.Registration) async throws {
        let village = Village { $0.registration = registration }
        await #expect(throws: AccountsError.registrationClosed) {
            try await Register(village.environment)(
                RegistrationForm(email: "anna@example.com", password: Village.password), by: village.visitor)
        }
        #expect(try await village.stores.users.count(activeOnly: false) == 0)
    }

    @Test func `an address that has an account gets the same answer, and its owner a mail`() async throws {
        let village = Village()
        let user = try await village.user()
        let form = RegistrationForm(email: "ANNA@example.com", password: "another long password", name: "Eve")
        #expect(try await Register(village.environment)(form, by: village.visitor) == .checkMail)
        #expect(try await village.stores.users.count(activeOnly: false) == 1)
        #expect(try await village.stores.users.find(id: user.id)?.name == nil)
        let mail = try #require(village.mails.last)
        #expect(mail.kind == .alreadyRegistered && mail.recipient == "anna@example.com" && mail.userID == user.id)
        _ = try await village.signIn()
    }

    @Test func `whoever registers a stranger's address first gains nothing from the stranger's own registration`()
        async throws
    {
        let village = Village()
        let register = Register(village.environment)
        _ = try await register(
            RegistrationForm(email: "anna@example.com", password: "the attacker's password"), by: village.visitor)
        let attackers = try village.lastToken()
        _ = try await register(
            RegistrationForm(email: "anna@example.com", password: Village.password), by: village.visitor)
        await #expect(throws: AccountsError.linkRefused) {
            try await VerifyEmail(village.environment)(attackers, by: village.visitor)
        }
        try await VerifyEmail(village.environment)(try village.lastToken(), by: village.visitor)
        _ = try await village.signIn("anna@example.com")
        await #expect(throws: AccountsError.invalidCredentials) {
            try await village.signIn("anna@example.com", "the attacker's password")
        }
    }

    @Test func `a username that somebody has is left out, and only the mail says so`() async throws {
        let village = Village()
        try await village.user("anna", email: nil)
        let form = RegistrationForm(email: "new@example.com", password: Village.password, username: "ANNA")
        #expect(try await Register(village.environment)(form, by: village.visitor) == .checkMail)
        let user = try #require(try await village.stores.users.find(email: "new@example.com"))
        #expect(user.username == nil)
        #expect(village.mails.last?.values["username_taken"] == "ANNA")
    }

    @Test func `links are for one purpose, and worthless after their time`() async throws {
        let village = Village()
        let form = RegistrationForm(email: "anna@example.com", password: Village.password)
        _ = try await Register(village.environment)(form, by: village.visitor)
        let token = try village.lastToken()
        await #expect(throws: AccountsError.linkRefused) {
            try await ResetPassword(village.environment)(token, password: "another long password", by: village.visitor)
        }
        await #expect(throws: AccountsError.linkRefused) {
            try await ConfirmEmailChange(village.environment)(token, by: village.visitor)
        }
        await #expect(throws: AccountsError.linkRefused) {
            try await SetFirstPassword(village.environment)(token, password: "x", by: village.visitor)
        }
        village.clock.advance(by: .seconds(86_400))
        await #expect(throws: AccountsError.linkRefused) {
            try await VerifyEmail(village.environment)(token, by: village.visitor)
        }
        try await ResendVerification(village.environment)(login: "anna@example.com", by: village.visitor)
        try await VerifyEmail(village.environment)(try village.lastToken(), by: village.visitor)
    }

    @Test(arguments: [
        "", "x", "ghv_", "ghs_" + String(repeating: "A", count: 43), String(repeating: "ghv_", count: 99),
    ])
    func `a text that is no token proves nothing`(text: String) async throws {
        let village = Village()
        await #expect(throws: AccountsError.linkRefused) {
            try await VerifyEmail(village.environment)(text, by: village.visitor)
        }
        await #expect(throws: AccountsError.linkRefused) {
            try await AcceptInvitation(village.environment)(text, account: nil, by: village.visitor)
        }
    }

    @Test func `of fifty who follow one link at once, one succeeds`() async throws {
        let village = Village()
        _ = try await Register(village.environment)(
            RegistrationForm(email: "anna@example.com", password: Village.password), by: village.visitor)
        let token = try village.lastToken()
        let successes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask { (try? await VerifyEmail(village.environment)(token, by: village.visitor)) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(successes == 1)
    }

    @Test func `a link is never made from what a request says`() async throws {
        let village = Village()
        try await village.user()
        try await RequestPasswordReset(village.environment)(login: "anna", by: village.visitor)
        for mail in village.mails { #expect(mail.link?.hasPrefix("https://login.example.com/") != false) }
        #expect(!"\(village.mails)".contains("ghv_"))
    }

    @Test func `accounts off: nobody registers, signs in, resets or administers, but the command line`() async throws {
        let village = Village { $0.isOn = false }
        try await village.user(roles: ["ADMIN"])
        let off = AccountsError.accountsOff
        let (environment, visitor) = (village.environment, village.visitor)
        await #expect(throws: off) { try await village.signIn() }
        await #expect(throws: off) {
            try await Register(environment)(RegistrationForm(email: "a@b.example", password: "x"), by: visitor)
        }
        await #expect(throws: off) { try await RequestPasswordReset(environment)(login: "anna", by: visitor) }
        await #expect(throws: off) { try await ResendVerification(environment)(login: "anna", by: visitor) }
        await #expect(throws: off) { try await SuspendUser(environment)("anna", by: visitor) }
        await #expect(throws: off) { try await ListPeople(environment)(UserFilter(), by: visitor) }
        try await SuspendUser(environment)("anna", by: .commandLine)
    }
}
