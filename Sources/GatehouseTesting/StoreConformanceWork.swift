import Identity

extension StoreConformance {
    /// Units of work.
    static let unitsOfWork = [
        Check("all of a unit of work takes effect, or none") { stores in
            let user = try await stores.work.perform { unit throws(StoreError) in
                let user = try await unit.users.create(NewUser(username: "anna", email: nil, status: .active))
                try await unit.audit.append(
                    AuditEvent(at: now(), event: "user.created", actor: nil, subject: user.id))
                return user
            }
            try equal(try await stores.users.find(id: user.id), user)
            try equal(try await stores.audit.list(limit: 10).map(\.event), ["user.created"])
            try await fails(.refused("no")) { () async throws(StoreError) in
                try await stores.work.perform { unit throws(StoreError) in
                    let plant = try await unit.plants.create(code: "one", name: "One")
                    try await unit.roles.grant(.admin, to: user.id, in: plant.id, by: nil, until: nil)
                    try await unit.audit.append(
                        AuditEvent(at: now(), event: "plant.created", actor: nil, subject: nil))
                    throw .refused("no")
                }
            }
            try equal(try await stores.plants.list(), [])
            try equal(try await stores.audit.list(limit: 10).count, 1)
        },
        Check("a unit of work that breaks a rule is undone from its beginning") { stores in
            _ = try await stores.activeUser("anna")
            try await fails(.conflict(field: "username")) { () async throws(StoreError) in
                try await stores.work.perform { unit throws(StoreError) in
                    _ = try await unit.users.create(NewUser(username: "ben", email: nil))
                    return try await unit.users.create(NewUser(username: "ANNA", email: nil))
                }
            }
            try none(try await stores.users.find(username: "ben"))
        },
        Check("units of work see what they wrote, and nobody else does before the end") { stores in
            let user = try await stores.activeUser("anna")
            _ = try await stores.work.perform { unit throws(StoreError) in
                _ = try await unit.users.update(user.id, [.name("Anna")])
                let inside = try await unit.users.find(id: user.id)?.name
                // Somebody else's task: one that is within a unit of work asks no other store.
                let outside = await Task.detached { try? await stores.users.find(id: user.id)?.name }.value
                if inside != "Anna" || outside != nil { throw .refused("\(inside ?? "-") \(outside ?? "-")") }
                return try await unit.users.lock(user.id)
            }
            try equal(try await stores.users.find(id: user.id)?.name, "Anna")
        },
        Check("fifty units of work that add to one account at once lose nothing") { stores in
            let user = try await stores.activeUser("anna")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try await stores.work.perform { unit throws(StoreError) in
                            guard let before = try await unit.users.lock(user.id) else { throw .notFound }
                            _ = try await unit.users.update(user.id, [.roles(before.roles + ["r\(number)"])])
                        }
                    }
                }
                try await group.waitForAll()
            }
            try equal(try await stores.users.find(id: user.id)?.roles.count, 51)
        },
    ]
}
