import Identity

extension StoreConformance {
    /// How sessions end, each with its line in the audit log, and that nobody ends another's.
    static let sessionChanges = [
        Check("what changes a session is told in the audit log, and what changes nothing is not") { stores in
            let user = try await stores.activeUser("ada")
            let session = try await stores.session(of: user.id, token: 1, audit: event("user.signed_in"))
            _ = try await stores.sessions.addToken(
                hash(2), to: session.id, host: "b.example.com", audit: event("session.host_added"))
            try await fails(.notFound) { () async throws(StoreError) in
                try await stores.sessions.addToken(
                    hash(3), to: SessionID(UUID128(high: 1, low: 2)), host: "b.example.com", audit: event("nothing"))
            }
            try expect(
                try await stores.sessions.revoke(
                    session.id, of: nil, reason: .signedOut, audit: event("user.signed_out")))
            try expect(
                try await !stores.sessions.revoke(session.id, of: nil, reason: .signedOut, audit: event("nothing")))
            let events = try await stores.audit.list(limit: 10)
            try equal(
                Set(events.map(\.event)), ["user.signed_in", "session.host_added", "user.signed_out"])
            for told in events {
                try equal(told.details, ["channel": "web", "session": session.id.description])
                try equal(told.subject, user.id)
            }
        },
        Check("whoever gives way is told in the audit log") { stores in
            let user = try await stores.activeUser("ada")
            let first = try await stores.session(of: user.id, token: 1, issued: now() - hour)
            _ = try await stores.session(of: user.id, token: 2, perUserMax: 1)
            let told = try await stores.audit.list(limit: 10).filter { $0.event == "session.displaced" }
            try equal(told.map(\.subject), [user.id])
            try equal(told.first?.details, ["session": first.id.description])
        },
        Check("one's own session is ended by nobody else") { stores in
            let user = try await stores.activeUser("ada")
            let other = try await stores.activeUser("bob")
            let session = try await stores.session(of: user.id, token: 1)
            try expect(
                try await !stores.sessions.revoke(session.id, of: other.id, reason: .revoked, audit: event("nothing")))
            try expect(try await stores.lookup(1) != nil)
            try equal(try await stores.audit.list(limit: 10).count, 0)
            try expect(
                try await stores.sessions.revoke(session.id, of: user.id, reason: .revoked, audit: event("revoked")))
            try none(try await stores.lookup(1))
        },
        Check("signing out elsewhere leaves one session, and signing out everywhere none") { stores in
            let user = try await stores.activeUser("ada")
            let other = try await stores.activeUser("bob")
            _ = try await stores.session(of: other.id, token: 100)
            var sessions: [Session] = []
            for token in 1...4 { sessions.append(try await stores.session(of: user.id, token: UInt64(token))) }
            func end(except kept: SessionID?) async throws(StoreError) -> Int {
                try await stores.sessions.revokeAll(
                    of: user.id, except: kept, reason: .signedOut, audit: event("ended"))
            }
            try equal(try await end(except: sessions[1].id), 3)
            try equal(try await end(except: sessions[1].id), 0)
            for token in 1...4 { try equal(try await stores.lookup(UInt64(token)) != nil, token == 2) }
            try equal(try await end(except: nil), 1)
            try none(try await stores.lookup(2))
            try expect(try await stores.lookup(100) != nil)
            let told = try await stores.audit.list(limit: 10)
            try equal(told.compactMap { $0.details["count"] }.sorted(), ["0", "1", "3"])
            try equal(Set(told.map(\.subject)), [user.id])
        },
        Check("another password ends the sessions but the one that asks; the same one hashed anew ends none") {
            stores in
            let user = try await stores.users.create(
                NewUser(username: "ada", email: nil, passwordHash: "$old", status: .active))
            let other = try await stores.activeUser("bob")
            _ = try await stores.session(of: other.id, token: 100)
            let kept = try await stores.session(of: user.id, token: 1)
            _ = try await stores.session(of: user.id, token: 2)
            try await stores.users.renewPasswordHash(user.id, from: "$old", to: "$renewed")
            try await stores.users.renewPasswordHash(user.id, from: "$old", to: "$never")
            try equal(try await stores.users.credentials(login: "ada")?.passwordHash, "$renewed")
            try expect(try await stores.lookup(2) != nil)
            try equal(try await stores.users.setPasswordHash(user.id, "$new", keeping: kept.id), 1)
            try expect(try await stores.lookup(1) != nil)
            try none(try await stores.lookup(2))
            try equal(try await stores.users.setPasswordHash(user.id, nil, keeping: nil), 1)
            try none(try await stores.lookup(1))
            try expect(try await stores.lookup(100) != nil)
            let reasons = try await stores.sessions.list(of: user.id).map(\.revocationReason)
            try equal(reasons, ["password_changed", "password_changed"])
            // Naming another's session keeps nothing.
            _ = try await stores.session(of: user.id, token: 3)
            let others = try await stores.sessions.list(of: other.id)
            try equal(try await stores.users.setPasswordHash(user.id, "$newer", keeping: others.first?.id), 1)
            try none(try await stores.lookup(3))
        },
        Check("a session of somebody who is remembered does not end for want of use") { stores in
            let user = try await stores.activeUser("ada")
            func begin(_ token: UInt64, persistent: Bool) async throws(StoreError) -> Session {
                try await stores.sessions.create(
                    NewSession(
                        userID: user.id, userAgent: nil, ipAddress: nil, method: .password, issuedAt: now() - hour * 2,
                        expiresAt: now() + hour, perUserMax: 10, isPersistent: persistent),
                    token: hash(token), host: "a.example.com")
            }
            try expect(try await begin(1, persistent: true).isPersistent)
            _ = try await begin(2, persistent: false)
            try equal(try await stores.lookup(1, idle: hour)?.isPersistent, true)
            try none(try await stores.lookup(2, idle: hour))
        },
    ]

    static func event(_ name: String) -> AuditEvent {
        AuditEvent(at: now(), event: name, actor: nil, subject: nil, details: ["channel": "web"])
    }
}

extension StoreConformance.Stores {
    func session(of user: UserID, token: UInt64, audit: AuditEvent) async throws(StoreError) -> Session {
        let now = StoreConformance.now()
        return try await sessions.create(
            NewSession(
                userID: user, userAgent: nil, ipAddress: nil, method: .password, issuedAt: now,
                expiresAt: now + StoreConformance.hour, perUserMax: 10),
            token: StoreConformance.hash(token), host: "a.example.com", audit: audit)
    }
}
