import GatehouseTesting
import Identity
import PostgreSQL
import Store
import Testing

private func key(_ number: Int, sealing: String = "sealing_key1") -> SealedAssertionKey {
    let digits = String(number)
    return SealedAssertionKey(
        id: String(repeating: "k", count: 43 - digits.utf8.count) + digits,
        sealedPrivateKey: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 60), sealingKeyID: sealing,
        activeFrom: Timestamp(seconds: 0))
}

private let day = Duration.seconds(86_400)
private let notice = Duration.seconds(900)

extension TestDatabase {
    fileprivate var keys: PostgresAssertionKeyStore { PostgresAssertionKeyStore(pool: pool) }

    /// Makes every key so much older.
    fileprivate func age(by seconds: Int) async throws {
        try await pool.query("ALTER TABLE assertion_keys DISABLE TRIGGER USER")
        try await pool.query(
            Statement("UPDATE assertion_keys SET active_from = active_from - $1::bigint * interval '1 second'"),
            [.int(Int64(seconds))])
        try await pool.query("ALTER TABLE assertion_keys ENABLE TRIGGER USER")
    }
}

@Suite struct `Stored assertion keys` {
    @Test func `are the first at once, and a later one after notice`() async throws {
        try await withDatabase { database in
            let now = SystemClock().now()
            #expect(try await database.keys.add(key(1), unlessYoungerThan: day, notice: notice))
            let first = try #require(try await database.keys.keys().first)
            #expect(first.id == key(1).id && first.sealedPrivateKey == key(1).sealedPrivateKey)
            #expect(first.sealingKeyID == "sealing_key1")
            #expect(abs((first.activeFrom - now).components.seconds) < 60)

            #expect(try await !database.keys.add(key(2), unlessYoungerThan: day, notice: notice))
            try await database.age(by: 86_401)
            #expect(try await database.keys.add(key(2), unlessYoungerThan: day, notice: notice))
            let both = try await database.keys.keys()
            #expect(both.map(\.id) == [key(2).id, key(1).id])
            #expect(both[0].activeFrom > now + notice - .seconds(60))
            #expect(try await !database.keys.add(key(3), unlessYoungerThan: day, notice: notice))
        }
    }

    @Test func `are added by one of many who add at once`() async throws {
        try await withDatabase { database in
            // Every round is a race between two stores with connections of their own.
            for round in 0..<20 {
                try await database.pool.query("DELETE FROM assertion_keys")
                let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<6 {
                        let store = database.keys
                        group.addTask {
                            try await store.add(key(round * 10 + number), unlessYoungerThan: day, notice: notice)
                        }
                    }
                    return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
                }
                #expect(winners == 1)
                #expect(try await database.keys.keys().count == 1)
            }
        }
    }

    @Test func `go when their successor has been used for long enough, and not before`() async throws {
        try await withDatabase { database in
            _ = try await database.keys.add(key(1), unlessYoungerThan: day, notice: notice)
            #expect(try await database.keys.removeSucceeded(forLongerThan: .zero) == 0)
            try await database.age(by: 86_401)
            _ = try await database.keys.add(key(2), unlessYoungerThan: day, notice: .zero)
            #expect(try await database.keys.removeSucceeded(forLongerThan: .seconds(3600)) == 0)
            try await database.age(by: 3601)
            #expect(try await database.keys.removeSucceeded(forLongerThan: .seconds(3600)) == 1)
            #expect(try await database.keys.keys().map(\.id) == [key(2).id])
        }
    }

    @Test func `are sealed anew by one alone`() async throws {
        try await withDatabase { database in
            _ = try await database.keys.add(key(1), unlessYoungerThan: day, notice: notice)
            var changed = key(1, sealing: "sealing_key2")
            changed.sealedPrivateKey = [UInt8](repeating: 9, count: 60)
            #expect(try await database.keys.reseal(changed, from: "sealing_key1"))
            #expect(try await !database.keys.reseal(changed, from: "sealing_key1"))
            let stored = try #require(try await database.keys.keys().first)
            #expect(stored.sealingKeyID == "sealing_key2" && stored.sealedPrivateKey == changed.sealedPrivateKey)
        }
    }

    @Test func `are refused in the clear, or under a name that is no thumbprint`() async throws {
        try await withDatabase { database in
            var naked = key(1)
            naked.sealedPrivateKey = [UInt8](repeating: 1, count: 32)
            var named = key(1)
            named.id = "main"
            for bad in [naked, named, key(1, sealing: "x")] {
                await #expect(throws: StoreError.self) {
                    try await database.keys.add(bad, unlessYoungerThan: day, notice: notice)
                }
            }
            _ = try await database.keys.add(key(1), unlessYoungerThan: day, notice: notice)
            await #expect(throws: PostgresError.self) {
                try await database.pool.query("UPDATE assertion_keys SET active_from = now()")
            }
        }
    }

    @Test func `announce each change, and nothing else`() async throws {
        try await withDatabase { database in
            var events = await database.pool.listen(PostgresAssertionKeyStore.channel).makeAsyncIterator()
            #expect(await events.next() == .listening)
            // What finds nothing to do wakes nobody.
            try await database.keys.removeSucceeded(forLongerThan: .zero)
            _ = try await database.keys.reseal(key(1), from: "sealing_key1")
            _ = try await database.keys.add(key(1), unlessYoungerThan: day, notice: notice)
            _ = try await database.keys.add(key(2), unlessYoungerThan: day, notice: notice)
            try await database.pool.query("SELECT pg_notify('gatehouse_assertion_keys', 'end')")
            var payloads: [String] = []
            while payloads.last != "end", case .notification(let notification) = await events.next() {
                payloads.append(notification.payload)
            }
            #expect(payloads == ["", "end"])
        }
    }
}
