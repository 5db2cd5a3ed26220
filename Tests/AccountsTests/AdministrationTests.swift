import GatehouseTesting
import Identity
import Testing

@testable import Accounts

/// What administrators may do, each repeated by somebody of another plant, for whom it must fail.
@Suite struct AdministrationTests {
    /// Two plants, each with an administrator and an operator.
    private struct Works {
        let village = Village()
        var admin: Requester
        var neighbour: Requester
        let operatorHere: User

        init() async throws {
            _ = try await village.plant("detroit")
            _ = try await village.plant("lyon")
            let here = try await village.user(
                "dana", email: "dana@example.com", in: .init(plant: "detroit", role: .admin))
            let there = try await village.user(
                "lea", email: "lea@example.com", in: .init(plant: "lyon", role: .admin))
            operatorHere = try await village.user(
                "olivia", email: nil, in: .init(plant: "detroit", role: .operator))
            admin = try await village.requester(here)
            neighbour = try await village.requester(there)
        }

        var environment: AccountsEnvironment { village.environment }
    }

    @Test func `a plant's administrator invites, lists and takes back in their own plant; the neighbour's cannot`()
        async throws
    {
        let works = try await Works()
        let invite = InviteUser(works.environment)
        for other in [works.neighbour, works.village.visitor, Requester(user: works.operatorHere.id)] {
            await #expect(throws: AccountsError.forbidden) {
                try await invite("new@example.com", to: "detroit", as: .engineer, by: other)
            }
            await #expect(throws: AccountsError.forbidden) {
                try await ListInvitations(works.environment)(to: "detroit", by: other)
            }
        }
        let sent = try await invite("new@example.com", to: "detroit", as: .engineer, by: works.admin)
        #expect(works.village.mails.last?.kind == .invitation)
        #expect(try await ListInvitations(works.environment)(to: "detroit", by: works.admin) == [sent])
        let revoke = RevokeInvitation(works.environment)
        await #expect(throws: AccountsError.forbidden) { try await revoke(sent.id, to: "detroit", by: works.neighbour) }
        await #expect(throws: AccountsError.notFound(.invitation)) {
            try await revoke(sent.id, to: "lyon", by: works.neighbour)
        }
        try await revoke(sent.id, to: "detroit", by: works.admin)
        let token = try works.village.lastToken()
        await #expect(throws: AccountsError.linkRefused) {
            try await AcceptInvitation(works.environment)(
                token, account: InvitedAccount(password: Village.password), by: works.village.visitor)
        }
    }

    @Test func `an invitation makes the account and grants the role, once`() async throws {
        let works = try await Works()
        _ = try await InviteUser(works.environment)("new@example.com", to: "detroit", as: .engineer, by: works.admin)
        let token = try works.village.lastToken()
        let open = try await InspectInvitation(works.environment)(token)
        #expect(open.makesAccount && open.invitation.role == .engineer && open.invitation.plantName == "detroit")
        let accept = AcceptInvitation(works.environment)
        await #expect(throws: AccountsError.weakPassword(.tooShort(charactersMin: 15))) {
            try await accept(token, account: InvitedAccount(password: "short"), by: works.village.visitor)
        }
        let user = try await accept(
            token, account: InvitedAccount(password: Village.password, username: "nora"), by: works.village.visitor)
        #expect(user.isActive && user.isVerified)
        let session = try await works.village.signIn("nora")
        #expect(session.principal.memberships.map(\.plantCode) == ["detroit"])
        #expect(session.principal.memberships.map(\.role) == [.engineer])
        await #expect(throws: AccountsError.linkRefused) {
            try await accept(token, account: InvitedAccount(password: Village.password), by: works.village.visitor)
        }
    }

    @Test func `an invitation holds only while whoever sent it may grant the role`() async throws {
        let works = try await Works()
        _ = try await InviteUser(works.environment)("new@example.com", to: "detroit", as: .admin, by: works.admin)
        let token = try works.village.lastToken()
        try await RevokeRole(works.environment)(from: "dana", in: "detroit", by: .commandLine)
        await #expect(throws: AccountsError.linkRefused) { try await InspectInvitation(works.environment)(token) }
        await #expect(throws: AccountsError.linkRefused) {
            try await AcceptInvitation(works.environment)(
                token, account: InvitedAccount(password: Village.password), by: works.village.visitor)
        }
    }

    @Test func `an invitation of an address that somebody else registered goes to whoever reads it`() async throws {
        let works = try await Works()
        _ = try await Register(works.environment)(
            RegistrationForm(email: "new@example.com", password: "the attacker's password"),
            by: works.village.visitor)
        _ = try await InviteUser(works.environment)("new@example.com", to: "detroit", as: .engineer, by: works.admin)
        _ = try await AcceptInvitation(works.environment)(
            try works.village.lastToken(), account: InvitedAccount(password: Village.password),
            by: works.village.visitor)
        await #expect(throws: AccountsError.invalidCredentials) {
            try await works.village.signIn("new@example.com", "the attacker's password")
        }
        _ = try await works.village.signIn("new@example.com")
    }

    @Test func `an existing account gets the invitation's role, but never less than it holds`() async throws {
        let works = try await Works()
        for (role, expected) in [(Role.operator, Role.operator), (.engineer, .engineer), (.operator, .engineer)] {
            _ = try await InviteUser(works.environment)("lea@example.com", to: "detroit", as: role, by: works.admin)
            let token = try works.village.lastToken()
            #expect(try await InspectInvitation(works.environment)(token).makesAccount == false)
            let user = try await AcceptInvitation(works.environment)(token, account: nil, by: works.village.visitor)
            let plant = try await FindPlant(works.environment)("detroit")
            #expect(try await works.village.stores.roles.role(of: user.id, in: plant.id) == expected)
        }
    }

    @Test func `an administrator gives an operator without an address a first password that must be changed`()
        async throws
    {
        let works = try await Works()
        let account = NewAccount(
            username: "otto", password: "first password 1", membership: .init(plant: "detroit", role: .operator))
        await #expect(throws: AccountsError.forbidden) {
            try await CreateUser(works.environment)(account, by: works.neighbour)
        }
        _ = try await CreateUser(works.environment)(account, by: works.admin)
        let refusal = await #expect(throws: AccountsError.self) {
            try await works.village.signIn("otto", "first password 1")
        }
        guard case .passwordChangeRequired(let token) = refusal else { Issue.record("\(refusal as Any)"); return }
        let set = SetFirstPassword(works.environment)
        await #expect(throws: AccountsError.weakPassword(.unchanged)) {
            try await set(token.text, password: "first password 1", by: works.village.visitor)
        }
        try await set(token.text, password: Village.password, by: works.village.visitor)
        #expect(try await works.village.signIn("otto").principal.memberships.map(\.role) == [.operator])
        await #expect(throws: AccountsError.linkRefused) {
            try await set(token.text, password: "yet another password", by: works.village.visitor)
        }
    }

    @Test func `an administrator of a plant sets passwords of people who hold nothing anywhere else`() async throws {
        let works = try await Works()
        let set = SetPassword(works.environment)
        await #expect(throws: AccountsError.notFound(.user)) {
            try await set("another long password", for: "olivia", by: works.neighbour)
        }
        try await set("another long password", for: "olivia", by: works.admin)
        try await GrantRole(works.environment)(.operator, to: "olivia", in: "lyon", by: .commandLine)
        for requester in [works.admin, works.neighbour] {
            await #expect(throws: AccountsError.forbidden) {
                try await set("another long password", for: "olivia", by: requester)
            }
        }
    }

    @Test func `roles are granted and taken away by the plant's own administrators, fresh from the database`()
        async throws
    {
        let works = try await Works()
        let grant = GrantRole(works.environment)
        await #expect(throws: AccountsError.forbidden) {
            try await grant(.engineer, to: "olivia", in: "detroit", by: works.neighbour)
        }
        await #expect(throws: AccountsError.notFound(.user)) {
            try await grant(.engineer, to: "lea", in: "detroit", by: works.admin)
        }
        try await grant(.engineer, to: "olivia", in: "detroit", by: works.admin)
        await #expect(throws: AccountsError.forbidden) {
            try await RevokeRole(works.environment)(from: "olivia", in: "detroit", by: works.neighbour)
        }
        try await RevokeRole(works.environment)(from: "dana", in: "detroit", by: .commandLine)
        await #expect(throws: AccountsError.forbidden) {
            try await grant(.admin, to: "olivia", in: "detroit", by: works.admin)
        }
    }

    @Test func `an API token held to less administers no more than that`() async throws {
        let works = try await Works()
        let held = try #require(works.admin.principal).held(to: RoleCeiling(plant: nil, role: .engineer))
        await #expect(throws: AccountsError.forbidden) {
            try await GrantRole(works.environment)(
                .engineer, to: "olivia", in: "detroit", by: Requester(principal: held))
        }
    }

    @Test func `lists show a plant's administrator their own plant alone`() async throws {
        let works = try await Works()
        let plant = try await FindPlant(works.environment)("detroit")
        let list = ListPeople(works.environment)
        let page = try await list(UserFilter(plant: plant.id), by: works.admin)
        #expect(Set(page.people.map(\.user.username)) == ["dana", "olivia"] && page.total == 2)
        for (filter, requester) in [
            (UserFilter(), works.admin), (UserFilter(plant: plant.id), works.neighbour),
            (UserFilter(plant: plant.id, includesDeleted: true), works.admin),
        ] {
            await #expect(throws: AccountsError.forbidden) { try await list(filter, by: requester) }
        }
        let audit = ListAudit(works.environment)
        #expect(try await !audit(AuditFilter(plant: plant.id), by: works.admin).isEmpty)
        await #expect(throws: AccountsError.forbidden) { try await audit(AuditFilter(), by: works.admin) }
        await #expect(throws: AccountsError.forbidden) {
            try await audit(AuditFilter(plant: plant.id), by: works.neighbour)
        }
    }

    @Test func `only global administrators suspend, activate, delete and restore, and make plants`() async throws {
        let works = try await Works()
        let environment = works.environment
        for requester in [works.admin, works.village.visitor] {
            await #expect(throws: AccountsError.forbidden) { try await SuspendUser(environment)("lea", by: requester) }
            await #expect(throws: AccountsError.forbidden) { try await ActivateUser(environment)("no", by: requester) }
            await #expect(throws: AccountsError.forbidden) { try await DeleteUser(environment)("lea", by: requester) }
            await #expect(throws: AccountsError.forbidden) { try await RestoreUser(environment)("lea", by: requester) }
            await #expect(throws: AccountsError.forbidden) {
                try await CreatePlant(environment)(code: "graz", by: requester)
            }
        }
        let global = try await works.village.user("gabi", email: "gabi@example.com", roles: ["user", "ADMIN"])
        let requester = try await works.village.requester(global)
        try await SuspendUser(environment)("lea", by: requester)
        let event = try #require(try await works.village.events("user.suspended").last)
        #expect(event.actor == global.id && event.ipAddress == "203.0.113.7")
        #expect(event.details["status.before"] == "active" && event.details["status.after"] == "suspended")
    }
}
