import GatehouseTesting
import Identity
import PostgreSQL
import Testing

@testable import Store

private func digest(_ seed: UInt64) -> TokenHash { TokenHash((seed, 1, 2, 3)) }

private let event = AuditEvent(at: SystemClock().now(), event: "session.refreshed", actor: nil, subject: nil)
private let theft = AuditEvent(at: SystemClock().now(), event: "session.token_reused", actor: nil, subject: nil)

/// A browser's and a program's session in a database of their own, seen by two gateways.
private struct TwoGateways {
    let database: TestDatabase
    /// The stores of each.
    let gateways: [PostgresSessionStore]
    let browser: Session
    let program: Session
    static let cookie = digest(1)
    static let refresh = digest(101)

    init(_ database: TestDatabase, grace: Duration = .seconds(30)) async throws {
        self.database = database
        let stores = (0..<2).map { _ in PostgresStores(pool: database.pool, rotationGrace: RotationGrace(grace)) }
        gateways = stores.map(\.sessions)
        let user = try await stores[0].users.create(NewUser(username: "ada", email: nil, status: .active))
        let now = SystemClock().now()
        func begin(_ token: TokenHash, host: String?, refresh: TokenHash?) async throws -> Session {
            try await stores[0].sessions.create(
                NewSession(
                    userID: user.id, userAgent: nil, ipAddress: nil, method: .password, issuedAt: now - .seconds(60),
                    expiresAt: now + .seconds(3_600), perUserMax: 10, refresh: refresh),
                token: token, host: host)
        }
        browser = try await begin(Self.cookie, host: "a.example.com", refresh: nil)
        program = try await begin(digest(100), host: nil, refresh: Self.refresh)
    }

    static func rotation(to next: UInt64) -> TokenRotation {
        TokenRotation(
            presented: cookie, next: digest(next), nonce: [UInt8(truncatingIfNeeded: next), 7],
            host: "a.example.com", age: .seconds(0))
    }

    static func refreshing(to next: UInt64) -> RefreshRotation {
        RefreshRotation(
            presented: refresh, refresh: digest(next), access: digest(next + 1_000),
            nonce: [UInt8(truncatingIfNeeded: next), 7], accessExpiresAt: SystemClock().now() + .seconds(900),
            idle: .seconds(3_600))
    }

    /// Runs `first` in a transaction that stays open until `second` waits for it, and returns what `second` came to.
    func interleave<Answer: Sendable>(
        _ first: Query, _ second: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        let pool = database.pool
        let waiting = try await pool.transaction { transaction in
            try await transaction.query(first.statement, first.parameters)
            let waiting = Task { try await second() }
            let blocked: Statement = """
                SELECT count(*) AS count FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """
            while try await pool.query(blocked).first?.int("count") == 0 {
                try await Task.sleep(for: .milliseconds(2))
            }
            return waiting
        }
        return try await waiting.value
    }

    func revocations(of session: Session) async throws -> [String] {
        let events = try await database.stores.audit.list(limit: 300)
        return events.filter { $0.details["session"] == session.id.description }.map(\.event)
    }
}

extension RotationOutcome {
    fileprivate var nonce: [UInt8]? { if case .next(let nonce, _) = self { nonce } else { nil } }
}

extension RefreshOutcome {
    fileprivate var nonce: [UInt8]? { if case .next(let nonce, _, _) = self { nonce } else { nil } }
}

@Suite struct `Rotations at once` {
    @Test func `of 200 wishes on two gateways one is done, and nobody is signed out`() async throws {
        try await withDatabase { database in
            let house = try await TwoGateways(database)
            let outcomes = try await withThrowingTaskGroup(of: RotationOutcome.self) { group in
                for number in 0..<200 as Range<UInt64> {
                    let gateway = house.gateways[Int(number % 2)]
                    group.addTask { try await gateway.rotate(TwoGateways.rotation(to: 1_000 + number)) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(outcomes.compactMap(\.nonce)).count == 1)
            let tokens = [TwoGateways.cookie] + (0..<200).map { digest(1_000 + $0) }
            let found = try await house.gateways[0].lookup(tokens, idle: .seconds(3_600))
            #expect(found.count == 2, "the former and the next")
            #expect(found[TwoGateways.cookie] != nil)
            #expect(found.values.allSatisfy { $0.sessionID == house.browser.id })
        }
    }

    @Test func `who waits for another's rotation changes nothing, and learns the same next token afterwards`()
        async throws
    {
        try await withDatabase { database in
            let house = try await TwoGateways(database)
            let rotation = TwoGateways.rotation(to: 2)
            let first = Query(
                PostgresSessionStore.rotate,
                [
                    PostgresValue(rotation.presented), PostgresValue(rotation.next), .bytes(rotation.nonce),
                    .text(rotation.host), PostgresValue(rotation.age), PostgresValue(.seconds(30)),
                ])
            let gateway = house.gateways[1]
            let outcome = try await house.interleave(first) { try await gateway.rotate(TwoGateways.rotation(to: 3)) }
            #expect(outcome.nonce == nil || outcome.nonce == rotation.nonce)
            let again = try await gateway.rotate(TwoGateways.rotation(to: 4))
            #expect(again.nonce == rotation.nonce)
            let found = try await gateway.lookup([digest(1), digest(2), digest(3), digest(4)], idle: .seconds(3_600))
            #expect(Set(found.keys) == [digest(1), digest(2)])
        }
    }

    @Test func `whoever is signed out while a cookie is rotated stays signed out`() async throws {
        try await withDatabase { database in
            let house = try await TwoGateways(database)
            let first = Query(
                "UPDATE user_sessions SET revoked_at = now(), revocation_reason = 'signed_out' WHERE id = $1",
                [PostgresValue(house.browser.id)])
            let gateway = house.gateways[0]
            // The rotation does not wait for the row of the session; what it makes opens nothing.
            try await database.pool.transaction { transaction in
                try await transaction.query(first.statement, first.parameters)
                _ = try await gateway.rotate(TwoGateways.rotation(to: 2))
            }
            #expect(try await gateway.lookup([digest(1), digest(2)], idle: .seconds(3_600)).isEmpty)
            #expect(try await gateway.rotate(TwoGateways.rotation(to: 3)) == .none)
        }
    }

    @Test func `the first use of the next token ends its being given again, also if two use it at once`() async throws {
        try await withDatabase { database in
            let house = try await TwoGateways(database)
            _ = try await house.gateways[0].rotate(TwoGateways.rotation(to: 2))
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<20 {
                    let gateway = house.gateways[number % 2]
                    group.addTask { try await gateway.lookup([digest(2)], idle: .seconds(3_600)).count }
                }
                for try await count in group { #expect(count == 1) }
            }
            #expect(try await house.gateways[1].rotate(TwoGateways.rotation(to: 3)) == .none)
        }
    }
}

/// RFC 9700, section 4.14.2; CVE-2026-9802: one refresh token, exchanged twice at the same moment.
@Suite struct `Refresh tokens` {
    @Test(arguments: [Duration.seconds(30), .zero])
    func `that come twice at once never make two successions`(grace: Duration) async throws {
        try await withDatabase { database in
            let house = try await TwoGateways(database, grace: grace)
            let refreshing = TwoGateways.refreshing(to: 102)
            let first = Query(
                PostgresSessionStore.refresh,
                [
                    PostgresValue(refreshing.presented), PostgresValue(refreshing.refresh),
                    PostgresValue(refreshing.access), .bytes(refreshing.nonce),
                    PostgresValue(refreshing.accessExpiresAt), PostgresValue(refreshing.idle),
                ] + (try event.parameters()))
            let gateway = house.gateways[1]
            let second = try await house.interleave(first) {
                try await gateway.refresh(TwoGateways.refreshing(to: 103), audit: event, theft: theft)
            }
            let tokens = [digest(1_102), digest(1_103), digest(100)]
            let found = try await gateway.lookup(tokens, idle: .seconds(3_600))
            #expect(found[digest(1_103)] == nil, "the second wish made nothing of its own")
            if grace > .zero {
                #expect(second.nonce == refreshing.nonce, "the second gets the pair of the first")
                #expect(found[digest(1_102)] != nil)
            } else {
                #expect(second == .reused(house.program.id))
                #expect(found.isEmpty, "the whole session is over")
                #expect(try await house.revocations(of: house.program).filter { $0 == theft.event }.count == 1)
            }
        }
    }

    @Test(arguments: [Duration.seconds(30), .zero])
    func `that come a hundred times at once make one pair at most`(grace: Duration) async throws {
        try await withDatabase { database in
            let house = try await TwoGateways(database, grace: grace)
            let outcomes = try await withThrowingTaskGroup(of: RefreshOutcome.self) { group in
                for number in 0..<100 as Range<UInt64> {
                    let gateway = house.gateways[Int(number % 2)]
                    group.addTask {
                        try await gateway.refresh(
                            TwoGateways.refreshing(to: 2_000 + number), audit: event, theft: theft)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let nonces = outcomes.compactMap(\.nonce)
            #expect(Set(nonces).count == 1)
            #expect(nonces.count == (grace > .zero ? 100 : 1))
            let isOver = try await house.gateways[0].list(of: house.program.userID)
                .first { $0.id == house.program.id }?.revocationReason
            #expect(isOver == (grace > .zero ? nil : "token_reused"))
            let told = try await house.revocations(of: house.program)
            #expect(told.filter { $0 == theft.event }.count == (grace > .zero ? 0 : 1))
            #expect(told.filter { $0 == event.event }.count == 1)
        }
    }

    /// What was used is known to the database, not to a process.
    @Test func `that were used are known for it after a restart`() async throws {
        try await withDatabase { database in
            let house = try await TwoGateways(database, grace: .zero)
            _ = try await house.gateways[0].refresh(TwoGateways.refreshing(to: 102), audit: event, theft: theft)
            let restarted = PostgresStores(pool: database.pool, rotationGrace: RotationGrace(.zero)).sessions
            let replayed = try await restarted.refresh(TwoGateways.refreshing(to: 103), audit: event, theft: theft)
            #expect(replayed == .reused(house.program.id))
            #expect(try await restarted.lookup([digest(1_102)], idle: .seconds(3_600)).isEmpty)
            #expect(try await restarted.lookup([TwoGateways.cookie], idle: .seconds(3_600)).count == 1)
        }
    }
}

@Suite struct `A single session` {
    @Test func `is what sessions.per_user 1 means, however many sign in at once`() async throws {
        try await withDatabase { database in
            let user = try await database.stores.users.create(
                NewUser(username: "ada", email: nil, status: .active))
            let now = SystemClock().now()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<30 as Range<UInt64> {
                    group.addTask {
                        _ = try await database.stores.sessions.create(
                            NewSession(
                                userID: user.id, userAgent: nil, ipAddress: nil, method: .password, issuedAt: now,
                                expiresAt: now + .seconds(3_600), perUserMax: 1),
                            token: digest(number), host: "a.example.com", audit: event)
                    }
                }
                try await group.waitForAll()
            }
            let all = try await database.stores.sessions.list(of: user.id)
            #expect(all.count == 30)
            #expect(all.filter { $0.revokedAt == nil }.count == 1)
            let events = try await database.stores.audit.list(limit: 100).map(\.event)
            #expect(events.filter { $0 == "session.displaced" }.count == 29)
        }
    }
}
