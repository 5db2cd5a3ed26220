import GatehouseTesting
import Identity
import Testing

@testable import Accounts

/// What people do with their own account.
@Suite struct RecoveryTests {
    static let other = "another long password"

    @Test func `a reset sets the password, ends every session and every pending link, and tells the owner`()
        async throws
    {
        let village = Village()
        let user = try await village.user()
        _ = try await village.signIn()
        let request = RequestPasswordReset(village.environment)
        try await request(login: "anna", by: village.visitor)
        let first = try village.lastToken()
        try await request(login: "ANNA@example.com", by: village.visitor)
        let second = try village.lastToken()
        let reset = ResetPassword(village.environment)
        await #expect(throws: AccountsError.weakPassword(.common)) {
            try await reset(second, password: "passwordpassword", by: village.visitor)
        }
        try await reset(second, password: Self.other, by: village.visitor)
        #expect(try await village.stores.sessions.list(of: user.id).allSatisfy { $0.revokedAt != nil })
        for token in [first, second] {
            await #expect(throws: AccountsError.linkRefused) {
                try await reset(token, password: "yet another password", by: village.visitor)
            }
        }
        #expect(village.mails.last?.kind == .passwordChanged)
        await #expect(throws: AccountsError.invalidCredentials) { try await village.signIn() }
        _ = try await village.signIn("anna", Self.other)
    }

    @Test func `a reset proves the address, so it opens an account that waited for that`() async throws {
        let village = Village()
        _ = try await Register(village.environment)(
            RegistrationForm(email: "anna@example.com", password: Village.password), by: village.visitor)
        try await RequestPasswordReset(village.environment)(login: "anna@example.com", by: village.visitor)
        let user = try await ResetPassword(village.environment)(
            try village.lastToken(), password: Self.other, by: village.visitor)
        #expect(user.isActive && user.isVerified)
    }

    @Test(arguments: ["suspended", "deleted", "no address", "unknown"])
    func `nobody gets a reset link for an account that is not to be opened by it`(state: String) async throws {
        let village = Village()
        try await village.user(email: state == "no address" ? nil : "anna@example.com")
        if state == "suspended" { try await SuspendUser(village.environment)("anna", by: .commandLine) }
        if state == "deleted" { try await DeleteUser(village.environment)("anna", by: .commandLine) }
        let mails = village.mails.count
        try await RequestPasswordReset(village.environment)(
            login: state == "unknown" ? "nobody" : "anna", by: village.visitor)
        #expect(village.mails.count == mails)
        #expect(try await village.events("user.password_reset_requested").count == 1)
    }

    @Test func `suspending an account makes the links worthless that were sent before`() async throws {
        let village = Village()
        try await village.user()
        try await RequestPasswordReset(village.environment)(login: "anna", by: village.visitor)
        let token = try village.lastToken()
        try await SuspendUser(village.environment)("anna", by: .commandLine)
        try await ActivateUser(village.environment)("anna", by: .commandLine)
        await #expect(throws: AccountsError.linkRefused) {
            try await ResetPassword(village.environment)(token, password: Self.other, by: village.visitor)
        }
    }

    @Test func `changing the password takes the present one, and ends the other sessions`() async throws {
        let village = Village()
        let user = try await village.user()
        let (present, _) = (try await village.signIn(), try await village.signIn())
        let change = ChangePassword(village.environment)
        await #expect(throws: AccountsError.invalidCredentials) {
            try await change(current: "not this one at all", new: Self.other, of: present, by: village.visitor)
        }
        await #expect(throws: AccountsError.weakPassword(.unchanged)) {
            try await change(current: Village.password, new: Village.password, of: present, by: village.visitor)
        }
        await #expect(throws: AccountsError.weakPassword(.personal)) {
            try await change(current: Village.password, new: "anna@example.com!", of: present, by: village.visitor)
        }
        #expect(
            try await change(current: Village.password, new: Self.other, of: present, by: village.visitor) == 1)
        let live = try await village.stores.sessions.list(of: user.id).filter { $0.revokedAt == nil }
        #expect(live.map(\.id) == [present.sessionID])
        _ = try await village.signIn("anna", Self.other)
    }

    @Test func `a new address takes effect when its link is followed, and the former one is told`() async throws {
        let village = Village()
        let user = try await village.user()
        let present = try await village.signIn()
        let request = RequestEmailChange(village.environment)
        await #expect(throws: AccountsError.invalidCredentials) {
            try await request(to: "new@example.com", password: "wrong", of: present, by: village.visitor)
        }
        try await request(to: "new@example.com", password: Village.password, of: present, by: village.visitor)
        #expect(village.mails.last?.recipient == "new@example.com")
        #expect(try await village.stores.users.find(id: user.id)?.email == "anna@example.com")
        village.clock.advance(by: .seconds(60))
        let changed = try await ConfirmEmailChange(village.environment)(try village.lastToken(), by: village.visitor)
        #expect(changed.email == "new@example.com" && changed.isVerified)
        #expect(village.mails.last?.kind == .emailChanged && village.mails.last?.recipient == "anna@example.com")
        let event = try #require(try await village.events("user.email_changed").last)
        #expect(event.details["email.before"] == "anna@example.com")
        #expect(event.details["email.after"] == "new@example.com")
    }

    @Test func `an address that somebody else has, or gets in between, is not taken from them (CVE-2026-9087)`()
        async throws
    {
        let village = Village()
        let user = try await village.user()
        let owner = try await village.user("berta", email: "berta@example.com")
        let present = try await village.signIn()
        let request = RequestEmailChange(village.environment)
        try await request(to: "BERTA@example.com", password: Village.password, of: present, by: village.visitor)
        #expect(village.mails.last?.kind == .alreadyRegistered && village.mails.last?.userID == owner.id)
        try await request(to: "new@example.com", password: Village.password, of: present, by: village.visitor)
        let token = try village.lastToken()
        try await village.user("carla", email: "new@example.com")
        await #expect(throws: AccountsError.linkRefused) {
            try await ConfirmEmailChange(village.environment)(token, by: village.visitor)
        }
        #expect(try await village.stores.users.find(id: user.id)?.email == "anna@example.com")
    }

    @Test func `a profile changes field by field, and the audit log has each before and after`() async throws {
        let village = Village()
        let user = try await village.user()
        try await village.user("berta", email: nil)
        let present = try await village.signIn()
        let update = UpdateProfile(village.environment)
        let changed = try await update(
            ProfileChanges(name: .set("Anna A"), firstName: .set("Anna"), phone: .set("+49 1")), of: present,
            by: village.visitor)
        #expect(changed.name == "Anna A" && changed.phone == "+49 1" && changed.username == "anna")
        #expect(try await update(ProfileChanges(phone: .set("")), of: present, by: village.visitor).phone == nil)
        await #expect(throws: AccountsError.conflict(field: "username")) {
            try await update(ProfileChanges(username: .set("BERTA")), of: present, by: village.visitor)
        }
        for changes in [
            ProfileChanges(username: .set("a b")), ProfileChanges(name: .set("a\nb")),
            ProfileChanges(phone: .set(String(repeating: "1", count: 51))),
        ] {
            let error = await #expect(throws: AccountsError.self) {
                try await update(changes, of: present, by: village.visitor)
            }
            #expect(error?.code == "invalid_input")
        }
        let events = try await village.events("user.profile_updated")
        #expect(events.count == 2 && events[0].subject == user.id)
        #expect(events[1].details["phone.before"] == "+49 1" && events[1].details["phone.after"] == "")
        #expect(events[1].details["request_id"] == "request-1")
        let own = try await ShowOwnAccount(village.environment)(of: present)
        #expect(own.user.name == "Anna A" && own.hasPassword && own.identities.isEmpty)
    }

    @Test func `deleting one's own account takes the password, and an administrator can restore it`() async throws {
        let village = Village()
        try await village.user()
        let present = try await village.signIn()
        let delete = DeleteOwnAccount(village.environment)
        await #expect(throws: AccountsError.invalidCredentials) {
            try await delete(password: "wrong", of: present, by: village.visitor)
        }
        try await delete(password: Village.password, of: present, by: village.visitor)
        #expect(village.mails.last?.kind == .accountDeleted)
        await #expect(throws: AccountsError.invalidCredentials) { try await village.signIn() }
        try await RestoreUser(village.environment)("anna", by: .commandLine)
        try await ActivateUser(village.environment)("anna", by: .commandLine)
        _ = try await village.signIn()
    }

    @Test func `a change that cannot be accounted for, or about which no mail can be sent, does not happen`()
        async throws
    {
        let village = Village()
        let user = try await village.user()
        try await RequestPasswordReset(village.environment)(login: "anna", by: village.visitor)
        let token = try village.lastToken()
        for step in ["audit", "outbox"] {
            var environment = village.environment
            environment.work = BreakingWork(work: village.stores.work, step: step)
            await #expect(throws: AccountsError.unavailable("gone")) {
                try await ResetPassword(environment)(token, password: Self.other, by: village.visitor)
            }
        }
        _ = try await village.signIn()
        #expect(try await village.events("user.password_reset").map(\.event) == ["user.password_reset_requested"])
        #expect(try await village.stores.users.find(id: user.id)?.updatedAt != nil)
        try await ResetPassword(village.environment)(token, password: Self.other, by: village.visitor)
    }

    @Test func `no secret gets into the audit log, and nothing that holds one prints it`() async throws {
        let village = Village()
        try await village.user()
        let present = try await village.signIn()
        try await ChangePassword(village.environment)(
            current: Village.password, new: Self.other, of: present, by: village.visitor)
        try await RequestPasswordReset(village.environment)(login: "anna", by: village.visitor)
        let token = try village.lastToken()
        let credentials = try #require(try await village.stores.users.credentials(login: "anna"))
        let hash = try #require(credentials.passwordHash)
        var texts = try await village.events().map { "\($0)" }
        texts += ["\(credentials)", "\(NewUser(username: "x", email: nil, passwordHash: hash))"]
        texts += ["\(RegistrationForm(email: "a@b", password: Self.other))", "\(Password(Self.other))"]
        texts += [
            "\(village.mails)",
            String(reflecting: AccountsError.passwordChangeRequired(Token(.verification, from: SystemRandomSource()))),
        ]
        for text in texts {
            for secret in [Village.password, Self.other, token, hash, "argon2id$", "ghv_"] {
                #expect(!text.contains(secret), "\(text)")
            }
        }
    }
}

/// Units of work in which one store fails.
private struct BreakingWork: UnitOfWork {
    let work: any UnitOfWork
    let step: String

    func perform<Answer: Sendable>(
        _ body: (StoresInTransaction) async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        try await work.perform { stores throws(StoreError) in
            try await body(
                StoresInTransaction(
                    users: stores.users, plants: stores.plants, roles: stores.roles,
                    verifications: stores.verifications, invitations: stores.invitations,
                    identities: stores.identities, audit: step == "audit" ? Broken() : stores.audit,
                    outbox: step == "outbox" ? Broken() : stores.outbox))
        }
    }

    private struct Broken: AuditStore, Outbox {
        func append(_ event: AuditEvent) async throws(StoreError) { throw .unavailable("gone") }
        func list(limit: Int) async throws(StoreError) -> [AuditEvent] { throw .unavailable("gone") }
        func list(_ filter: AuditFilter) async throws(StoreError) -> [AuditEntry] { throw .unavailable("gone") }
        func enqueue(_ mail: MailEvent) async throws(StoreError) { throw .unavailable("gone") }
    }
}
