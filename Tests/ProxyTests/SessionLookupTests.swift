import EventLoop
import GatehouseTesting
import Identity
import LayerTesting
import Testing

@testable import Proxy

@Suite struct `Sessions` {
    @Test func `that are known cost no query`() async throws {
        try await Stand.with { stand, _ in
            let token = stand.sessions.signIn()
            for _ in 0..<20 { expect(200, of: try await stand.ask("GET /plants/detroit", token: token)) }
            #expect(stand.sessions.queries.count == 1)
            let report = try await stand.report()
            #expect(report.sessionQueries == 1 && report.sessionEntries == 1)
        }
    }

    @Test func `that many requests ask for at once are looked up once`() async throws {
        try await Stand.with { stand, _ in
            stand.sessions.setDelay(.milliseconds(100))
            // On a busy machine they need not come together.
            try await eventually {
                let before = stand.sessions.queries.count
                let tokens = (0..<5).map { stand.sessions.signIn("user\($0)") }
                try await withThrowingTaskGroup(of: Int?.self) { group in
                    for index in 0..<50 {
                        group.addTask { try await stand.ask("GET /private/x", token: tokens[index % 5]).status }
                    }
                    for try await status in group { #expect(status == 200) }
                }
                let queries = stand.sessions.queries.dropFirst(before)
                #expect(queries.reduce(0) { $0 + $1.count } == 5, "each is asked for once")
                return queries.count <= 3
            }
        }
    }

    @Test func `that nobody knows are asked for once, and push nothing out`() async throws {
        try await Stand.with { stand, _ in
            let made = stand.sessions.signIn()
            let token = "ghs_" + String(made.dropFirst(4).reversed())
            let start = ContinuousClock.now
            for _ in 0..<5 { expect(401, of: try await stand.ask("GET /private/x", token: token)) }
            // That is remembered for some seconds, which pass here only on a busy machine.
            let seconds = Int((ContinuousClock.now - start).components.seconds)
            #expect(stand.sessions.queries.count <= 1 + seconds)
        }
    }

    @Test func `are not asked for where nobody needs to be known`() async throws {
        try await Stand.with { stand, _ in
            let token = stand.sessions.signIn()
            expect(404, of: try await stand.ask("GET /nothing", token: token))
            expect(400, of: try await stand.ask("GET /public/%00", token: token))
            expect(200, of: try await stand.ask("GET /.gatehouse/login", token: token))
            #expect(stand.sessions.queries.isEmpty)
        }
    }

    @Test func `older than the bound get 503 while the store is away, and come back by themselves`() async throws {
        try await Stand.with(options: { $0.staleness = .seconds(8) }) { stand, _ in
            let token = stand.sessions.signIn()
            let start = ContinuousClock.now
            expect(200, of: try await stand.ask("GET /private/x", token: token))
            stand.sessions.setAway(true)
            let early = try await stand.ask("GET /private/x", token: token)
            // Unless the bound is over already, as on a busy machine it may be.
            if ContinuousClock.now - start < .seconds(8) { expect(200, of: early) }
            try await Task.sleep(for: .milliseconds(8_100))
            let answer = try await stand.ask("GET /private/x", token: token)
            #expect(answer.status == 503 && answer["Retry-After"] != nil)
            #expect(answer.text.contains("\"code\":\"sessions_unavailable\""))
            expect(200, of: try await stand.ask("GET /public/x", token: token))
            expect(401, of: try await stand.ask("GET /private/x"))
            #expect(try await !stand.report().isSessionStoreAnswering)
            stand.sessions.setAway(false)
            expect(200, of: try await stand.ask("GET /private/x", token: token))
            #expect(try await stand.report().isSessionStoreAnswering)
        }
    }

    @Test func `that cannot be looked up are complained of once, with the SQLSTATE, and so is their return`()
        async throws
    {
        let log = LogCapture()
        try await Stand.with(options: { $0.logger = log.logger }) { stand, _ in
            let token = stand.sessions.signIn()
            stand.sessions.setAway(true)
            for _ in 0..<4 { expect(503, of: try await stand.ask("GET /private/x", token: token)) }
            #expect(log.lines.count == 1)
            let line = try #require(log.lines.first)
            #expect(line.hasPrefix("warning: sessions cannot be looked up") && line.contains("57P03"))
            stand.sessions.setAway(false)
            for _ in 0..<4 { expect(200, of: try await stand.ask("GET /private/x", token: token)) }
            #expect(log.lines.dropFirst() == ["notice: sessions are looked up again more_before=3"])
        }
    }

    @Test func `are as old as the question, however late the answer came`() async throws {
        try await Stand.with(options: { $0.staleness = .seconds(12) }) { stand, _ in
            let token = stand.sessions.signIn()
            stand.sessions.setDelay(.seconds(3))
            stand.sessions.answersAsOfTheQuestion()
            async let answer = stand.ask("GET /private/x", token: token)
            while stand.sessions.queries.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            let asked = ContinuousClock.now
            expect(200, of: try await answer)
            stand.sessions.setAway(true)
            stand.sessions.setDelay(.zero)
            try await Task.sleep(until: asked + .milliseconds(12_050))
            expect(503, of: try await stand.ask("GET /private/x", token: token))
        }
    }

    @Test func `are refreshed in the background before they are too old`() async throws {
        try await Stand.with(options: { $0.staleness = .seconds(16) }) { stand, _ in
            let token = stand.sessions.signIn()
            let start = ContinuousClock.now
            expect(200, of: try await stand.ask("GET /private/x", token: token))
            try await Task.sleep(for: .milliseconds(8_100))
            stand.sessions.remove(token)
            let answer = try await stand.ask("GET /private/x", token: token)
            // Unless it is too old already, as on a busy machine it may be.
            if ContinuousClock.now - start < .seconds(16) { expect(200, of: answer) }
            while stand.sessions.queries.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
            // The answer is on its way.
            try await eventually { try await stand.ask("GET /private/x", token: token).status == 401 }
        }
    }

    @Test func `that are revoked are forgotten at once`() async throws {
        try await Stand.with(options: { $0.workers = 2 }) { stand, _ in
            let token = stand.sessions.signIn()
            let session = try #require(stand.sessions.session(token))
            for _ in 0..<8 { expect(200, of: try await stand.ask("GET /private/x", token: token)) }
            stand.sessions.remove(token)
            await stand.gateway.apply([.session(session.sessionID, of: session.principal.userID)])
            for _ in 0..<8 { expect(401, of: try await stand.ask("GET /private/x", token: token)) }
            let other = stand.sessions.signIn("bob")
            let user = try #require(stand.sessions.session(other)).principal.userID
            expect(200, of: try await stand.ask("GET /private/x", token: other))
            stand.sessions.remove(other)
            await stand.gateway.apply([.user(user)])
            expect(401, of: try await stand.ask("GET /private/x", token: other))
        }
    }

    @Test func `revoked while they are looked up are looked up again`() async throws {
        try await Stand.with { stand, _ in
            let token = stand.sessions.signIn()
            let session = try #require(stand.sessions.session(token))
            stand.sessions.holdAnswers(true)
            async let answer = stand.ask("GET /private/x", token: token)
            while stand.sessions.held == 0 { try await Task.sleep(for: .milliseconds(5)) }
            stand.sessions.remove(token)
            await stand.gateway.apply([.session(session.sessionID, of: session.principal.userID)])
            stand.sessions.holdAnswers(false)
            expect(401, of: try await answer)
        }
    }

    @Test func `end at their absolute end`() async throws {
        let clock = FakeClock()
        try await Stand.with(options: { $0.clock = clock }) { stand, _ in
            let token = stand.sessions.signIn(now: clock.now())
            expect(200, of: try await stand.ask("GET /private/x", token: token))
            clock.advance(by: .seconds(3600))
            // A worker looks at the clock a hundred times a second.
            try await eventually { try await stand.ask("GET /private/x", token: token).status == 401 }
        }
    }
}

@Suite struct `The uses of sessions` {
    private func entries(_ count: Int) -> [CachedSession] {
        let sessions = FakeSessions()
        return (0..<count).compactMap { _ in
            let token = sessions.signIn()
            return sessions.session(token).map {
                CachedSession(token: FakeSessions.hash(token), session: $0, fetchedAt: .now())
            }
        }
    }

    @Test func `are told once a batch, with the latest moment`() {
        let uses = SessionUses()
        let all = entries(3)
        let start = SystemClock().now()
        for step in 1...4 {
            for entry in all {
                entry.touch(start + .seconds(step))
                uses.note(entry)
            }
        }
        let batch = uses.take()
        #expect(Set(batch.map(\.session)) == Set(all.map(\.sessionID)))
        #expect(batch.count == 3 && batch.allSatisfy { $0.at == start + .seconds(4) })
        #expect(uses.take().isEmpty)
        uses.note(all[1])
        #expect(uses.take().map(\.session) == [all[1].sessionID])
    }

    @Test func `are bounded: what does not fit comes with its next use`() {
        let uses = SessionUses(usesMax: 4)
        let all = entries(6)
        #expect(!uses.areMany)
        for entry in all { uses.note(entry) }
        #expect(uses.areMany)
        #expect(Set(uses.take().map(\.session)) == Set(all.prefix(4).map(\.sessionID)))
        for entry in all.suffix(2) { uses.note(entry) }
        #expect(Set(uses.take().map(\.session)) == Set(all.suffix(2).map(\.sessionID)))
    }

    @Test func `are told a part at a time when they are many, those that waited longest first`() {
        let uses = SessionUses(usesMany: 8, partMin: 3)
        let all = entries(10)
        for entry in all { uses.note(entry) }
        #expect(uses.areMany)
        #expect(uses.takeDue().map(\.session) == all[..<3].map(\.sessionID))
        for entry in all { uses.note(entry) }
        #expect(uses.takeDue().map(\.session) == all[3..<6].map(\.sessionID))
        #expect(!uses.areMany)
        #expect(uses.takeDue().map(\.session) == (all[6...] + all[..<3]).map(\.sessionID))
        #expect(uses.takeDue().isEmpty)
    }

    @Test func `are told before the gateway is gone`() async throws {
        try await Stand.with { stand, _ in
            let token = stand.sessions.signIn()
            let session = try #require(stand.sessions.session(token)).sessionID
            for _ in 0..<3 { expect(200, of: try await stand.ask("GET /private/x", token: token)) }
            #expect(stand.sessions.uses.isEmpty, "not with every request")
            await stand.gateway.drain(limit: .seconds(1))
            #expect(stand.sessions.uses.map(\.session) == [session])
        }
    }
}

@Suite struct `The session cache` {
    @Test func `is bounded, and spares what is used`() {
        let cache = SessionCache(entriesMax: 4)
        let sessions = FakeSessions()
        let tokens = (0..<8).map { _ in sessions.signIn() }
        func put(_ token: String) {
            guard let session = sessions.session(token) else { return }
            cache.store(session, for: FakeSessions.hash(token), fetchedAt: .now())
        }
        tokens.prefix(4).forEach(put)
        cache.entry(FakeSessions.hash(tokens[0]))?.touch(.init(seconds: 1))
        tokens.dropFirst(4).prefix(3).forEach(put)
        #expect(cache.count == 4)
        #expect(cache.entry(FakeSessions.hash(tokens[0])) != nil, "used, so it stays")
        for token in tokens[1...3] { #expect(cache.entry(FakeSessions.hash(token)) == nil) }
        for token in tokens[4...6] { #expect(cache.entry(FakeSessions.hash(token)) != nil) }
        for token in tokens { cache.remove(FakeSessions.hash(token)) }
        #expect(cache.count == 0)
    }

    @Test(arguments: [1, 3, 40, 200])
    func `finds what a table of any fill holds, and nothing else`(entriesMax: Int) {
        let cache = SessionCache(entriesMax: entriesMax)
        let sessions = FakeSessions()
        // Few homes for many tokens, so that they stand in each other's way.
        let known = (0..<400).compactMap { number -> (hash: TokenHash, session: AuthenticatedSession)? in
            sessions.session(sessions.signIn()).map { session in
                (TokenHash((UInt64(number % 7) << 32 | UInt64(number % 5), UInt64(number), 1, 2)), session)
            }
        }
        var random = SeededGenerator(seed: UInt64(entriesMax))
        var held: Set<Int> = []
        for _ in 0..<1_000 {
            let index = Int(random.next() % UInt64(known.count))
            let (hash, session) = known[index]
            if random.next() % 3 == 0 {
                cache.remove(hash)
                held.remove(index)
            } else {
                cache.store(session, for: hash, fetchedAt: .now())
                held.insert(index)
                // Somebody gave way if the cache was full.
                if held.count > entriesMax { held = held.filter { cache.entry(known[$0].hash) != nil } }
            }
            #expect(cache.count == held.count)
            let other = Int(random.next() % UInt64(known.count))
            // Whether or not it is there, this is a hint and no more.
            cache.prefetchPlace(of: known[other].hash)
            cache.prefetchEntry(of: known[other].hash)
            #expect(
                (cache.entry(known[other].hash)?.sessionID == known[other].session.sessionID) == held.contains(other))
        }
        for index in known.indices {
            #expect((cache.entry(known[index].hash) != nil) == held.contains(index))
        }
        cache.removeAll { _ in true }
        #expect(cache.count == 0 && known.allSatisfy { cache.entry($0.hash) == nil })
    }

    @Test func `keeps what is rendered for a place until the person changes`() throws {
        let sessions = FakeSessions()
        let token = sessions.signIn(name: String(repeating: "Ada ", count: 300))
        let hash = FakeSessions.hash(token)
        let session = try #require(sessions.session(token))
        let cache = SessionCache(entriesMax: 2)
        cache.store(session, for: hash, fetchedAt: .now())
        let entry = try #require(cache.entry(hash))
        let principal = entry.principal
        cache.store(session, for: hash, fetchedAt: .now())
        #expect(entry.principal === principal, "an answer that says the same changes nothing")
        let other = AuthenticatedSession(
            sessionID: session.sessionID,
            principal: Principal(
                userID: session.principal.userID, username: "ada", email: nil, name: nil, globalRoles: [],
                memberships: []),
            host: nil, lastUsedAt: session.lastUsedAt, expiresAt: session.expiresAt)
        cache.store(other, for: hash, fetchedAt: .now())
        #expect(cache.entry(hash) === entry && entry.principal.globalRoles.isEmpty)
    }

    @Test func `keeps once what it knows of a person with several tokens, as long as it is the same`() throws {
        let cache = SessionCache(entriesMax: 8)
        let sessions = FakeSessions()
        let signedIn = try #require(sessions.session(sessions.signIn("ada")))
        func entry(_ number: UInt64, email: String, of user: UserID) throws -> CachedSession {
            let hash = TokenHash((number, number, number, number))
            let session = AuthenticatedSession(
                sessionID: signedIn.sessionID,
                principal: Principal(
                    userID: user, username: "ada", email: email, name: nil, globalRoles: ["USER"],
                    memberships: signedIn.principal.memberships),
                host: nil, lastUsedAt: signedIn.lastUsedAt, expiresAt: signedIn.expiresAt)
            cache.store(session, for: hash, fetchedAt: .now())
            return try #require(cache.entry(hash))
        }
        let ada = signedIn.principal.userID
        let first = try entry(1, email: "ada@example.com", of: ada)
        let second = try entry(2, email: "ada@example.com", of: ada)
        #expect(first.principal === second.principal)
        let renamed = try entry(3, email: "countess@example.com", of: ada)
        #expect(renamed.principal.email == "countess@example.com" && first.principal.email == "ada@example.com")
        #expect(try entry(1, email: "countess@example.com", of: ada).principal === renamed.principal)
        let other = UserID(UUID128(high: 1, low: 2))
        #expect(try entry(4, email: "countess@example.com", of: other).principal.userID == other)
    }

    @Test func `remembers unknown tokens for a while, and not too many`() {
        let start = MonotonicInstant.now()
        let unknown = UnknownTokens(perGenerationMax: 100, lifetime: .seconds(5), now: start)
        let sessions = FakeSessions()
        let hashes = (0..<500).map { _ in FakeSessions.hash(sessions.signIn()) }
        for hash in hashes { unknown.insert(hash, now: start) }
        #expect(unknown.count <= 200)
        #expect(unknown.contains(hashes[499], now: start + .seconds(4)))
        #expect(!unknown.contains(hashes[499], now: start + .seconds(11)))
    }
}

/// Who waits for the store, and for how long.
@MainActor @Suite struct `Lookups of sessions` {
    private let lookups = SessionLookups()
    private let tokens = (0..<3).map { FakeSessions.hash("\($0)") }

    private func ask(_ token: TokenHash) async -> Task<SessionLookups.Outcome, Never> {
        let before = lookups.waiting
        let task = Task { await lookups.outcome(for: token) {} }
        while lookups.waiting == before { await Task.yield() }
        return task
    }

    private func end(_ number: Int, isLate: Bool) -> Bool {
        lookups.endQuery(number, answer: nil, isLate: isLate, keep: { _, _ in }, forget: { _, _ in }, spare: { _ in })
    }

    @Test func `are given up together when the store says nothing, and then one at a time finds out`() async throws {
        let first = await ask(tokens[0])
        let query = try #require(lookups.beginQuery())
        let second = await ask(tokens[1])
        #expect(end(query.number, isLate: true))
        #expect(await first.value == .unavailable)
        #expect(await second.value == .unavailable, "it has waited for long enough")
        #expect(lookups.beginQuery() == nil)

        let third = await ask(tokens[2])
        let next = try #require(lookups.beginQuery())
        #expect(next.tokens == [tokens[2]])
        #expect(await lookups.outcome(for: tokens[0]) {} == .unavailable, "at once")
        let isAwaited = lookups.endQuery(
            next.number, answer: [:], keep: { _, _ in }, forget: { _, _ in }, spare: { _ in })
        #expect(isAwaited)
        #expect(await third.value == .unknown)

        let fourth = await ask(tokens[0])
        let last = try #require(lookups.beginQuery())
        let fifth = await ask(tokens[1])
        #expect(end(last.number, isLate: false))
        #expect(await fourth.value == .unavailable)
        #expect(lookups.beginQuery()?.tokens == [tokens[1]], "what fails at once keeps nobody from trying")
        fifth.cancel()
        #expect(end(last.number + 1, isLate: true))
        #expect(await fifth.value == .unavailable)
        #expect(lookups.waiting == 0)
    }
}
