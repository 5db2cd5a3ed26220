import Identity

extension StoreConformance {
    static let sessions = [
        Check("a session comes back with all that it began with") { stores in
            let user = try await stores.activeUser("ada")
            let session = try await stores.session(of: user.id, token: 1)
            try equal(session.userID, user.id)
            try equal([session.userAgent, session.ipAddress, session.method], ["curl/8", "192.0.2.7", "password"])
            try equal(session.factors, 1)
            try equal(session.lastUsedAt, session.issuedAt)
            try none(session.revokedAt)
            try none(session.revocationReason)
            try equal(try await stores.sessions.list(of: user.id), [session])
        },
        Check("a long user agent is cut off, an address loses its zone, and nonsense is refused") { stores in
            let user = try await stores.activeUser("ada")
            func begin(_ agent: String?, _ address: String?, _ token: UInt64) async throws(StoreError) -> Session {
                try await stores.sessions.create(
                    NewSession(
                        userID: user.id, userAgent: agent, ipAddress: address, method: .commandLine, factors: 0,
                        issuedAt: now(), expiresAt: now() + hour, perUserMax: 10),
                    token: hash(token), host: nil)
            }
            let session = try await begin(String(repeating: "é", count: 65_536), "fe80::1%eth0", 1)
            try equal(session.userAgent, String(repeating: "é", count: 512))
            try equal(session.ipAddress, "fe80::1")
            try equal(try await begin(nil, nil, 2).ipAddress, nil)
            try equal(try await begin(nil, "2001:DB8:0:0::1", 3).ipAddress, "2001:db8::1")
            for address in ["", "localhost", "1.2.3", "10.0.0.0/8", "1.2.3.4'; --", "::1\0"] {
                try await refuses { () async throws(StoreError) in try await begin(nil, address, 4) }
            }
        },
        Check("only an active user can begin a session") { stores in
            let pending = try await stores.users.create(NewUser(username: "pending", email: nil))
            try await refuses { () async throws(StoreError) in try await stores.session(of: pending.id, token: 1) }
            let gone = try await stores.activeUser("gone")
            try await stores.users.delete(gone.id)
            for id in [gone.id, UserID(UUID128(high: 5, low: 6))] {
                try await fails(.notFound) { () async throws(StoreError) in
                    try await stores.session(of: id, token: 2)
                }
            }
            try none(try await stores.lookup(1))
        },
        Check("a session ends after it begins") { stores in
            let user = try await stores.activeUser("ada")
            try await refuses { () async throws(StoreError) in
                try await stores.session(of: user.id, token: 1, lasting: .zero)
            }
        },
        Check("a token opens one session only") { stores in
            let user = try await stores.activeUser("ada")
            let other = try await stores.activeUser("bob")
            _ = try await stores.session(of: user.id, token: 1)
            do {
                _ = try await stores.session(of: other.id, token: 1)
                throw Failure(description: "a token was given twice")
            } catch StoreError.conflict {}
            try equal(try await stores.lookup(1)?.principal.userID, user.id)
            try equal(try await stores.sessions.list(of: other.id), [])
        },
        Check("sessions.per_user is the most that live; the oldest gives way, and nobody else's") { stores in
            let user = try await stores.activeUser("ada")
            let other = try await stores.activeUser("bob")
            _ = try await stores.session(of: other.id, token: 100, issued: now() - hour * 5)
            let start = now() - hour
            var ids: [SessionID] = []
            for index in 0..<4 {
                ids.append(
                    try await stores.session(
                        of: user.id, token: UInt64(index), issued: start + .seconds(index), perUserMax: 2
                    ).id)
            }
            for (token, isLive) in [(0, false), (1, false), (2, true), (3, true)] {
                try equal(try await stores.lookup(UInt64(token)) != nil, isLive)
            }
            let listed = try await stores.sessions.list(of: user.id)
            try equal(listed.map(\.id), ids.reversed())
            try equal(listed.map(\.revocationReason), [nil, nil, "displaced", "displaced"])
            try expect(try await stores.lookup(100) != nil)
            _ = try await stores.session(of: user.id, token: 5, perUserMax: 1)
            try equal(try await stores.sessions.list(of: user.id).filter { $0.revokedAt == nil }.count, 1)
            try expect(try await stores.lookup(5) != nil)
            // A limit that makes no sense still leaves the session that was just begun.
            _ = try await stores.session(of: user.id, token: 6, perUserMax: 0)
            try expect(try await stores.lookup(6) != nil)
        },
        Check("sign-ins at once keep the limit together") { stores in
            let user = try await stores.activeUser("ada")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for token in 0..<12 {
                    group.addTask { _ = try await stores.session(of: user.id, token: UInt64(token), perUserMax: 3) }
                }
                try await group.waitForAll()
            }
            let all = try await stores.sessions.list(of: user.id)
            try equal(all.count, 12)
            try equal(all.filter { $0.revokedAt == nil }.count, 3)
        },
        Check("a session is revoked once, with its reason, and for good; others go on") { stores in
            let user = try await stores.activeUser("ada")
            let first = try await stores.session(of: user.id, token: 1)
            _ = try await stores.session(of: user.id, token: 2)
            try expect(try await stores.sessions.revoke(first.id, reason: .signedOut))
            try expect(try await !stores.sessions.revoke(first.id, reason: .tokenReused))
            try none(try await stores.lookup(1))
            try expect(try await stores.lookup(2) != nil)
            let listed = try await stores.sessions.list(of: user.id).first { $0.id == first.id }
            try equal(listed?.revocationReason, "signed_out")
            try expect(listed?.revokedAt != nil)
            try expect(try await !stores.sessions.revoke(SessionID(UUID128(high: 1, low: 1)), reason: .revoked))
        },
        Check("revoking all of one user's sessions leaves another's") { stores in
            let user = try await stores.activeUser("ada")
            let other = try await stores.activeUser("bob")
            for token in 1...3 { _ = try await stores.session(of: user.id, token: UInt64(token)) }
            _ = try await stores.session(of: other.id, token: 4)
            try equal(try await stores.sessions.revokeAll(of: user.id, reason: .passwordChanged), 3)
            try equal(try await stores.sessions.revokeAll(of: user.id, reason: .revoked), 0)
            for token in 1...3 { try none(try await stores.lookup(UInt64(token))) }
            try expect(try await stores.lookup(4) != nil)
            try equal(
                Set(try await stores.sessions.list(of: user.id).map(\.revocationReason)), ["password_changed"])
        },
        Check("suspending or deleting a user ends their sessions for good, and nobody else's") { stores in
            let other = try await stores.activeUser("bob")
            _ = try await stores.session(of: other.id, token: 100)
            let suspended = try await stores.activeUser("ada")
            _ = try await stores.session(of: suspended.id, token: 1)
            _ = try await stores.users.setStatus(suspended.id, .suspended)
            try none(try await stores.lookup(1))
            _ = try await stores.users.setStatus(suspended.id, .active)
            try none(try await stores.lookup(1))
            try equal(try await stores.sessions.list(of: suspended.id).map(\.revocationReason), ["user_suspended"])

            let deleted = try await stores.activeUser("eve")
            _ = try await stores.session(of: deleted.id, token: 2)
            try await stores.users.delete(deleted.id)
            _ = try await stores.users.restore("eve")
            _ = try await stores.users.setStatus(deleted.id, .active)
            try none(try await stores.lookup(2))
            try equal(try await stores.sessions.list(of: deleted.id).map(\.revocationReason), ["user_deleted"])
            try expect(try await stores.lookup(100) != nil)
        },
        Check("use pushes last_used_at forward, never back, for many sessions at once") { stores in
            let user = try await stores.activeUser("ada")
            let start = now() - hour
            var sessions: [Session] = []
            for token in 1...3 {
                sessions.append(try await stores.session(of: user.id, token: UInt64(token), issued: start))
            }
            try await stores.sessions.recordUse([
                SessionUse(session: sessions[0].id, at: start + .seconds(60)),
                SessionUse(session: sessions[1].id, at: start + .seconds(90)),
                SessionUse(session: sessions[0].id, at: start + .seconds(30)),
                SessionUse(session: SessionID(UUID128(high: 8, low: 9)), at: start),
            ])
            try await stores.sessions.recordUse([SessionUse(session: sessions[1].id, at: start + .seconds(10))])
            try await stores.sessions.recordUse([])
            let used = Dictionary(
                uniqueKeysWithValues: try await stores.sessions.list(of: user.id).map { ($0.id, $0.lastUsedAt) })
            try equal(used[sessions[0].id], start + .seconds(60))
            try equal(used[sessions[1].id], start + .seconds(90))
            try equal(used[sessions[2].id], start)
        },
    ]

    static let audit = [
        Check("events come back newest first, whole, and only as many as asked for") { stores in
            let user = UserID(UUID128(high: 1, low: 1))
            let start = now() - hour
            for index in 0..<5 {
                try await stores.audit.append(
                    AuditEvent(
                        at: start + .seconds(index / 2), event: "event.\(index)", actor: user, subject: nil,
                        plant: PlantID(7), ipAddress: "2001:db8::1",
                        details: ["channel": "web", "quote\"": "a'b\\c{,}", "empty": ""]))
            }
            let events = try await stores.audit.list(limit: 3)
            try equal(events.map(\.event), ["event.4", "event.3", "event.2"])
            try equal(events.first?.details, ["channel": "web", "quote\"": "a'b\\c{,}", "empty": ""])
            try equal(events.first?.at, start + .seconds(2))
            try equal(events.first?.actor, user)
            try none(events.first?.subject)
            try equal(events.first?.plant, PlantID(7))
            try equal(events.first?.ipAddress, "2001:db8::1")
            try equal(try await stores.audit.list(limit: 100).count, 5)
            try equal(try await stores.audit.list(limit: 0).count, 0)
            try await refuses { () async throws(StoreError) in try await stores.audit.list(limit: -1) }
        },
        Check("an event has a name, and any time that can be told") { stores in
            try await refuses { () async throws(StoreError) in
                try await stores.audit.append(AuditEvent(at: now(), event: "", actor: nil, subject: nil))
            }
            for year in [0, 4_000_000_000] as [Int64] {
                try await stores.audit.append(
                    AuditEvent(at: Timestamp(seconds: year), event: "far.away", actor: nil, subject: nil))
            }
            try equal(try await stores.audit.list(limit: 9).map(\.at.microseconds), [4_000_000_000_000_000, 0])
        },
    ]
}
