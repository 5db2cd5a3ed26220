import GatehouseTesting
import Identity
import Testing

@Suite struct `The stores in memory` {
    @Test func `go by the clock that they were given`() async throws {
        let clock = FakeClock()
        let stores = MemoryStores(clock: clock, random: SeededRandom())
        let user = try await stores.users.create(NewUser(username: "ada", email: nil, status: .active))
        #expect(user.createdAt == clock.now())
        let token = TokenHash((1, 2, 3, 4))
        _ = try await stores.sessions.create(
            NewSession(
                userID: user.id, userAgent: nil, ipAddress: nil, method: .password, issuedAt: clock.now(),
                expiresAt: clock.now() + .seconds(3_600), perUserMax: 1),
            token: token, host: nil)
        clock.advance(by: .seconds(59))
        #expect(try await stores.sessions.lookup([token], idle: .seconds(60)).count == 1)
        clock.advance(by: .seconds(1))
        #expect(try await stores.sessions.lookup([token], idle: .seconds(60)).isEmpty)
        #expect(try await stores.sessions.lookup([token], idle: .seconds(6_000)).count == 1)
        clock.advance(by: .seconds(3_540))
        #expect(try await stores.sessions.lookup([token], idle: .seconds(6_000)).isEmpty)
    }

    @Test func `fail when a test says so, and count what they were asked`() async throws {
        let stores = MemoryStores()
        stores.fail(with: .unavailable("away"))
        await #expect(throws: StoreError.unavailable("away")) { try await stores.plants.list() }
        stores.fail(with: nil)
        #expect(try await stores.plants.list() == [])
        #expect(stores.operationCount == 2)
    }

    @Test func `give the same bytes for the same seed, and others for another`() {
        #expect(SeededRandom(seed: 7).bytes(33) == SeededRandom(seed: 7).bytes(33))
        #expect(SeededRandom(seed: 7).bytes(33) != SeededRandom(seed: 8).bytes(33))
        let random = SeededRandom()
        #expect(random.bytes(8) != random.bytes(8))
    }
}
