import Identity

extension StoreConformance {
    /// Plants, and who holds what in them.
    static let plants = [
        Check("a plant is active from the beginning and found by its exact code or its id") { stores in
            let plant = try await stores.plants.create(code: "detroit", name: "Detroit Assembly")
            try expect(plant.isActive)
            try equal(try await stores.plants.find(code: "detroit"), plant)
            try equal(try await stores.plants.find(id: plant.id), plant)
            for other in ["Detroit", "detroit ", "detroi", "%", ""] {
                try none(try await stores.plants.find(code: other))
            }
            try none(try await stores.plants.find(id: PlantID(plant.id.value + 1)))
        },
        Check("a plant's code is unique, and has a form that no id and no path can have") { stores in
            let plant = try await stores.plants.create(code: "d-1_A", name: "x")
            let other = try await stores.plants.create(code: "other", name: "y")
            try await fails(.conflict(field: "code")) { () async throws(StoreError) in
                try await stores.plants.create(code: "d-1_A", name: "z")
            }
            try await fails(.conflict(field: "code")) { () async throws(StoreError) in
                try await stores.plants.rename(other.id, code: "d-1_A")
            }
            for code in ["7", "0012", "", "a b", "a/b", "..", "-a", "é", "a\n", String(repeating: "c", count: 51)] {
                try await refuses { () async throws(StoreError) in
                    try await stores.plants.create(code: code, name: "x")
                }
                try await refuses { () async throws(StoreError) in
                    try await stores.plants.rename(plant.id, code: code)
                }
            }
            try await refuses { () async throws(StoreError) in try await stores.plants.create(code: "named", name: "") }
            try await refuses { () async throws(StoreError) in
                try await stores.plants.create(code: "named", name: String(repeating: "n", count: 101))
            }
        },
        Check("renaming a plant changes its code alone, and no other plant") { stores in
            let plant = try await stores.plants.create(code: "old", name: "Old Works")
            let other = try await stores.plants.create(code: "other", name: "Other")
            let renamed = try await stores.plants.rename(plant.id, code: "new")
            try equal(renamed.code, "new")
            try equal(renamed.name, "Old Works")
            try none(try await stores.plants.find(code: "old"))
            try equal(try await stores.plants.list(), [renamed, other])
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.plants.rename(PlantID(9_999), code: "nowhere")
            }
        },
        Check("deleting a plant takes its roles with it and leaves those of other plants; its id never comes back") {
            stores in
            let user = try await stores.activeUser("ada")
            let plant = try await stores.plants.create(code: "one", name: "One")
            let other = try await stores.plants.create(code: "two", name: "Two")
            for id in [plant.id, other.id] {
                try await stores.roles.grant(.operator, to: user.id, in: id, by: nil, until: nil)
            }
            try await stores.plants.delete(plant.id)
            try none(try await stores.plants.find(id: plant.id))
            try equal(try await stores.roles.memberships(of: user.id).map(\.plantID), [other.id])
            try await fails(.notFound) { () async throws(StoreError) in try await stores.plants.delete(plant.id) }
            try await stores.plants.delete(other.id)
            let next = try await stores.plants.create(code: "one", name: "Another")
            try expect(next.id != plant.id && next.id != other.id)
            try equal(try await stores.roles.list(user: nil, plant: next.id), [])
        },
    ]

    static let roles = [
        Check("a user has one role in a plant: granting again replaces it") { stores in
            let user = try await stores.activeUser("ada")
            let admin = try await stores.activeUser("boss")
            let plant = try await stores.plants.create(code: "detroit", name: "Detroit")
            try none(try await stores.roles.role(of: user.id, in: plant.id))
            for role in Role.allCases {
                try await stores.roles.grant(role, to: user.id, in: plant.id, by: admin.id, until: nil)
                try equal(try await stores.roles.role(of: user.id, in: plant.id), role)
            }
            let expected = PlantMembership(
                plantID: plant.id, plantCode: "detroit", plantName: "Detroit", role: .admin)
            try equal(try await stores.roles.memberships(of: user.id), [expected])
            try equal(
                try await stores.roles.list(user: user.id, plant: nil),
                [RoleGrant(userID: user.id, username: "ada", email: nil, membership: expected, grantedBy: admin.id)])
        },
        Check("a role in one plant is nothing in another, and nothing to another user") { stores in
            let user = try await stores.activeUser("ada")
            let other = try await stores.activeUser("bob")
            let here = try await stores.plants.create(code: "here", name: "Here")
            let there = try await stores.plants.create(code: "there", name: "There")
            try await stores.roles.grant(.admin, to: user.id, in: here.id, by: nil, until: nil)
            try none(try await stores.roles.role(of: user.id, in: there.id))
            try none(try await stores.roles.role(of: other.id, in: here.id))
            try equal(try await stores.roles.memberships(of: other.id), [])
            try equal(try await stores.roles.list(user: user.id, plant: there.id), [])
            try equal(try await stores.roles.list(user: other.id, plant: nil), [])
            try equal(try await stores.roles.list(user: nil, plant: there.id), [])
            try equal(try await stores.roles.principal(of: other.id)?.memberships, [])
            // Taking a role away in another plant, or from another user, takes nothing away.
            try expect(try await !stores.roles.revoke(from: user.id, in: there.id))
            try expect(try await !stores.roles.revoke(from: other.id, in: here.id))
            try equal(try await stores.roles.role(of: user.id, in: here.id), .admin)
            try expect(try await stores.roles.revoke(from: user.id, in: here.id))
            try none(try await stores.roles.role(of: user.id, in: here.id))
            try expect(try await !stores.roles.revoke(from: user.id, in: here.id))
        },
        Check("lists show the grants of all, of one user, of one plant, or of both") { stores in
            let users = [try await stores.activeUser("ada"), try await stores.activeUser("bob")]
            let plants = [
                try await stores.plants.create(code: "p1", name: "P1"),
                try await stores.plants.create(code: "p2", name: "P2"),
            ]
            for user in users {
                for plant in plants {
                    try await stores.roles.grant(.engineer, to: user.id, in: plant.id, by: nil, until: nil)
                }
            }
            try equal(try await stores.roles.list(user: nil, plant: nil).count, 4)
            try equal(
                try await stores.roles.list(user: users[0].id, plant: nil).map(\.membership.plantCode), ["p1", "p2"])
            let ofPlant = try await stores.roles.list(user: nil, plant: plants[1].id)
            try equal(Set(ofPlant.map(\.username)), ["ada", "bob"])
            try equal(Set(ofPlant.map(\.membership.plantID)), [plants[1].id])
            try equal(try await stores.roles.list(user: users[1].id, plant: plants[0].id).map(\.username), ["bob"])
        },
        Check("a grant ends by itself: then it is listed, and counts for nothing") { stores in
            let user = try await stores.activeUser("temp")
            let past = try await stores.plants.create(code: "past", name: "Past")
            let future = try await stores.plants.create(code: "future", name: "Future")
            let end = Timestamp(microseconds: now().microseconds / 1_000_000 * 1_000_000 + 3_600_000_001)
            try await stores.roles.grant(.admin, to: user.id, in: past.id, by: nil, until: now() - hour)
            try await stores.roles.grant(.operator, to: user.id, in: future.id, by: nil, until: end)
            try none(try await stores.roles.role(of: user.id, in: past.id))
            try equal(try await stores.roles.memberships(of: user.id).map(\.plantCode), ["future"])
            try equal(try await stores.roles.principal(of: user.id)?.memberships.map(\.expiresAt), [end])
            try equal(try await stores.roles.list(user: user.id, plant: nil).count, 2)
            try await stores.roles.grant(.admin, to: user.id, in: past.id, by: nil, until: nil)
            try equal(try await stores.roles.role(of: user.id, in: past.id), .admin)
        },
        Check("a role in an inactive plant counts for nothing until the plant is active again") { stores in
            let user = try await stores.activeUser("ada")
            let plant = try await stores.plants.create(code: "closed", name: "Closed")
            try await stores.roles.grant(.admin, to: user.id, in: plant.id, by: nil, until: nil)
            try await stores.setPlantActive(plant.id, false)
            try none(try await stores.roles.role(of: user.id, in: plant.id))
            try equal(try await stores.roles.memberships(of: user.id), [])
            try equal(try await stores.roles.principal(of: user.id)?.memberships, [])
            try await stores.setPlantActive(plant.id, true)
            try equal(try await stores.roles.role(of: user.id, in: plant.id), .admin)
        },
        Check("a role is granted by and to somebody who exists, in a plant that exists") { stores in
            let user = try await stores.activeUser("ada")
            let plant = try await stores.plants.create(code: "p1", name: "P1")
            let nobody = UserID(UUID128(high: 3, low: 4))
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.roles.grant(.admin, to: nobody, in: plant.id, by: nil, until: nil)
            }
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.roles.grant(.admin, to: user.id, in: PlantID(9_999), by: nil, until: nil)
            }
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.roles.grant(.admin, to: user.id, in: plant.id, by: nobody, until: nil)
            }
            try none(try await stores.roles.principal(of: nobody))
            try await stores.users.delete(user.id)
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.roles.grant(.admin, to: user.id, in: plant.id, by: nil, until: nil)
            }
        },
        Check("a deleted user's roles are hidden, and come back with them") { stores in
            let user = try await stores.activeUser("ada")
            let plant = try await stores.plants.create(code: "p1", name: "P1")
            try await stores.roles.grant(.engineer, to: user.id, in: plant.id, by: nil, until: nil)
            try await stores.users.delete(user.id)
            try equal(try await stores.roles.list(user: nil, plant: plant.id), [])
            try equal(try await stores.roles.memberships(of: user.id), [])
            try none(try await stores.roles.role(of: user.id, in: plant.id))
            _ = try await stores.users.restore("ada")
            try equal(try await stores.roles.role(of: user.id, in: plant.id), .engineer)
        },
        Check("a principal is an active user with global roles and memberships in the order of plants") { stores in
            let user = try await stores.activeUser("ada", email: "Ada@Example.com", roles: ["ADMIN", "user"])
            var ids: [PlantID] = []
            for code in ["p1", "p2", "p3"] {
                ids.append(try await stores.plants.create(code: code, name: "Plant \(code)").id)
            }
            for (id, role) in zip(ids.reversed(), [Role.admin, .supervisor, .operator]) {
                try await stores.roles.grant(role, to: user.id, in: id, by: nil, until: nil)
            }
            let principal = try some(try await stores.roles.principal(of: user.id))
            try equal(principal.userID, user.id)
            try equal(principal.username, "ada")
            try equal(principal.email, "Ada@Example.com")
            try equal(principal.globalRoles, ["ADMIN", "user"])
            try equal(principal.memberships.map(\.plantID), ids)
            try equal(principal.memberships.map(\.role), [.operator, .supervisor, .admin])
            try equal(principal.memberships.map(\.plantName), ["Plant p1", "Plant p2", "Plant p3"])
            _ = try await stores.users.setStatus(user.id, .suspended)
            try none(try await stores.roles.principal(of: user.id))
        },
    ]
}
