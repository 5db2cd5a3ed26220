import Identity
import Store

extension StoreConformance {
    /// What the proxy asks, and what a token must never open.
    static let sessionLookups = [
        Check("a lookup brings session, user and memberships of many tokens at once") { stores in
            let plants = [
                try await stores.plants.create(code: "p1", name: "P1"),
                try await stores.plants.create(code: "p2", name: "P2"),
            ]
            var wanted: [TokenHash: UserID] = [:]
            for index in 0..<20 {
                let user = try await stores.activeUser("user\(index)", roles: ["user", "R\(index)"])
                for plant in plants.prefix(index % 3) {
                    try await stores.roles.grant(.supervisor, to: user.id, in: plant.id, by: nil, until: nil)
                }
                _ = try await stores.session(of: user.id, token: UInt64(index))
                wanted[hash(UInt64(index))] = user.id
            }
            let unknown = [hash(500), hash(501)]
            let found = try await stores.sessions.lookup(
                Array(wanted.keys) + unknown + [hash(3), hash(3)], idle: .seconds(28_800))
            try equal(found.mapValues(\.principal.userID), wanted)
            for index in 0..<20 {
                let session = try some(found[hash(UInt64(index))])
                try equal(session.principal.globalRoles, ["user", "R\(index)"])
                try equal(session.principal.memberships.map(\.plantID), plants.prefix(index % 3).map(\.id))
                try equal(session.host, "spc.example.com")
            }
            try equal(try await stores.sessions.lookup([], idle: hour).count, 0)
        },
        Check("a lookup shows roles in active plants that have not ended, and no other user's") { stores in
            let user = try await stores.activeUser("ada")
            let other = try await stores.activeUser("bob")
            let open = try await stores.plants.create(code: "open", name: "Open")
            let closed = try await stores.plants.create(code: "closed", name: "Closed")
            let ended = try await stores.plants.create(code: "ended", name: "Ended")
            try await stores.roles.grant(.engineer, to: user.id, in: open.id, by: nil, until: nil)
            try await stores.roles.grant(.admin, to: user.id, in: closed.id, by: nil, until: nil)
            try await stores.roles.grant(.admin, to: user.id, in: ended.id, by: nil, until: now() - .seconds(1))
            try await stores.roles.grant(.admin, to: other.id, in: open.id, by: nil, until: nil)
            try await stores.setPlantActive(closed.id, false)
            _ = try await stores.session(of: user.id, token: 1)
            let memberships = try some(try await stores.lookup(1)).principal.memberships
            try equal(
                memberships,
                [PlantMembership(plantID: open.id, plantCode: "open", plantName: "Open", role: .engineer)])
            try await stores.plants.delete(open.id)
            try equal(try await stores.lookup(1)?.principal.memberships, [])
        },
        Check("an expired, idle, revoked or unknown session opens nothing") { stores in
            let user = try await stores.activeUser("ada")
            _ = try await stores.session(of: user.id, token: 1, issued: now() - hour * 2, lasting: hour)
            try none(try await stores.lookup(1))
            let idle = try await stores.session(of: user.id, token: 2, issued: now() - hour * 2)
            try none(try await stores.lookup(2, idle: hour))
            try expect(try await stores.lookup(2, idle: hour * 3) != nil)
            try await stores.sessions.recordUse([SessionUse(session: idle.id, at: now())])
            try expect(try await stores.lookup(2, idle: hour) != nil)
            try none(try await stores.lookup(3))
            try expect(try await !stores.sessions.revoke(idle.id, reason: .revoked) == false)
            try none(try await stores.lookup(2, idle: hour * 3))
        },
        Check("an expired session is not live: it can neither be revoked nor get a token") { stores in
            let user = try await stores.activeUser("ada")
            let session = try await stores.session(of: user.id, token: 1, issued: now() - hour * 2, lasting: hour)
            try expect(try await !stores.sessions.revoke(session.id, reason: .revoked))
            try equal(try await stores.sessions.revokeAll(of: user.id, reason: .revoked), 0)
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.sessions.addToken(hash(2), to: session.id, host: "a.example.com")
            }
        },
        Check("a session has a token for each host, and ending it ends them all") { stores in
            let user = try await stores.activeUser("ada")
            let session = try await stores.session(of: user.id, token: 1, host: "login.example.com")
            try await stores.sessions.addToken(hash(2), to: session.id, host: "spc.example.com")
            try await stores.sessions.addToken(hash(3), to: session.id, host: "www.example.com")
            for (token, host) in [(1, "login.example.com"), (2, "spc.example.com"), (3, "www.example.com")] {
                let found = try some(try await stores.lookup(UInt64(token)))
                try equal(found.host, host)
                try equal(found.sessionID, session.id)
            }
            try expect(try await stores.sessions.revoke(session.id, reason: .signedOut))
            for token in 1...3 { try none(try await stores.lookup(UInt64(token))) }
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.sessions.addToken(hash(4), to: session.id, host: "x.example.com")
            }
        },
        Check("a second token for one host takes over, and those before are good for the grace only") { stores in
            let user = try await stores.activeUser("ada")
            let session = try await stores.session(of: user.id, token: 1, host: "spc.example.com")
            try await stores.sessions.addToken(hash(2), to: session.id, host: "spc.example.com")
            try expect(try await stores.lookup(1) != nil)
            try expect(try await stores.lookup(2) != nil)
            try await stores.sessions.addToken(hash(3), to: session.id, host: "spc.example.com")
            let found = try await stores.sessions.lookup([hash(1), hash(2), hash(3)], idle: hour)
            try equal(Set(found.keys), [hash(1), hash(2), hash(3)])
            try expect(found.values.allSatisfy { $0.sessionID == session.id && $0.host == "spc.example.com" })
            stores.rotationGrace.set(.zero)
            try equal(try await stores.sessions.lookup([hash(1), hash(2), hash(3)], idle: hour).count, 0)
        },
        Check("a token without a host is good on every host") { stores in
            let user = try await stores.activeUser("ada")
            _ = try await stores.session(of: user.id, token: 1, host: nil)
            try none(try some(try await stores.lookup(1)).host)
        },
        Check("a host binding is in lower case and not empty") { stores in
            let user = try await stores.activeUser("ada")
            for host in ["SPC.example.com", "", String(repeating: "h", count: 256)] {
                try await refuses { () async throws(StoreError) in
                    try await stores.session(of: user.id, token: 1, host: host)
                }
            }
        },
    ]

    static let tickets = [
        Check("a ticket is good once, on its host, in the browser of its attempt, before it expires") { stores in
            let user = try await stores.activeUser("ada")
            let session = try await stores.session(of: user.id, token: 1)
            let end = now() + .seconds(30)
            try await stores.tickets.create(
                Ticket(token: hash(10), session: session.id, host: "spc.example.com", attempt: hash(11), expiresAt: end)
            )
            func redeem(
                _ token: UInt64 = 10, host: String = "spc.example.com", attempt: UInt64 = 11, at: Timestamp? = nil
            ) async throws -> SessionID? {
                try await stores.tickets.redeem(hash(token), host: host, attempt: hash(attempt), at: at ?? now())
            }
            try none(try await redeem(12))
            try none(try await redeem(host: "www.example.com"))
            try none(try await redeem(host: "SPC.example.com"))
            try none(try await redeem(attempt: 12))
            try none(try await redeem(at: end))
            try equal(try await redeem(at: end - .microseconds(1)), session.id)
            try none(try await redeem())
        },
        Check("of many who redeem one ticket at once, one gets the session") { stores in
            let user = try await stores.activeUser("ada")
            let session = try await stores.session(of: user.id, token: 1)
            try await stores.tickets.create(
                Ticket(
                    token: hash(10), session: session.id, host: "a.example.com", attempt: hash(11),
                    expiresAt: now() + .seconds(3_600)))
            let winners = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let redeemed = try await stores.tickets.redeem(
                            hash(10), host: "a.example.com", attempt: hash(11), at: now())
                        return redeemed == nil ? 0 : 1
                    }
                }
                return try await group.reduce(0, +)
            }
            try equal(winners, 1)
        },
        Check("a ticket is for a live session") { stores in
            let user = try await stores.activeUser("ada")
            let session = try await stores.session(of: user.id, token: 1)
            _ = try await stores.sessions.revoke(session.id, reason: .signedOut)
            for id in [session.id, SessionID(UUID128(high: 1, low: 1))] {
                try await fails(.notFound) { () async throws(StoreError) in
                    try await stores.tickets.create(
                        Ticket(
                            token: hash(10), session: id, host: "a.example.com", attempt: hash(11),
                            expiresAt: now() + hour))
                }
            }
        },
    ]
}
