import GatehouseTesting
import Identity
import Testing

@testable import Assertion

private let day = Duration.seconds(86_400)

/// A gateway's share in the rotation: 30 days a key.
private func gateway(
    _ store: MemoryKeyStore, _ clock: FakeClock, keys: [UInt8] = [1]
) throws -> KeyRotation {
    let sealing = try #require(KeySealing(keys: keys.map(sealingKey)))
    return KeyRotation(store: store, sealing: sealing, age: day * 30, clock: clock)
}

@Suite struct `Keys of assertions` {
    @Test func `are made once, and are the same for all gateways`() async throws {
        let clock = FakeClock(noon)
        let store = MemoryKeyStore(clock)
        let rings = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<20 { group.addTask { try await gateway(store, clock)().jwks } }
            return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
        }
        #expect(rings.count == 1)
        #expect(try await store.keys().count == 1)
    }

    @Test func `are changed in time: known before they are used, and for as long as what they signed is good`()
        async throws
    {
        let clock = FakeClock(noon)
        let store = MemoryKeyStore(clock)
        let rotation = try gateway(store, clock)
        let first = try #require(try await rotation().signer(at: clock.now()))
        clock.advance(by: day * 30 - .seconds(901))
        #expect(try await rotation().keys.count == 1)

        clock.advance(by: .seconds(2))
        let both = try await rotation()
        #expect(both.keys.count == 2)
        #expect(both.signer(at: clock.now())?.id == first.id, "nobody can know the new one yet")
        let second = both.keys[0].id
        #expect(try await rotation().keys.count == 2, "one is enough")

        clock.advance(by: KeyRotation.notice)
        #expect(try await rotation().signer(at: clock.now())?.id == second)
        clock.advance(by: KeyRotation.overlap)
        #expect(try await rotation().keys.count == 2, "what the first signed last is just over")
        clock.advance(by: .seconds(1))
        _ = try await rotation()
        let last = try await rotation()
        #expect(last.keys.map(\.id) == [second])
    }

    @Test func `are sealed anew when the sealing key changes, step by step`() async throws {
        let clock = FakeClock(noon)
        let store = MemoryKeyStore(clock)
        let id = try await gateway(store, clock, keys: [1])().keys[0].id
        // Every gateway learns of the new one first; then it seals; then the old one goes.
        #expect(try await gateway(store, clock, keys: [1, 2])().keys.map(\.id) == [id])
        let before = try await store.keys()
        #expect(try await gateway(store, clock, keys: [2, 1])(tidies: false).keys.map(\.id) == [id])
        #expect(try await store.keys() == before, "only whoever tidies seals anew")
        #expect(try await gateway(store, clock, keys: [2, 1])().keys.map(\.id) == [id])
        #expect(try await gateway(store, clock, keys: [2])().keys.map(\.id) == [id])
        await #expect(throws: AssertionKeyError.self) { try await gateway(store, clock, keys: [1])() }
    }

    @Test func `are never taken from somebody who has no sealing key`() async throws {
        let clock = FakeClock(noon)
        for (what, change) in Self.forgeries {
            let store = MemoryKeyStore(clock)
            _ = try await gateway(store, clock)()
            store.change(change)
            await #expect(throws: AssertionKeyError.self, "\(what)") { try await gateway(store, clock)() }
        }
    }

    private static let forgeries: [(String, @Sendable (inout [SealedAssertionKey]) -> Void)] = [
        (
            "a key of their own under our sealing key's name",
            { rows in
                let own = try? KeySealing(keys: [sealingKey(9)])?.seal(AssertionKey(activeFrom: noon + day))
                if var own {
                    own.sealingKeyID = rows[0].sealingKeyID
                    rows.append(own)
                }
            }
        ),
        (
            "a private key under another name",
            { rows in
                let other = AssertionKey(activeFrom: noon).id
                rows.append(
                    SealedAssertionKey(
                        id: other, sealedPrivateKey: rows[0].sealedPrivateKey, sealingKeyID: rows[0].sealingKeyID,
                        activeFrom: noon))
            }
        ),
        ("a changed bit", { $0[0].sealedPrivateKey[20] ^= 1 }),
        ("a changed nonce", { $0[0].sealedPrivateKey[0] ^= 1 }),
        ("a cut ciphertext", { $0[0].sealedPrivateKey.removeLast() }),
        ("nothing", { $0[0].sealedPrivateKey = [] }),
        ("another sealing key", { $0[0].sealingKeyID = "AAAAAAAAAAAA" }),
    ]

    @Test func `are made anew when somebody takes all of them away`() async throws {
        let clock = FakeClock(noon)
        let store = MemoryKeyStore(clock)
        let first = try await gateway(store, clock)().keys[0].id
        store.change { $0 = [] }
        let ring = try await gateway(store, clock)(tidies: false)
        #expect(ring.keys.count == 1 && ring.keys[0].id != first)
        #expect(ring.signer(at: clock.now())?.id == ring.keys[0].id)
    }
}

@Suite struct `A sealing key` {
    @Test(arguments: [[], [31], [33], [32, 16], [0]])
    func `is 32 bytes long`(lengths: [Int]) {
        #expect(KeySealing(keys: lengths.map { [UInt8](repeating: 7, count: $0) }) == nil)
    }

    @Test func `seals the same key differently each time, and says nothing of it`() throws {
        let sealing = try #require(KeySealing(keys: [sealingKey(1)]))
        let key = AssertionKey(activeFrom: noon)
        let sealed = try sealing.seal(key)
        #expect(try sealing.seal(key).sealedPrivateKey != sealed.sealedPrivateKey)
        #expect(sealed.sealedPrivateKey.count == 60)
        #expect(!sealed.sealedPrivateKey.starts(with: key.privateKey))
        #expect(try sealing.open(sealed).privateKey == key.privateKey)
        #expect(!sealed.sealingKeyID.contains(Base64URL.encode(sealingKey(1))))
    }
}
