package import Identity

/// Looks after the keys in the store: makes the first one, the next ones in time, seals anew what an older key seals, and
/// takes away what nobody needs any more. Any number of gateways may do so at once, and all find the same keys.
package struct KeyRotation: Sendable {
    /// How long those who verify may take to learn of a new key before it is used. They look every five
    /// minutes (`AssertionIssuer.jwksMaxAge`).
    package static let notice = Duration.seconds(900)
    /// How long a key stays known after its successor was first used. What it signed is good for a minute.
    package static let overlap = Duration.seconds(3600)

    private let store: any AssertionKeyStore
    private let sealing: KeySealing
    private let age: Duration
    private let clock: any WallClock

    /// - Parameter age: how long a key is used.
    package init(
        store: any AssertionKeyStore, sealing: KeySealing, age: Duration, clock: any WallClock = SystemClock()
    ) {
        self.store = store
        self.sealing = sealing
        self.age = age
        self.clock = clock
    }

    /// Makes a key if one is due, and returns the keys there are then.
    ///
    /// - Parameter tidies: whether also to seal anew what an older key seals, and to remove what is over. Not when it was
    ///   somebody else's change that brought us here: two gateways whose sealing keys stand in another order would wake
    ///   each other for ever.
    package func callAsFunction(tidies: Bool = true) async throws(AssertionKeyError) -> KeyRing {
        var stored = try await stored()
        if isDue(stored) {
            try await add(try sealing.seal(AssertionKey(activeFrom: clock.now())))
            stored = try await self.stored()
        }
        let keys = try stored.map { row throws(AssertionKeyError) in try sealing.open(row) }
        if tidies {
            for (row, key) in zip(stored, keys) where !sealing.isCurrent(row.sealingKeyID) {
                try await reseal(try sealing.seal(key), from: row.sealingKeyID)
            }
            try await removeSucceeded()
        }
        // Somebody may have emptied the table in the meantime; the next round makes a key.
        guard let ring = KeyRing(keys) else { throw .store(.notFound) }
        return ring
    }

    private func isDue(_ keys: [SealedAssertionKey]) -> Bool {
        guard let newest = keys.map(\.activeFrom).max() else { return true }
        return newest + (age - Self.notice) <= clock.now()
    }

    // MARK: The store

    private func stored() async throws(AssertionKeyError) -> [SealedAssertionKey] {
        do { return try await store.keys() } catch { throw .store(error) }
    }

    private func add(_ key: SealedAssertionKey) async throws(AssertionKeyError) {
        do {
            // Whoever comes second finds the other's.
            _ = try await store.add(key, unlessYoungerThan: age - Self.notice, notice: Self.notice)
        } catch { throw .store(error) }
    }

    private func reseal(_ key: SealedAssertionKey, from former: String) async throws(AssertionKeyError) {
        do { _ = try await store.reseal(key, from: former) } catch { throw .store(error) }
    }

    private func removeSucceeded() async throws(AssertionKeyError) {
        do { try await store.removeSucceeded(forLongerThan: Self.overlap) } catch { throw .store(error) }
    }
}
