import Identity

@testable import Accounts

extension FakeStores: PlantStore {
    func create(code: String, name: String) async throws(StoreError) -> Plant {
        let now = clock.now()
        return try call("plants.create") { state in
            guard !state.plants.values.contains(where: { $0.code == code }) else {
                return .failure(.conflict(field: "code"))
            }
            let plant = Plant(
                id: PlantID(Int32(state.plants.count + 1)), code: code, name: name, isActive: true, createdAt: now,
                updatedAt: now)
            state.plants[plant.id] = plant
            return .success(plant)
        }
    }

    func find(code: String) async throws(StoreError) -> Plant? {
        try call("plants.find") { state in .success(state.plants.values.first { $0.code == code }) }
    }

    func find(id: PlantID) async throws(StoreError) -> Plant? {
        try call("plants.find") { state in .success(state.plants[id]) }
    }

    func list() async throws(StoreError) -> [Plant] {
        try call("plants.list") { state in .success(state.plants.values.sorted { $0.id < $1.id }) }
    }

    func rename(_ id: PlantID, code: String) async throws(StoreError) -> Plant {
        try call("plants.rename") { state in
            state.plants[id]?.code = code
            return state.plants[id].map(Result.success) ?? .failure(.notFound)
        }
    }

    func delete(_ id: PlantID) async throws(StoreError) {
        try call("plants.delete") { state -> Result<Void, StoreError> in
            state.plants.removeValue(forKey: id) == nil ? .failure(.notFound) : .success(())
        }
    }
}

extension FakeStores: RoleStore {
    func grant(
        _ role: Role, to user: UserID, in plant: PlantID, by granter: UserID?, until: Timestamp?
    ) async throws(StoreError) {
        try call("roles.grant") { state in
            state.grants[user, default: [:]][plant] = (role, until, granter)
            return .success(())
        }
    }

    func revoke(from user: UserID, in plant: PlantID) async throws(StoreError) -> Bool {
        try call("roles.revoke") { state in .success(state.grants[user]?.removeValue(forKey: plant) != nil) }
    }

    func role(of user: UserID, in plant: PlantID) async throws(StoreError) -> Role? {
        try call("roles.role") { state in .success(state.grants[user]?[plant]?.role) }
    }

    func memberships(of user: UserID) async throws(StoreError) -> [PlantMembership] {
        try await list(user: user, plant: nil).map(\.membership)
    }

    func list(user: UserID?, plant: PlantID?) async throws(StoreError) -> [RoleGrant] {
        try call("roles.list") { state in
            var grants: [RoleGrant] = []
            for (holder, roles) in state.grants where user == nil || holder == user {
                for (place, grant) in roles where plant == nil || place == plant {
                    guard let account = state.accounts[holder], let plant = state.plants[place] else { continue }
                    let membership = PlantMembership(
                        plantID: place, plantCode: plant.code, plantName: plant.name, role: grant.role,
                        expiresAt: grant.until)
                    grants.append(
                        RoleGrant(
                            userID: holder, username: account.user.username, email: account.user.email,
                            membership: membership, grantedBy: grant.by))
                }
            }
            return .success(grants)
        }
    }

    func principal(of user: UserID) async throws(StoreError) -> Principal? {
        let memberships = try await memberships(of: user)
        return try call("roles.principal") { state in
            guard let user = state.account(where: { $0.id == user && $0.status == .active })?.user else {
                return .success(nil)
            }
            return .success(
                Principal(
                    userID: user.id, username: user.username, email: user.email, name: user.name,
                    globalRoles: user.roles, memberships: memberships))
        }
    }
}
