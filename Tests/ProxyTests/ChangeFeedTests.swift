import EventLoop
import Identity
import LayerTesting
import Testing

@testable import Proxy

/// What a feed of changes does to what workers know.
@Suite struct `With a feed of changes` {
    private static func feed(since: MonotonicInstant, until: MonotonicInstant = .now()) -> FeedState {
        FeedState(since: since, until: until)
    }

    @Test func `what is known serves without being asked for again`() async throws {
        try await Stand.with(options: { $0.staleness = .milliseconds(400) }) { stand, _ in
            let since = MonotonicInstant.now()
            // Proved up to a moment in the future: as if the feed had been up all the time.
            await stand.gateway.apply([], feed: Self.feed(since: since, until: .now() + .seconds(3_600)))
            let token = stand.sessions.signIn()
            expect(200, of: try await stand.ask("GET /private/x", token: token))
            try await Task.sleep(for: .milliseconds(600))
            expect(200, of: try await stand.ask("GET /private/x", token: token))
            #expect(stand.sessions.queries.count == 1)
        }
    }

    @Test func `that is lost, what is known serves for the staleness, and then nobody knows`() async throws {
        try await Stand.with(options: { $0.staleness = .seconds(8) }) { stand, _ in
            await stand.gateway.apply([], feed: Self.feed(since: .now()))
            let token = stand.sessions.signIn()
            expect(200, of: try await stand.ask("GET /private/x", token: token))
            stand.sessions.setAway(true)
            try await Task.sleep(for: .milliseconds(8_100))
            expect(503, of: try await stand.ask("GET /private/x", token: token))
        }
    }

    @Test func `that is back, all that was known before is asked for again`() async throws {
        try await Stand.with { stand, _ in
            await stand.gateway.apply([], feed: Self.feed(since: .now()))
            let token = stand.sessions.signIn()
            expect(200, of: try await stand.ask("GET /private/x", token: token))
            stand.sessions.remove(token)
            expect(200, of: try await stand.ask("GET /private/x", token: token))
            await stand.gateway.apply([], feed: Self.feed(since: .now()))
            expect(401, of: try await stand.ask("GET /private/x", token: token))
            let other = stand.sessions.signIn("bob")
            expect(200, of: try await stand.ask("GET /private/x", token: other))
            await stand.gateway.apply([], feed: Self.feed(since: .now()))
            stand.sessions.setAway(true)
            expect(503, of: try await stand.ask("GET /private/x", token: other))
        }
    }

    @Test func `a change takes what it is about, and leaves the rest`() async throws {
        try await Stand.with { stand, _ in
            let ada = stand.sessions.signIn("ada", roles: ["detroit": .operator])
            let bob = stand.sessions.signIn("bob", roles: ["detroit": .operator])
            let eve = stand.sessions.signIn("eve", roles: [:])
            let all = [ada, bob, eve]
            func ask() async throws -> Set<String> {
                let before = stand.sessions.queries.count
                for token in all { expect(200, of: try await stand.ask("GET /private/x", token: token)) }
                let asked = stand.sessions.queries.dropFirst(before).joined()
                return Set(all.filter { asked.contains(FakeSessions.hash($0)) })
            }
            let session = try #require(stand.sessions.session(ada))
            let user = session.principal.userID
            let plant = try #require(session.principal.memberships.first).plantID
            #expect(try await ask() == Set(all))
            #expect(try await ask() == [])
            for (change, expected) in [
                (.session(session.sessionID, of: user), [ada]), (.user(user), [ada]),
                (.role(of: user, in: plant), [ada]), (.everything, Set(all)),
                (.session(SessionID(.random(from: SystemRandomSource())), of: user), []),
            ] as [(IdentityChange, Set<String>)] {
                await stand.gateway.apply([change])
                #expect(try await ask() == expected, "\(change)")
            }
            // Members must be asked for; all others may have gained a role, and are asked for in the background.
            await stand.gateway.apply([.plant(plant)])
            stand.sessions.setAway(true)
            for (token, status) in [(ada, 503), (bob, 503), (eve, 200)] {
                expect(status, of: try await stand.ask("GET /private/x", token: token))
            }
            stand.sessions.setAway(false)
            while try await stand.ask("GET /private/x", token: ada).status != 200 {}
            let last = try #require(stand.sessions.session(eve))
            stand.sessions.remove(eve)
            while try await stand.ask("GET /private/x", token: eve).status == 200 {}
            #expect(last.principal.memberships.isEmpty)
        }
    }

    @Test func `a token that opened nothing may open something after a change`() async throws {
        try await Stand.with { stand, _ in
            let token = stand.sessions.signIn()
            let session = try #require(stand.sessions.session(token))
            stand.sessions.remove(token)
            expect(401, of: try await stand.ask("GET /private/x", token: token))
            stand.sessions.put(session, for: token)
            expect(401, of: try await stand.ask("GET /private/x", token: token))
            await stand.gateway.apply([.user(session.principal.userID)])
            expect(200, of: try await stand.ask("GET /private/x", token: token))
        }
    }

    /// A lookup that runs when the change comes must not put back what it read before.
    @Test(arguments: ["session", "user", "role", "plant", "everything", "feed"])
    func `an answer that a change has overtaken is not believed`(kind: String) async throws {
        try await Stand.with { stand, _ in
            await stand.gateway.apply([], feed: Self.feed(since: .now()))
            let token = stand.sessions.signIn()
            let session = try #require(stand.sessions.session(token))
            let user = session.principal.userID
            let plant = try #require(session.principal.memberships.first).plantID
            stand.sessions.holdAnswers(true)
            async let answer = stand.ask("GET /plants/detroit/x", token: token)
            while stand.sessions.held == 0 { try await Task.sleep(for: .milliseconds(2)) }
            // The question was answered with the session, and the answer is on its way.
            stand.sessions.remove(token)
            switch kind {
            case "session": await stand.gateway.apply([.session(session.sessionID, of: user)])
            case "user": await stand.gateway.apply([.user(user)])
            case "role": await stand.gateway.apply([.role(of: user, in: plant)])
            case "plant": await stand.gateway.apply([.plant(plant)])
            case "everything": await stand.gateway.apply([.everything])
            default: await stand.gateway.apply([], feed: Self.feed(since: .now()))
            }
            stand.sessions.holdAnswers(false)
            expect(401, of: try await answer)
            expect(401, of: try await stand.ask("GET /plants/detroit/x", token: token))
        }
    }

    @Test func `changes without end make an answer impossible, not a wait`() async throws {
        try await Stand.with { stand, _ in
            let token = stand.sessions.signIn()
            stand.sessions.holdAnswers(true)
            async let answer = stand.ask("GET /private/x", token: token)
            for _ in 0...SessionLookups.repetitionsMax {
                while stand.sessions.held == 0 { try await Task.sleep(for: .milliseconds(2)) }
                await stand.gateway.apply([.everything])
                stand.sessions.letGo()
            }
            expect(503, of: try await answer)
            stand.sessions.holdAnswers(false)
            expect(200, of: try await stand.ask("GET /private/x", token: token))
        }
    }
}

@Suite struct `The session cache, by users` {
    @Test func `forgets those of one user, whatever came and went before`() {
        let cache = SessionCache(entriesMax: 40)
        let sessions = FakeSessions()
        // Eight users with ten tokens each, in a cache that has no room for all.
        var known: [(hash: TokenHash, session: AuthenticatedSession)] = []
        for _ in 0..<8 {
            guard let first = sessions.session(sessions.signIn()) else { continue }
            for _ in 0..<10 {
                known.append((FakeSessions.hash(Token(.session, from: SystemRandomSource()).text), first))
            }
        }
        var random = SeededGenerator(seed: 1)
        for round in 0..<300 {
            for _ in 0..<20 {
                let (hash, session) = known[Int.random(in: 0..<known.count, using: &random)]
                if Bool.random(using: &random) {
                    cache.store(session, for: hash, fetchedAt: .now())
                } else {
                    cache.remove(hash)
                }
            }
            let before = known.filter { cache.entry($0.hash) != nil }
            let user = known[(round * 10) % known.count].session.principal.userID
            cache.removeAll(of: user) { _ in true }
            for (hash, session) in before {
                #expect((cache.entry(hash) == nil) == (session.principal.userID == user))
            }
            #expect(cache.count == before.count { $0.session.principal.userID != user })
        }
    }
}
