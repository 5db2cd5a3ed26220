package import Identity

/// Roles in plants, in memory.
package struct MemoryRoleStore: RoleStore {
    let database: MemoryDatabase

    package func grant(
        _ role: Role, to user: UserID, in plant: PlantID, by granter: UserID?, until: Timestamp?
    ) async throws(StoreError) {
        try database.transaction { tables, _ throws(StoreError) in
            guard let row = tables.users[user], row.user.deletedAt == nil, tables.plants[plant] != nil,
                granter.map({ tables.users[$0] != nil }) ?? true
            else { throw .notFound }
            tables.grants[MemoryTables.GrantKey(user: user, plant: plant)] = MemoryTables.Grant(
                role: role, grantedBy: granter, expiresAt: until)
        }
    }

    package func revoke(from user: UserID, in plant: PlantID) async throws(StoreError) -> Bool {
        try database.transaction { tables, _ in
            tables.grants.removeValue(forKey: MemoryTables.GrantKey(user: user, plant: plant)) != nil
        }
    }

    package func role(of user: UserID, in plant: PlantID) async throws(StoreError) -> Role? {
        try await memberships(of: user).first { $0.plantID == plant }?.role
    }

    package func memberships(of user: UserID) async throws(StoreError) -> [PlantMembership] {
        try database.look { tables, now in
            tables.users[user]?.user.deletedAt == nil ? tables.memberships(of: user, at: now) : []
        }
    }

    package func list(user: UserID?, plant: PlantID?) async throws(StoreError) -> [RoleGrant] {
        try database.look { tables, _ in
            tables.grants.compactMap { key, grant -> RoleGrant? in
                guard user.map({ $0 == key.user }) ?? true, plant.map({ $0 == key.plant }) ?? true,
                    let holder = tables.users[key.user]?.user, holder.deletedAt == nil,
                    let plant = tables.plants[key.plant]
                else { return nil }
                return RoleGrant(
                    userID: holder.id, username: holder.username, email: holder.email,
                    membership: PlantMembership(
                        plantID: plant.id, plantCode: plant.code, plantName: plant.name, role: grant.role,
                        expiresAt: grant.expiresAt),
                    grantedBy: grant.grantedBy)
            }.sorted {
                ($0.membership.plantID, $0.userID.description) < ($1.membership.plantID, $1.userID.description)
            }
        }
    }

    package func principal(of user: UserID) async throws(StoreError) -> Principal? {
        try database.look { tables, now in
            guard let user = tables.users[user]?.user, user.isActive else { return nil }
            return tables.principal(user, at: now)
        }
    }
}
