import Identity
import Store

extension StoreConformance {
    /// What takes the place of what.
    static let rotations = [
        Check("a cookie's token is rotated once; the former one works on, and brings the next until that is used") {
            stores in
            let user = try await stores.activeUser("ada")
            let session = try await stores.session(of: user.id, token: 1)
            _ = try await stores.sessions.addToken(hash(9), to: session.id, host: "b.example.com")
            let first = try await stores.rotate(1, to: 2, nonce: 7)
            try equal(first, .next(nonce: [7], session: session))
            try equal(try await stores.rotate(1, to: 3, nonce: 8), first)
            try none(try await stores.lookup(3))
            let former = try some(try await stores.lookup(1))
            try expect(former.tokenIssuedAt.map { $0 < now() - hour } ?? false, "asks for the next one again")
            try expect(former.expiresAt <= now() + .seconds(30), "ends with the grace")
            try equal(try await stores.lookup(2)?.sessionID, session.id)
            try equal(try await stores.lookup(2)?.expiresAt, session.expiresAt)
            try equal(try await stores.rotate(1, to: 4, nonce: 9), .none)
            try none(try await stores.lookup(1)?.tokenIssuedAt)
            try expect(try await stores.lookup(9) != nil, "the other host's cookie is its own")
        },
        Check("nothing is rotated before its time, on another host, or when it opens nothing") { stores in
            let user = try await stores.activeUser("ada")
            let session = try await stores.session(of: user.id, token: 1)
            try equal(try await stores.rotate(1, to: 2, age: hour), .none)
            try equal(try await stores.rotate(1, to: 2, host: "x.example.com"), .none)
            try equal(try await stores.rotate(5, to: 2), .none)
            _ = try await stores.session(of: user.id, token: 3, host: nil)
            try equal(try await stores.rotate(3, to: 4), .none)
            try none(try await stores.lookup(3)?.tokenIssuedAt)
            try expect(try await stores.lookup(1)?.tokenIssuedAt != nil)
            try expect(try await stores.sessions.revoke(session.id, reason: .revoked))
            try equal(try await stores.rotate(1, to: 2), .none)
            let suspended = try await stores.activeUser("bob")
            _ = try await stores.session(of: suspended.id, token: 6)
            _ = try await stores.users.setStatus(suspended.id, .suspended)
            try equal(try await stores.rotate(6, to: 7), .none)
        },
        Check("a token older than the previous one ends the whole session, wherever it was quicker") { stores in
            let user = try await stores.activeUser("ada")
            let session = try await stores.session(of: user.id, token: 1)
            let other = try await stores.session(of: user.id, token: 50)
            for step in 1...3 as ClosedRange<UInt64> {
                guard case .next = try await stores.rotate(step, to: step + 1) else {
                    throw Failure(description: "not rotated")
                }
                try expect(try await stores.lookup(step + 1) != nil)
            }
            try equal(try await stores.lookup(1)?.sessionID, session.id)
            stores.rotationGrace.set(.zero)
            try none(try await stores.lookup(1))
            try none(try await stores.lookup(4))
            let reasons = try await stores.sessions.list(of: user.id).map { ($0.id == session.id, $0.revocationReason) }
            try expect(reasons.allSatisfy { $0.1 == ($0.0 ? "token_reused" : nil) })
            try expect(try await stores.lookup(50)?.sessionID == other.id)
            let told = try await stores.audit.list(limit: 10).filter { $0.event == "session.token_reused" }
            try equal(told.map(\.subject), [user.id])
            try equal(told.first?.details, ["session": session.id.description, "token": "cookie"])
        },
        Check("a refresh token is good once, and brings the same pair again until the next is used") { stores in
            let user = try await stores.activeUser("ada")
            let session = try await stores.client(of: user.id, access: 1, refresh: 101)
            try expect(session.isAPIClient)
            try equal(try await stores.lookup(1)?.host, nil as String?)
            let first = try await stores.refresh(101, to: 102, access: 2, nonce: 7)
            guard case .next(let nonce, let refreshed, let end) = first else { throw Failure(description: "\(first)") }
            try equal(nonce, [7])
            try equal(refreshed.id, session.id)
            try expect(end <= session.expiresAt && end > now())
            for access in 1...2 as ClosedRange<UInt64> { try expect(try await stores.lookup(access) != nil) }
            guard case .next(let again, _, let sameEnd) = try await stores.refresh(101, to: 103, access: 3, nonce: 8)
            else { throw Failure(description: "not within the grace") }
            try equal(again, [7])
            try equal(sameEnd, end)
            try none(try await stores.lookup(3))
            guard case .next = try await stores.refresh(102, to: 104, access: 4, nonce: 9) else {
                throw Failure(description: "the next one is not good")
            }
            let told = try await stores.audit.list(limit: 10).filter { $0.event == "session.refreshed" }
            try equal(told.count, 2)
            try expect(told.allSatisfy { $0.subject == user.id && $0.details["session"] == session.id.description })
        },
        Check("a refresh token that was used before ends the whole session, and nobody else's") { stores in
            let user = try await stores.activeUser("ada")
            let session = try await stores.client(of: user.id, access: 1, refresh: 101)
            _ = try await stores.client(of: user.id, access: 51, refresh: 151)
            _ = try await stores.refresh(101, to: 102, access: 2)
            _ = try await stores.refresh(102, to: 103, access: 3)
            try equal(try await stores.refresh(101, to: 104, access: 4), .reused(session.id))
            for access in 1...4 as ClosedRange<UInt64> { try none(try await stores.lookup(access)) }
            try equal(try await stores.refresh(103, to: 105, access: 5), .unknown)
            try equal(try await stores.refresh(101, to: 104, access: 4), .reused(session.id))
            try expect(try await stores.lookup(51) != nil)
            guard case .next = try await stores.refresh(151, to: 152, access: 52) else {
                throw Failure(description: "another session of the same person suffered")
            }
            let told = try await stores.audit.list(limit: 20).filter { $0.event == "session.token_reused" }
            try equal(told.map { $0.details["session"] }, [session.id.description])
        },
        Check("an unknown refresh token, a late one, and one of somebody who is not active bring nothing") { stores in
            try equal(try await stores.refresh(1, to: 2, access: 3), .unknown)
            let user = try await stores.activeUser("ada")
            _ = try await stores.client(of: user.id, access: 1, refresh: 101, issued: now() - hour * 9)
            try equal(try await stores.refresh(101, to: 102, access: 2, idle: hour * 8), .unknown)
            try equal(try await stores.refresh(1, to: 2, access: 3), .unknown)
            _ = try await stores.client(of: user.id, access: 11, refresh: 111)
            _ = try await stores.users.setStatus(user.id, .suspended)
            try equal(try await stores.refresh(111, to: 112, access: 12), .unknown)
        },
        Check("an access token ends before its session, and its late use is no theft") { stores in
            let user = try await stores.activeUser("ada")
            _ = try await stores.client(of: user.id, access: 1, refresh: 101, accessLasts: .milliseconds(1))
            try await Task.sleep(for: .milliseconds(20))
            try none(try await stores.lookup(1))
            guard case .next(_, let session, _) = try await stores.refresh(101, to: 102, access: 2) else {
                throw Failure(description: "the session is over")
            }
            try none(session.revokedAt)
            try expect(try await stores.lookup(2) != nil)
        },
    ]
}

extension StoreConformance.Stores {
    func rotate(
        _ presented: UInt64, to next: UInt64, nonce: UInt8 = 1, host: String = "spc.example.com",
        age: Duration = .zero
    ) async throws(StoreError) -> RotationOutcome {
        try await sessions.rotate(
            TokenRotation(
                presented: StoreConformance.hash(presented), next: StoreConformance.hash(next), nonce: [nonce],
                host: host, age: age))
    }

    func client(
        of user: UserID, access: UInt64, refresh: UInt64, issued: Timestamp? = nil,
        accessLasts: Duration = .seconds(900)
    ) async throws(StoreError) -> Session {
        let issued = issued ?? StoreConformance.now()
        return try await sessions.create(
            NewSession(
                userID: user, userAgent: "robot/1", ipAddress: nil, method: .password, issuedAt: issued,
                expiresAt: issued + .seconds(86_400), perUserMax: 10, refresh: StoreConformance.hash(refresh),
                tokenExpiresAt: issued + accessLasts),
            token: StoreConformance.hash(access), host: nil)
    }

    func refresh(
        _ presented: UInt64, to next: UInt64, access: UInt64, nonce: UInt8 = 1,
        idle: Duration = .seconds(28_800)
    ) async throws(StoreError) -> RefreshOutcome {
        try await sessions.refresh(
            RefreshRotation(
                presented: StoreConformance.hash(presented), refresh: StoreConformance.hash(next),
                access: StoreConformance.hash(access), nonce: [nonce],
                accessExpiresAt: StoreConformance.now() + .seconds(900), idle: idle),
            audit: StoreConformance.event("session.refreshed"), theft: StoreConformance.event("session.token_reused"))
    }
}
