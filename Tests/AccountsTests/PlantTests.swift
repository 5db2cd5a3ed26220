import Identity
import Testing

@testable import Accounts

@Suite struct PlantTests {
    @Test func `a plant is found by code and id, renamed and deleted`() async throws {
        let house = House()
        let plant = try await CreatePlant(house.environment)(code: "detroit", name: "Detroit works", by: .commandLine)
        let find = FindPlant(house.environment)
        #expect(try await find("detroit") == plant)
        #expect(try await find(plant.id.description) == plant)
        for reference in ["", "Detroit", "99", "-1", "99999999999", "detroit\0", "0"] {
            await #expect(throws: AccountsError.notFound(.plant)) { try await find(reference) }
        }
        let renamed = try await RenamePlant(house.environment)("detroit", to: "motown", by: .commandLine)
        #expect(renamed.id == plant.id && renamed.code == "motown")
        try await DeletePlant(house.environment)("motown", by: .commandLine)
        #expect(try await ListPlants(house.environment)().isEmpty)
        #expect(house.stores.events.map(\.event) == ["plant.created", "plant.renamed", "plant.deleted"])
        #expect(
            house.stores.events[1].details == [
                "code.before": "detroit", "code.after": "motown", "channel": "command_line",
            ])
    }

    @Test func `a plant without a name is called by its code`() async throws {
        let house = House()
        #expect(try await CreatePlant(house.environment)(code: "detroit", by: .commandLine).name == "detroit")
        await #expect(throws: AccountsError.conflict(field: "code")) {
            try await CreatePlant(house.environment)(code: "detroit", by: .commandLine)
        }
    }

    @Test(arguments: [
        "", "1", "007", "a/b", "a b", "..", "a.b", "é", "a%2f", "-a", "a\n", "a\0", String(repeating: "a", count: 51),
    ])
    func `CVE-2026-73551: a plant's code has one reading in every URL, and none as an id`(code: String) async throws {
        let house = House()
        let error = await #expect(throws: AccountsError.self) {
            try await CreatePlant(house.environment)(code: code, by: .commandLine)
        }
        #expect(error?.code == "invalid_input")
        _ = try await CreatePlant(house.environment)(code: "detroit", by: .commandLine)
        await #expect(throws: AccountsError.self) {
            try await RenamePlant(house.environment)("detroit", to: code, by: .commandLine)
        }
    }

    @Test func `a role is granted, replaced, listed and taken away`() async throws {
        let house = House()
        let user = try await CreateUser(house.environment)(
            NewAccount(username: "anna", email: "anna@example.com", roles: ["ADMIN"]), by: .commandLine)
        try await house.user("berta", password: nil)
        let admin = Requester(
            principal: Principal(
                userID: user.id, username: "anna", email: nil, name: nil, globalRoles: ["ADMIN"], memberships: []))
        for code in ["detroit", "flint"] { _ = try await CreatePlant(house.environment)(code: code, by: .commandLine) }
        let grant = GrantRole(house.environment)
        try await grant(.operator, to: "anna", in: "detroit", by: admin)
        try await grant(.engineer, to: "anna@example.com", in: "1", by: admin)
        try await grant(.admin, to: "berta", in: "flint", until: house.clock.now() + .seconds(60), by: .commandLine)

        let list = ListRoles(house.environment)
        #expect(try await list(by: .commandLine).count == 2)
        #expect(try await list(plant: "flint", by: .commandLine).map(\.username) == ["berta"])
        let annas = try await list(user: "anna", by: .commandLine)
        #expect(annas.map(\.membership.role) == [.engineer] && annas.first?.grantedBy == user.id)

        try await RevokeRole(house.environment)(from: "anna", in: "detroit", by: admin)
        await #expect(throws: AccountsError.notFound(.role)) {
            try await RevokeRole(house.environment)(from: "anna", in: "detroit", by: admin)
        }
        let events = house.stores.events.filter { $0.event.hasPrefix("role.") }
        #expect(events.map(\.event) == ["role.granted", "role.granted", "role.granted", "role.revoked"])
        #expect(
            events[1].details["role.after"] == "engineer" && events[1].plant == PlantID(1) && events[1].actor == user.id
        )
    }

    @Test func `a grant needs a user, a plant and an end to come`() async throws {
        let house = House()
        try await house.user(password: nil)
        _ = try await CreatePlant(house.environment)(code: "detroit", by: .commandLine)
        let grant = GrantRole(house.environment)
        await #expect(throws: AccountsError.notFound(.user)) {
            try await grant(.admin, to: "nobody", in: "detroit", by: .commandLine)
        }
        await #expect(throws: AccountsError.notFound(.plant)) {
            try await grant(.admin, to: "anna", in: "nowhere", by: .commandLine)
        }
        let error = await #expect(throws: AccountsError.self) {
            try await grant(.admin, to: "anna", in: "detroit", until: house.clock.now(), by: .commandLine)
        }
        #expect(error?.code == "invalid_input")
    }
}
