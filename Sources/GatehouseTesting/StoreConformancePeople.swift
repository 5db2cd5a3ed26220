import Identity

extension StoreConformance {
    /// Registration, lists of people, and what an account knows of places.
    static let people = [
        Check("a registration makes an account once, whatever the spelling of the address") { stores in
            let new = NewUser(username: "anna", email: "Anna@Example.com", name: "Anna", passwordHash: "$1")
            guard case .created(let user) = try await stores.users.register(new) else {
                throw Failure(description: "no account was made")
            }
            try equal(user.username, "anna")
            try equal(user.email, "Anna@Example.com")
            try equal(user.status, .pendingVerification)
            _ = try await stores.users.setStatus(user.id, .active)
            let again = NewUser(username: "anna2", email: "anna@example.COM", name: "Eve", passwordHash: "$2")
            guard case .exists(let same) = try await stores.users.register(again) else {
                throw Failure(description: "a second account was made, or the first one changed")
            }
            try equal(same.id, user.id)
            try equal(same.name, "Anna")
            try equal(try await stores.users.credentials(login: "anna")?.passwordHash, "$1")
            try equal(try await stores.users.count(activeOnly: false), 1)
        },
        Check("a registration that nobody confirmed is filled in anew, unless somebody was granted anything in it") {
            stores in
            let first = NewUser(username: "anna", email: "anna@example.com", passwordHash: "$stranger")
            let user = try await stores.users.register(first).user
            let second = NewUser(username: "anne", email: "anna@example.com", name: "Anne", passwordHash: "$anna")
            guard case .replaced(let same) = try await stores.users.register(second) else {
                throw Failure(description: "it was not filled in anew")
            }
            try equal(same.id, user.id)
            try equal([same.username, same.name], ["anne", "Anne"])
            try equal(try await stores.users.credentials(login: "anne")?.passwordHash, "$anna")
            let plant = try await stores.plants.create(code: "one", name: "One")
            try await stores.roles.grant(.operator, to: user.id, in: plant.id, by: nil, until: nil)
            guard case .exists = try await stores.users.register(first) else {
                throw Failure(description: "a stranger got into an account that holds a role")
            }
            try equal(try await stores.users.credentials(login: "anne")?.passwordHash, "$anna")
        },
        Check("a registration whose username somebody has makes an account without one") { stores in
            _ = try await stores.activeUser("anna")
            let user = try await stores.users.register(NewUser(username: "ANNA", email: "a@example.com")).user
            try none(user.username)
            try equal(user.email, "a@example.com")
        },
        Check("the address of a deleted user stays taken, also for a registration") { stores in
            let user = try await stores.activeUser("anna", email: "anna@example.com")
            try await stores.users.delete(user.id)
            let new = NewUser(username: nil, email: "anna@example.com", passwordHash: "$2")
            guard case .exists(let same) = try await stores.users.register(new) else {
                throw Failure(description: "a deleted user came back")
            }
            try some(same.deletedAt)
        },
        Check("a password that must be changed says so until it is changed, and needs a password") { stores in
            let user = try await stores.users.create(
                NewUser(username: "olivia", email: nil, passwordHash: "$1", mustChangePassword: true, status: .active))
            try expect(try await stores.users.credentials(login: "olivia")?.mustChangePassword == true)
            try expect(try await stores.users.listed(user.id)?.mustChangePassword == true)
            _ = try await stores.users.update(user.id, [.mustChangePassword(false)])
            try expect(try await stores.users.credentials(login: "olivia")?.mustChangePassword == false)
            try await refuses { () async throws(StoreError) in
                try await stores.users.create(NewUser(username: "nobody", email: nil, mustChangePassword: true))
            }
            let other = try await stores.activeUser("other")
            try await refuses { () async throws(StoreError) in
                try await stores.users.update(other.id, [.mustChangePassword(true)])
            }
        },
        Check("an account knows the networks where its sessions began, and no other account's") { stores in
            let user = try await stores.activeUser("anna")
            let other = try await stores.activeUser("other")
            for (seed, address) in [(UInt64(1), "203.0.113.7"), (2, "2001:db8:1:2::3")] {
                _ = try await stores.session(of: user.id, token: seed, address: address)
            }
            let places: [(String?, Bool)] = [
                ("203.0.113.7", true), ("203.0.113.8", false), ("2001:db8:1:2:ffff::1", true),
                ("2001:db8:1:3::3", false), ("not an address", false), (nil, false),
            ]
            for (address, isKnown) in places {
                try equal(
                    try await stores.users.credentials(login: "anna", from: address)?.knowsAddress, isKnown)
                try equal(
                    try await stores.users.credentials(of: user.id, from: address)?.knowsAddress, isKnown)
                try equal(
                    try await stores.users.credentials(of: other.id, from: address)?.knowsAddress, false)
            }
        },
        Check("a list of people holds their roles; with a plant, whom it concerns, and its roles alone") { stores in
            let (anna, ben) = (try await stores.activeUser("anna"), try await stores.activeUser("ben"))
            let (one, two) = (
                try await stores.plants.create(code: "one", name: "One"),
                try await stores.plants.create(code: "two", name: "Two")
            )
            try await stores.roles.grant(.admin, to: anna.id, in: one.id, by: nil, until: nil)
            try await stores.roles.grant(.operator, to: anna.id, in: two.id, by: nil, until: nil)
            try await stores.roles.grant(.engineer, to: ben.id, in: two.id, by: nil, until: now() - hour)
            let all = try await stores.users.list(UserFilter())
            try equal(all.map(\.user), [anna, ben])
            try equal(all[0].memberships.map(\.plantCode), ["one", "two"])
            try equal(all[1].memberships, [])
            let ofTwo = try await stores.users.list(UserFilter(plant: two.id))
            try equal(ofTwo.map(\.user), [anna])
            try equal(ofTwo[0].memberships.map(\.plantCode), ["two"])
            try equal(try await stores.users.count(UserFilter(plant: two.id)), 1)
            try equal(try await stores.users.count(UserFilter()), 2)
            try equal(try await stores.users.list(UserFilter(plant: PlantID(9_999))).count, 0)
        },
        Check("a list of people is narrowed down by text and status, paged, and shows deleted ones if asked") {
            stores in
            let user = try await stores.activeUser("Anna_1", email: "a@Example.com")
            for name in ["ben", "cleo"] { _ = try await stores.activeUser(name) }
            let gone = try await stores.activeUser("gone")
            try await stores.users.delete(gone.id)
            for text in ["ANNA", "a_1", "example.COM"] {
                try equal(try await stores.users.list(UserFilter(text: text)).map(\.user.id), [user.id])
            }
            try equal(try await stores.users.list(UserFilter(text: "%")).count, 0)
            try equal(try await stores.users.count(UserFilter()), 3)
            try equal(try await stores.users.count(UserFilter(includesDeleted: true)), 4)
            try equal(try await stores.users.count(UserFilter(status: .suspended, includesDeleted: true)), 1)
            try equal(try await stores.users.list(UserFilter(offset: 1, limit: 1)).map(\.user.username), ["ben"])
            try none(try await stores.users.listed(gone.id))
            try equal(try await stores.users.listed(user.id)?.user, user)
            try await refuses { () async throws(StoreError) in
                try await stores.users.list(UserFilter(text: "a\0"))
            }
            try await refuses { () async throws(StoreError) in
                try await stores.users.list(UserFilter(offset: -1))
            }
        },
        Check("the audit log is narrowed down by whom, who, where and what, page by page") { stores in
            let (anna, ben) = (UserID(UUID128(high: 1, low: 1)), UserID(UUID128(high: 1, low: 2)))
            let start = now()
            let events: [(String, UserID?, UserID?, Int32?)] = [
                ("user.signed_in", anna, anna, nil), ("role.granted", ben, anna, 1), ("role.granted", ben, anna, 2),
                ("user.created", nil, ben, nil),
            ]
            for (index, (name, actor, subject, plant)) in events.enumerated() {
                try await stores.audit.append(
                    AuditEvent(
                        at: start + .seconds(index / 2), event: name, actor: actor, subject: subject,
                        plant: plant.map { PlantID($0) }, details: ["number": String(index)]))
            }
            func numbers(_ filter: AuditFilter) async throws -> [String?] {
                try await stores.audit.list(filter).map { $0.event.details["number"] }
            }
            try equal(try await numbers(AuditFilter()), ["3", "2", "1", "0"])
            try equal(try await numbers(AuditFilter(subject: anna)), ["2", "1", "0"])
            try equal(try await numbers(AuditFilter(actor: ben)), ["2", "1"])
            try equal(try await numbers(AuditFilter(plant: PlantID(2))), ["2"])
            try equal(try await numbers(AuditFilter(plant: PlantID(3))), [])
            try equal(try await numbers(AuditFilter(event: "role.granted")), ["2", "1"])
            try equal(try await numbers(AuditFilter(event: "user.")), ["3", "0"])
            try equal(try await numbers(AuditFilter(event: "user")), [])
            var seen: [String?] = []
            var before: AuditPosition?
            while let last = try await stores.audit.list(AuditFilter(before: before, limit: 1)).last {
                seen.append(last.event.details["number"])
                before = last.position
            }
            try equal(seen, ["3", "2", "1", "0"])
        },
    ]
}
