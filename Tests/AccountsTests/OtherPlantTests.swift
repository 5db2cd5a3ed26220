import GatehouseTesting
import Identity
import Testing

@testable import Accounts

/// What an administrator does in a plant, tried from another one: by its administrator, by somebody who was one, and by
/// people who hold lesser roles. It must fail, tell nothing, and change nothing.
@Suite struct OtherPlantTests {
    /// One operation on Detroit or on somebody who works there alone.
    struct Operation: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Answers with what it told, for a look at whether it was too much.
        let run: @Sendable (AccountsEnvironment, Detroit, Requester) async throws -> Void

        init(_ name: String, _ run: @escaping @Sendable (AccountsEnvironment, Detroit, Requester) async throws -> Void)
        {
            testDescription = name
            self.run = run
        }
    }

    /// What stands in Detroit.
    struct Detroit: Sendable {
        let plant: Plant
        let invitation: Invitation
        let session: SessionID
    }

    private static let operations: [Operation] = [
        Operation("invite") { try await InviteUser($0)("new@example.com", to: "detroit", as: .operator, by: $2) },
        Operation("list invitations") { _ = try await ListInvitations($0)(to: "detroit", by: $2) },
        Operation("list who holds a role") { _ = try await ListRoles($0)(plant: "detroit", by: $2) },
        Operation("list somebody's roles") { _ = try await ListRoles($0)(user: "olivia", by: $2) },
        Operation("list somebody's roles in the plant") {
            _ = try await ListRoles($0)(user: "olivia", plant: "detroit", by: $2)
        },
        Operation("list somebody's sessions") { _ = try await ListSessions($0)(of: "olivia", by: $2) },
        Operation("list all accounts") { _ = try await ListUsers($0)(by: $2) },
        Operation("take an invitation back") {
            try await RevokeInvitation($0)($1.invitation.id, to: "detroit", by: $2)
        },
        Operation("take an invitation back as if it were their own") {
            try await RevokeInvitation($0)($1.invitation.id, to: "lyon", by: $2)
        },
        Operation("grant a role") { try await GrantRole($0)(.admin, to: "olivia", in: "detroit", by: $2) },
        Operation("grant a role by the plant's id") {
            try await GrantRole($0)(.admin, to: "olivia", in: "\($1.plant.id)", by: $2)
        },
        Operation("grant themselves a role") { try await GrantRole($0)(.operator, to: "lea", in: "detroit", by: $2) },
        Operation("take a role away") { try await RevokeRole($0)(from: "olivia", in: "detroit", by: $2) },
        Operation("draw somebody over into their own plant") {
            try await GrantRole($0)(.operator, to: "olivia", in: "lyon", by: $2)
        },
        Operation("make an account") {
            let account = NewAccount(username: "eve", membership: .init(plant: "detroit"))
            _ = try await CreateUser($0)(account, by: $2)
        },
        Operation("make an account with a global role") {
            let account = NewAccount(username: "eve", roles: ["user", "ADMIN"], membership: .init(plant: "lyon"))
            _ = try await CreateUser($0)(account, by: $2)
        },
        Operation("set a password") { try await SetPassword($0)("another long password", for: "olivia", by: $2) },
        Operation("list people") { _ = try await ListPeople($0)(UserFilter(plant: $1.plant.id), by: $2) },
        Operation("list everybody") { _ = try await ListPeople($0)(UserFilter(text: "olivia"), by: $2) },
        Operation("read the audit log") { _ = try await ListAudit($0)(AuditFilter(plant: $1.plant.id), by: $2) },
        Operation("read the whole audit log") { _ = try await ListAudit($0)(AuditFilter(), by: $2) },
        Operation("rename the plant") { _ = try await RenamePlant($0)("detroit", to: "lyon-2", by: $2) },
        Operation("delete the plant") { try await DeletePlant($0)("detroit", by: $2) },
        Operation("suspend") { try await SuspendUser($0)("olivia", by: $2) },
        Operation("activate") { try await ActivateUser($0)("olivia", by: $2) },
        Operation("delete somebody") { try await DeleteUser($0)("olivia", by: $2) },
        Operation("restore somebody") { try await RestoreUser($0)("olivia", by: $2) },
        Operation("end a session") { try await RevokeSession($0)($1.session, by: $2) },
        Operation("end all sessions") { try await RevokeAllSessions($0)(of: "olivia", by: $2) },
        Operation("make a session") { _ = try await CreateSession($0)(for: "olivia", by: $2) },
    ]

    /// Who tries.
    enum Stranger: String, CaseIterable, Sendable {
        case administratorOfAnotherPlant, engineerHere, formerAdministrator, suspendedAdministrator, visitor
        case tokenForAnotherPlant
    }

    private struct Works {
        let village: Village
        let detroit: Detroit
        let strangers: [Stranger: Requester]

        init() async throws {
            let village = Village()
            let plant = try await village.plant("detroit")
            let lyon = try await village.plant("lyon")
            func person(_ name: String, _ plant: String, _ role: Role) async throws -> Requester {
                let user = try await village.user(
                    name, email: "\(name)@example.com", in: .init(plant: plant, role: role))
                return try await village.requester(user)
            }
            let dana = try await person("dana", "detroit", .admin)
            _ = try await person("olivia", "detroit", .operator)
            let former = try await person("fred", "detroit", .admin)
            try await RevokeRole(village.environment)(from: "fred", in: "detroit", by: .commandLine)
            let suspended = try await person("sam", "detroit", .admin)
            _ = try await SuspendUser(village.environment)("sam", by: .commandLine)
            let principal = try #require(dana.principal)
            strangers = [
                .administratorOfAnotherPlant: try await person("lea", "lyon", .admin),
                .engineerHere: try await person("erik", "detroit", .engineer),
                // Their sessions may not know yet.
                .formerAdministrator: former, .suspendedAdministrator: suspended,
                .visitor: village.visitor,
                .tokenForAnotherPlant: Requester(principal: principal.held(to: RoleCeiling(plant: lyon.id, role: nil))),
            ]
            self.village = village
            detroit = Detroit(
                plant: plant,
                invitation: try await InviteUser(village.environment)(
                    "guest@example.com", to: "detroit", as: .operator, by: dana),
                session: try await village.signIn("olivia").sessionID)
        }

        /// All that could have been changed.
        func everything() async throws -> [String] {
            let stores = village.stores
            let now = village.clock.now()
            var all: [String] = []
            for plant in try await stores.plants.list() {
                all.append("\(plant)")
                all += try await stores.invitations.list(plant: plant.id, at: now).map { "\($0)" }
            }
            all += try await stores.roles.list(user: nil, plant: nil).map { "\($0)" }.sorted()
            let people = try await stores.users.list(UserFilter(includesDeleted: true, limit: 1_000))
            for person in people {
                all.append("\(person)")
                all += try await stores.sessions.list(of: person.user.id).map { "\($0)" }
                all += [try await stores.users.credentials(of: person.user.id, from: nil)?.passwordHash ?? ""]
            }
            return all + village.mails.map(\.recipient) + (try await village.events().map(\.event))
        }
    }

    @Test(arguments: operations, Stranger.allCases)
    func `no administration of a plant works from another one`(operation: Operation, stranger: Stranger) async throws {
        let works = try await Works()
        let requester = try #require(works.strangers[stranger])
        let before = try await works.everything()
        let error = await #expect(throws: AccountsError.self) {
            try await operation.run(works.village.environment, works.detroit, requester)
        }
        // Which of both depends on the stranger alone, never on whether what they name is there.
        #expect(error == .forbidden || error == .notFound(.user) || error == .notFound(.invitation))
        #expect(try await works.everything() == before)
    }

    @Test func `what is not there answers like what is another plant's`() async throws {
        let works = try await Works()
        let lea = try #require(works.strangers[.administratorOfAnotherPlant])
        let environment = works.village.environment
        for plant in ["detroit", "\(works.detroit.plant.id)", "nowhere", "4711"] {
            await #expect(throws: AccountsError.forbidden) {
                try await ListInvitations(environment)(to: plant, by: lea)
            }
            await #expect(throws: AccountsError.forbidden) {
                try await GrantRole(environment)(.operator, to: "lea", in: plant, by: lea)
            }
        }
        for person in ["olivia", "olivia@example.com", "nobody", "nobody@example.com"] {
            await #expect(throws: AccountsError.notFound(.user)) {
                try await GrantRole(environment)(.operator, to: person, in: "lyon", by: lea)
            }
            await #expect(throws: AccountsError.notFound(.user)) {
                try await SetPassword(environment)("another long password", for: person, by: lea)
            }
        }
        for id in [works.detroit.invitation.id, InvitationID(UUID128(high: 7, low: 7))] {
            await #expect(throws: AccountsError.notFound(.invitation)) {
                try await RevokeInvitation(environment)(id, to: "lyon", by: lea)
            }
        }
    }

    @Test func `a person's own token, cookie or link is of no use to their neighbour`() async throws {
        let works = try await Works()
        let village = works.village
        let olivia = try await village.signIn("olivia")
        let lea = try await village.signIn("lea")
        await #expect(throws: AccountsError.notFound(.session)) {
            try await RevokeOwnSession(village.environment)(olivia.sessionID, of: lea, by: village.visitor)
        }
        let mine = try await CreateAPIToken(village.environment)(
            APITokenWish(name: "robot"), of: olivia, by: village.visitor)
        await #expect(throws: AccountsError.notFound(.apiToken)) {
            try await RevokeAPIToken(village.environment)(mine.record.id, of: lea, by: village.visitor)
        }
        #expect(try await ListAPITokens(village.environment)(lea).isEmpty)
        #expect(try await ListOwnSessions(village.environment)(lea).map(\.session.id) == [lea.sessionID])
        #expect(try await ShowOwnAccount(village.environment)(of: lea).memberships.map(\.plantCode) == ["lyon"])
    }
}
