import Identity
import Testing

@Suite struct RoleTests {
    @Test func `the ladder goes operator, supervisor, engineer, admin`() {
        #expect(Role.allCases.sorted() == [.operator, .supervisor, .engineer, .admin])
        #expect(Role.admin > .operator)
    }

    @Test(arguments: Role.allCases)
    func `a role's name leads back to it`(role: Role) { #expect(Role(role.description) == role) }

    @Test(arguments: ["", "Operator", "ADMIN", "admin ", "owner", "admin\0", "оperator"])
    func `another spelling is no role`(name: String) { #expect(Role(name) == nil) }

    @Test func `a principal's memberships are in the order of plants`() {
        let memberships = [3, 1, 2].map {
            PlantMembership(plantID: PlantID($0), plantCode: "p\($0)", plantName: "", role: .operator)
        }
        let principal = Principal(
            userID: UserID(UUID128(high: 1, low: 2)), username: "anna", email: nil, name: nil, globalRoles: [],
            memberships: memberships)
        #expect(principal.memberships.map(\.plantID.value) == [1, 2, 3])
    }

    @Test func `a deleted user is not active`() {
        let now = Timestamp(seconds: 0)
        var user = User(
            id: UserID(UUID128(high: 1, low: 2)), username: "anna", email: nil, status: .active, createdAt: now,
            updatedAt: now)
        #expect(user.isActive)
        user.deletedAt = now
        #expect(!user.isActive)
        user.deletedAt = nil
        user.status = .suspended
        #expect(!user.isActive)
    }
}
