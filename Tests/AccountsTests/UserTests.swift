import Identity
import PasswordHashing
import Testing

@testable import Accounts

@Suite struct UserTests {
    @Test func `an account is found by id, username and email, in any case`() async throws {
        let house = House()
        let user = try await house.user()
        let find = FindUser(house.environment)
        for reference in [user.id.description, user.id.description.uppercased(), "anna", "ANNA", "Anna@Example.com"] {
            #expect(try await find(reference).id == user.id)
        }
        for reference in [
            "", "berta", "anna\0", "anna@example.org", "00000000-0000-0000-0000-00000000ffff",
            String(repeating: "a", count: 1 << 20),
        ] {
            await #expect(throws: AccountsError.notFound(.user)) { try await find(reference) }
        }
    }

    @Test(arguments: [
        "an", "", " anna", "an na", "anna@example.com", "an\na", "anna\0", "an\u{200b}na", "an\u{202e}na", "an\u{a0}na",
        String(repeating: "a", count: 51), "c232ab00-9414-11ec-b3c8-9f6bdeced846", "anna\u{feff}",
    ])
    func `CVE-2025-24806: a username cannot be mistaken for another, an address or an id`(name: String) async throws {
        let house = House()
        let error = await #expect(throws: AccountsError.self) {
            try await CreateUser(house.environment)(NewAccount(username: name), by: .commandLine)
        }
        #expect(error?.code == "invalid_input")
        #expect(house.stores.calls.isEmpty)
    }

    @Test(arguments: ["anna", "an-na.2_x", "änna", "安娜娜", String(repeating: "a", count: 50)])
    func `a username has 3 to 50 visible characters`(name: String) async throws {
        let house = House()
        #expect(try await CreateUser(house.environment)(NewAccount(username: name), by: .commandLine).username == name)
    }

    @Test(arguments: [
        "", "@", "a@", "@b", "a@@b", "a@b@c", "a b@c.example", "a@b..example", "a@.example", "a@example.",
        "a\r\nBcc: x@y.example",
        String(repeating: "a", count: 250) + "@b.example", "a\0@b.example",
    ])
    func `an address that mail could be misled by is refused`(email: String) async throws {
        let house = House()
        let error = await #expect(throws: AccountsError.self) {
            try await CreateUser(house.environment)(NewAccount(email: email), by: .commandLine)
        }
        #expect(error?.code == "invalid_input")
    }

    @Test(arguments: ["", "A,B", "A B", "A\n", String(repeating: "A", count: 65)])
    func `a global role cannot smuggle another into the list`(role: String) async throws {
        let house = House()
        let error = await #expect(throws: AccountsError.self) {
            try await CreateUser(house.environment)(NewAccount(username: "anna", roles: [role]), by: .commandLine)
        }
        #expect(error?.code == "invalid_input")
    }

    @Test func `an account needs a username or an email address`() async throws {
        let house = House()
        let error = await #expect(throws: AccountsError.self) {
            try await CreateUser(house.environment)(NewAccount(), by: .commandLine)
        }
        #expect(error?.code == "invalid_input")
    }

    @Test func `what is taken is a conflict that names the field`() async throws {
        let house = House()
        try await house.user()
        await #expect(throws: AccountsError.conflict(field: "username")) {
            try await CreateUser(house.environment)(NewAccount(username: "ANNA"), by: .commandLine)
        }
        await #expect(throws: AccountsError.conflict(field: "email")) {
            try await CreateUser(house.environment)(NewAccount(email: "ANNA@example.com"), by: .commandLine)
        }
    }

    @Test(arguments: [(14, 15), (7, 8), (7, 1), (0, 15)])
    func `NIST SP 800-63B-4: a password below the limit is refused, and the limit never goes below 8`(
        length: Int, setting: Int
    ) async throws {
        let house = House(settings: AccountsSettings(passwordLengthMin: setting))
        let expected = AccountsError.weakPassword(.tooShort(charactersMin: max(setting, 8)))
        let password = String(repeating: "x", count: length)
        await #expect(throws: expected) { try await house.user(password: password) }
        try await house.user(password: nil)
        await #expect(throws: expected) {
            try await SetPassword(house.environment)(password, for: "anna", by: .commandLine)
        }
        #expect(house.environment.passwords.workDone == 0)
    }

    @Test(arguments: [(15, 15), (8, 8), (8, 1), (64, 15), (256, 15)])
    func `NIST SP 800-63B-4: a password within the limits is accepted`(length: Int, setting: Int) async throws {
        let house = House(settings: AccountsSettings(passwordLengthMin: setting))
        var password = ""
        for index in 0..<length { password.unicodeScalars.append(Unicode.Scalar(0x4e00 + UInt32(index) * 37) ?? "x") }
        try await house.user(password: password)
        _ = try await house.signIn("anna", password)
    }

    @Test func `a password of 257 characters is refused`() async throws {
        let house = House()
        await #expect(throws: AccountsError.weakPassword(.tooLong(charactersMax: 256))) {
            try await house.user(password: String(repeating: "x", count: 257))
        }
    }

    @Test func `a new password ends every session and is the only one that works`() async throws {
        let house = House()
        let user = try await house.user()
        let token = try await house.signIn().token.text
        #expect(try await SetPassword(house.environment)("an entirely new one", for: "anna", by: .commandLine) == 1)
        #expect(try await AuthenticateSession(house.environment)(token, host: "h.example") == nil)
        await #expect(throws: AccountsError.invalidCredentials) { try await house.signIn() }
        _ = try await house.signIn("anna", "an entirely new one")
        let event = try #require(house.stores.events.first { $0.event == "user.password_set" })
        #expect(event.subject == user.id && event.details["sessions_ended"] == "1")
    }

    @Test func `suspending keeps a person out until they are activated`() async throws {
        let house = House()
        try await house.user()
        let token = try await house.signIn().token.text
        #expect(try await SuspendUser(house.environment)("anna", by: .commandLine).status == .suspended)
        #expect(try await AuthenticateSession(house.environment)(token, host: "h.example") == nil)
        await #expect(throws: AccountsError.invalidCredentials) { try await house.signIn() }
        #expect(try await ActivateUser(house.environment)("anna", by: .commandLine).status == .active)
        #expect(try await AuthenticateSession(house.environment)(token, host: "h.example") == nil)
        _ = try await house.signIn()
        #expect(
            house.stores.events.map(\.event) == [
                "user.created", "user.signed_in", "user.suspended", "user.sign_in_failed", "user.activated",
                "user.signed_in",
            ])
    }

    @Test func `a deleted user is found by nobody until restored, and restored suspended`() async throws {
        let house = House()
        try await house.user()
        try await DeleteUser(house.environment)("anna", by: .commandLine)
        await #expect(throws: AccountsError.notFound(.user)) { try await FindUser(house.environment)("anna") }
        await #expect(throws: AccountsError.notFound(.user)) {
            try await DeleteUser(house.environment)("anna", by: .commandLine)
        }
        #expect(try await ListUsers(house.environment)(by: .commandLine).isEmpty)
        let user = try await RestoreUser(house.environment)("anna", by: .commandLine)
        #expect(user.status == .suspended && user.deletedAt == nil)
        await #expect(throws: AccountsError.notFound(.user)) {
            try await RestoreUser(house.environment)("anna", by: .commandLine)
        }
        await #expect(throws: AccountsError.notFound(.user)) {
            try await RestoreUser(house.environment)("x\0", by: .commandLine)
        }
    }

    @Test func `accounts are listed page by page`() async throws {
        let house = House()
        for name in ["anna", "berta", "clara"] { try await house.user(name, password: nil) }
        try await SuspendUser(house.environment)("berta", by: .commandLine)
        let list = ListUsers(house.environment)
        #expect(try await list(by: .commandLine).map(\.username) == ["anna", "berta", "clara"])
        #expect(try await list(activeOnly: true, by: .commandLine).map(\.username) == ["anna", "clara"])
        #expect(try await list(offset: 1, limit: 1, by: .commandLine).map(\.username) == ["berta"])
    }

    @Test func `every error has a code of its own and a sentence without internals`() {
        let errors: [AccountsError] = [
            .invalidCredentials, .busy(retryAfter: .seconds(1)), .unavailable("secret host"),
            .weakPassword(.tooShort(charactersMin: 15)), .invalid(field: "username", allowed: "less"),
            .notFound(.user), .conflict(field: "email"), .refused("No."), .ticketRefused, .cancelled,
            .fault("secret host"),
        ]
        #expect(Set(errors.map(\.code)).count == errors.count)
        for error in errors {
            #expect(!error.description.contains("secret host"))
            #expect(error.description.hasSuffix("."))
        }
        #expect(AccountsError.unavailable("secret host").detail.contains("secret host"))
    }
}
