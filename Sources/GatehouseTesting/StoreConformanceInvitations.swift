import Identity

extension StoreConformance {
    /// Offers of a role: each belongs to one plant, and is repeated from another one.
    static let invitations = [
        Check("an invitation is found by its token and good once") { stores in
            let plant = try await stores.plants.create(code: "one", name: "One")
            let inviter = try await stores.activeUser("inviter")
            let moment = now()
            let sent = try await stores.invite("anna@example.com", plant, by: inviter.id, token: 1, at: moment)
            try equal(sent.plantCode, "one")
            try equal(sent.plantName, "One")
            try equal(sent.role, .engineer)
            try equal(sent.invitedBy, inviter.id)
            try equal(try await stores.invitations.find(hash(1), at: moment), sent)
            try none(try await stores.invitations.find(hash(2), at: moment))
            try none(try await stores.invitations.find(hash(1), at: moment + hour))
            try none(try await stores.invitations.accept(hash(1), at: moment + hour))
            try equal(try await stores.invitations.accept(hash(1), at: moment), sent)
            try none(try await stores.invitations.accept(hash(1), at: moment))
            try none(try await stores.invitations.find(hash(1), at: moment))
            try equal(try await stores.invitations.list(plant: plant.id, at: moment), [])
        },
        Check("of fifty who accept one invitation at once, one succeeds") { stores in
            let plant = try await stores.plants.create(code: "one", name: "One")
            let moment = now()
            _ = try await stores.invite("anna@example.com", plant, token: 1, at: moment)
            let successes = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 {
                    group.addTask { try await stores.invitations.accept(hash(1), at: moment) != nil }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try equal(successes, 1)
        },
        Check("an invitation is listed and taken back in its own plant alone") { stores in
            let (one, two) = (
                try await stores.plants.create(code: "one", name: "One"),
                try await stores.plants.create(code: "two", name: "Two")
            )
            let moment = now()
            let first = try await stores.invite("anna@example.com", one, token: 1, at: moment)
            let second = try await stores.invite("anna@example.com", two, token: 2, at: moment)
            try equal(try await stores.invitations.list(plant: one.id, at: moment), [first])
            try equal(try await stores.invitations.list(plant: two.id, at: moment), [second])
            try none(try await stores.invitations.revoke(first.id, plant: two.id, at: moment))
            try some(try await stores.invitations.find(hash(1), at: moment))
            try equal(try await stores.invitations.revoke(first.id, plant: one.id, at: moment), first)
            try none(try await stores.invitations.revoke(first.id, plant: one.id, at: moment))
            try none(try await stores.invitations.find(hash(1), at: moment))
            try none(try await stores.invitations.accept(hash(1), at: moment))
            try some(try await stores.invitations.find(hash(2), at: moment))
        },
        Check("of two invitations of one address to one plant, the last one counts") { stores in
            let plant = try await stores.plants.create(code: "one", name: "One")
            let moment = now()
            _ = try await stores.invite("anna@example.com", plant, token: 1, at: moment)
            let last = try await stores.invite("ANNA@example.com", plant, token: 2, at: moment + .seconds(1))
            try none(try await stores.invitations.find(hash(1), at: moment))
            try equal(try await stores.invitations.list(plant: plant.id, at: moment), [last])
        },
        Check("an invitation to a plant that is closed, deleted or never was opens nothing") { stores in
            let plant = try await stores.plants.create(code: "one", name: "One")
            let moment = now()
            _ = try await stores.invite("anna@example.com", plant, token: 1, at: moment)
            try await stores.setPlantActive(plant.id, false)
            try none(try await stores.invitations.find(hash(1), at: moment))
            try none(try await stores.invitations.accept(hash(1), at: moment))
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.invite("ben@example.com", plant, token: 2, at: moment)
            }
            try await stores.plants.delete(plant.id)
            try none(try await stores.invitations.accept(hash(1), at: moment))
        },
    ]
}

extension StoreConformance.Stores {
    fileprivate func invite(
        _ email: String, _ plant: Plant, by inviter: UserID? = nil, token: UInt64, at moment: Timestamp
    ) async throws(StoreError) -> Invitation {
        try await invitations.create(
            NewInvitation(
                email: email, plantID: plant.id, role: .engineer, roleUntil: moment + StoreConformance.hour,
                invitedBy: inviter, token: StoreConformance.hash(token), expiresAt: moment + StoreConformance.hour),
            at: moment)
    }
}
