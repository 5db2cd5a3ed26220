import Identity

extension StoreConformance {
    /// Accounts at providers.
    static let identities = [
        Check("an account at a provider is one user's, shown to them, and to nobody else") { stores in
            let (anna, ben) = (try await stores.activeUser("anna"), try await stores.activeUser("ben"))
            let linked = LinkedIdentity(
                provider: "google", subject: "g-1", email: "a@gmail.example",
                linkedAt: Timestamp(seconds: 1_700_000_000),
                lastUsedAt: nil)
            try equal(try await stores.identities.owner(provider: "google", subject: "g-1"), .nobody)
            try await stores.identities.link(linked, to: anna.id)
            try equal(try await stores.identities.owner(provider: "google", subject: "g-1"), .user(anna.id))
            try equal(try await stores.identities.owner(provider: "google", subject: "G-1"), .nobody)
            try equal(try await stores.identities.owner(provider: "microsoft", subject: "g-1"), .nobody)
            try equal(try await stores.identities.list(of: anna.id), [linked])
            try equal(try await stores.identities.list(of: ben.id), [])
            for user in [anna, ben] {
                try await fails(.conflict(field: "identity")) { () async throws(StoreError) in
                    try await stores.identities.link(linked, to: user.id)
                }
            }
            try equal(
                try await stores.identities.unlink(provider: "google", subject: "g-1", from: ben.id), false)
            let time = Timestamp(seconds: 1_750_000_000)
            try await stores.identities.recordUse(provider: "google", subject: "g-1", email: "new@x.example", at: time)
            try await stores.identities.recordUse(
                provider: "google", subject: "g-1", email: "new@x.example", at: time - hour)
            try equal(try await stores.identities.list(of: anna.id).first?.lastUsedAt, time)
            try equal(try await stores.identities.list(of: anna.id).first?.email, "new@x.example")
            try equal(
                try await stores.identities.unlink(provider: "google", subject: "g-1", from: anna.id), true)
            try equal(try await stores.identities.owner(provider: "google", subject: "g-1"), .nobody)
        },
        Check("a deleted user keeps a tombstone: their provider's subject does not come back as a new user unasked") {
            stores in
            let (anna, ben) = (try await stores.activeUser("anna"), try await stores.activeUser("ben"))
            let linked = LinkedIdentity(
                provider: "clever", subject: "c-1", email: nil, linkedAt: Timestamp(seconds: 1_700_000_000),
                lastUsedAt: nil)
            try await stores.identities.link(linked, to: anna.id)
            try await stores.users.delete(anna.id)
            try equal(try await stores.identities.owner(provider: "clever", subject: "c-1"), .tombstone)
            try equal(try await stores.identities.list(of: anna.id), [])
            try await fails(.conflict(field: "identity")) { () async throws(StoreError) in
                try await stores.identities.link(linked, to: ben.id)
            }
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.identities.link(
                    LinkedIdentity(
                        provider: "clever", subject: "c-2", email: nil, linkedAt: linked.linkedAt, lastUsedAt: nil),
                    to: anna.id)
            }
            _ = try await stores.users.restore("anna")
            try equal(try await stores.identities.owner(provider: "clever", subject: "c-1"), .user(anna.id))
        },
        Check("a provider has a plain name, and whoever it vouches for has one as well") { stores in
            let anna = try await stores.activeUser("anna")
            for (provider, subject) in [
                ("Google", "1"), ("", "1"), ("-a", "1"), ("a b", "1"), ("google", ""), ("google", "a\0b"),
                ("google", String(repeating: "x", count: 256)),
            ] {
                try await refuses { () async throws(StoreError) in
                    try await stores.identities.link(
                        LinkedIdentity(
                            provider: provider, subject: subject, email: nil, linkedAt: now(), lastUsedAt: nil),
                        to: anna.id)
                }
            }
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.identities.recordUse(provider: "google", subject: "x", email: nil, at: now())
            }
        },
        Check("who signs in through a provider alone needs no password, and has none to change") { stores in
            let user = try await stores.users.create(
                NewUser(username: nil, email: "only@example.com", passwordHash: nil, status: .active))
            try none(try await stores.users.credentials(login: "only@example.com")?.passwordHash)
            try equal(try await stores.users.listed(user.id)?.hasPassword, false)
        },
    ]
}
