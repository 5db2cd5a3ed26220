import Identity

extension StoreConformance {
    /// What accounts do.
    static let users = [
        Check("a new user has the model's defaults: pending_verification, the role user, not verified") { stores in
            let user = try await stores.users.create(NewUser(username: "ada", email: nil))
            try equal(user.status, .pendingVerification)
            try equal(user.roles, ["user"])
            try expect(!user.isActive)
            try none(user.emailVerifiedAt)
            try none(user.lastLoginAt)
            try none(user.deletedAt)
            try equal(user.createdAt, user.updatedAt)
        },
        Check("a user comes back with every field as it was given") { stores in
            let verified = Timestamp(seconds: 1_700_000_000)
            let user = try await stores.users.create(
                NewUser(
                    username: "Ada", email: "Ada.L@Example.com", name: "Ada Lovelace", firstName: "Ada",
                    lastName: "Lovelace", phone: "+44 20 7946 0000", passwordHash: "$argon2id$x", status: .active,
                    emailVerifiedAt: verified, roles: ["MANAGER", "MARKETING"], stripeCustomerID: "cus_1"))
            let found = try some(try await stores.users.find(id: user.id))
            try equal(found, user)
            try equal(found.email, "Ada.L@Example.com")
            try equal(
                [found.name, found.firstName, found.lastName, found.phone, found.stripeCustomerID],
                ["Ada Lovelace", "Ada", "Lovelace", "+44 20 7946 0000", "cus_1"])
            try equal(found.emailVerifiedAt, verified)
            try equal(found.roles, ["MANAGER", "MARKETING"])
            try expect(found.isActive)
        },
        Check("usernames and addresses are found without regard to case, and kept as typed") { stores in
            let user = try await stores.activeUser("Élodie", email: "Elodie@Example.COM")
            try equal(try await stores.users.find(username: "éLODIE"), user)
            try equal(try await stores.users.find(email: "elodie@example.com"), user)
            try equal(user.username, "Élodie")
            try none(try await stores.users.find(username: "Elodie"))
            try none(try await stores.users.find(username: "Elodie@Example.COM"))
            try none(try await stores.users.find(email: "Élodie"))
        },
        Check("a username and an address are taken in every case, and stay so when their user is deleted") { stores in
            let user = try await stores.activeUser("turing", email: "alan@example.com")
            for isDeleted in [false, true] {
                if isDeleted { try await stores.users.delete(user.id) }
                try await fails(.conflict(field: "username")) { () async throws(StoreError) in
                    try await stores.users.create(NewUser(username: "TURING", email: nil))
                }
                try await fails(.conflict(field: "email")) { () async throws(StoreError) in
                    try await stores.users.create(NewUser(username: "other", email: "ALAN@example.com"))
                }
            }
            let other = try await stores.activeUser("hopper")
            try await fails(.conflict(field: "username")) { () async throws(StoreError) in
                try await stores.users.update(other.id, [.username("Turing")])
            }
        },
        Check("credentials go by username or address, and only they hold the password hash") { stores in
            let user = try await stores.users.create(
                NewUser(username: "grace", email: "grace@example.com", passwordHash: "$argon2id$g", status: .active))
            for login in ["grace", "GRACE", "grace@example.com", "Grace@Example.Com"] {
                let credentials = try some(try await stores.users.credentials(login: login))
                try equal(credentials.user, user)
                try equal(credentials.passwordHash, "$argon2id$g")
            }
            try none(try await stores.users.credentials(login: "nobody"))
            try none(try await stores.users.credentials(login: ""))
            try expect(!"\(user)".contains("argon2id"), "a user shows its password hash")
            let mirror = Mirror(reflecting: user).children.map { "\($0.label ?? "")=\($0.value)" }.joined()
            try expect(!mirror.contains("argon2id"))
        },
        Check("a password hash is optional, and can be set and taken away") { stores in
            let user = try await stores.activeUser("edsger")
            try none(try await stores.users.credentials(login: "edsger")?.passwordHash)
            try await stores.users.setPasswordHash(user.id, "$argon2id$e")
            try equal(try await stores.users.credentials(login: "edsger")?.passwordHash, "$argon2id$e")
            try await stores.users.setPasswordHash(user.id, nil)
            try none(try await stores.users.credentials(login: "edsger")?.passwordHash)
        },
        Check("lists go by age, in pages, and leave out who is deleted or, if asked, not active") { stores in
            var all: [User] = []
            for name in ["one", "two", "three", "four"] { all.append(try await stores.activeUser(name)) }
            _ = try await stores.users.setStatus(all[1].id, .suspended)
            try await stores.users.delete(all[2].id)
            let names = try await stores.users.list(activeOnly: false, offset: 0, limit: 10).map(\.username)
            try equal(names, ["one", "two", "four"])
            try equal(
                try await stores.users.list(activeOnly: true, offset: 0, limit: 10).map(\.username), ["one", "four"])
            try equal(try await stores.users.list(activeOnly: false, offset: 1, limit: 1).map(\.username), ["two"])
            try equal(try await stores.users.list(activeOnly: false, offset: 9, limit: 10).count, 0)
            try equal(try await stores.users.list(activeOnly: false, offset: 0, limit: 0).count, 0)
            try equal(try await stores.users.count(activeOnly: false), 3)
            try equal(try await stores.users.count(activeOnly: true), 2)
            try await refuses { () async throws(StoreError) in
                try await stores.users.list(activeOnly: false, offset: -1, limit: 10)
            }
            try await refuses { () async throws(StoreError) in
                try await stores.users.list(activeOnly: false, offset: 0, limit: -1)
            }
        },
        Check("an update sets what it names, keeps the rest, and touches nobody else") { stores in
            let user = try await stores.activeUser("knuth", email: "don@example.com", roles: ["ADMIN"])
            let other = try await stores.activeUser("other")
            let changed = try await stores.users.update(
                user.id, [.name("Donald"), .email("knuth@example.com"), .phone("1"), .phone(nil)])
            try equal(changed.name, "Donald")
            try equal(changed.email, "knuth@example.com")
            try none(changed.phone)
            try equal(changed.username, "knuth")
            try equal(changed.roles, ["ADMIN"])
            try expect(changed.updatedAt >= user.updatedAt)
            try equal(try await stores.users.find(id: user.id), changed)
            try equal(try await stores.users.find(id: other.id), other)
            try equal(try await stores.users.update(user.id, []).name, "Donald")
            let all = try await stores.users.update(
                user.id,
                [
                    .username("donald"), .firstName("D"), .lastName("K"), .roles([]), .stripeCustomerID("cus_2"),
                    .emailVerifiedAt(Timestamp(seconds: 5)),
                ])
            try equal(
                [all.username, all.firstName, all.lastName, all.stripeCustomerID], ["donald", "D", "K", "cus_2"])
            try equal(all.roles, [])
            try equal(all.emailVerifiedAt, Timestamp(seconds: 5))
        },
        Check("a sign-in is recorded, and an older one never overwrites it") { stores in
            let user = try await stores.activeUser("barbara")
            let time = Timestamp(seconds: 1_750_000_000)
            try await stores.users.recordSignIn(user.id, at: time)
            try await stores.users.recordSignIn(user.id, at: time - hour)
            try equal(try await stores.users.find(id: user.id)?.lastLoginAt, time)
        },
        Check("a text in hostile form is a text like any other") { stores in
            for text in [
                "x'; DROP TABLE users; --", "$1 OR 1=1", "%_\\", "a\nb\u{202e}c", "{\"a\":null}", "\\x00ff", "👩‍🏭",
            ] {
                try none(try await stores.users.find(username: text))
                try none(try await stores.users.find(email: text))
                try none(try await stores.users.credentials(login: text))
                try none(try await stores.plants.find(code: text))
                try await fails(.notFound) { () async throws(StoreError) in try await stores.users.restore(text) }
                let user = try await stores.users.create(
                    NewUser(username: nil, email: "\(text)@example.com", name: text, roles: [text, "\"", "a,b"]))
                try equal(try await stores.users.find(email: "\(text)@example.com"), user)
                try equal(user.roles, [text, "\"", "a,b"])
                try equal(user.name, text)
            }
        },
    ]
}
