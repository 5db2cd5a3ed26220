import Identity
import Synchronization

@testable import Assertion

/// Keys in memory, by a clock that a test moves.
final class MemoryKeyStore: AssertionKeyStore {
    private let rows = Mutex<[SealedAssertionKey]>([])
    private let clock: any WallClock

    init(_ clock: any WallClock) { self.clock = clock }

    /// Changes the rows as somebody else would.
    func change(_ body: (inout [SealedAssertionKey]) -> Void) { rows.withLock { body(&$0) } }

    func keys() async throws(StoreError) -> [SealedAssertionKey] {
        rows.withLock { $0.sorted { $0.activeFrom > $1.activeFrom } }
    }

    func add(
        _ key: SealedAssertionKey, unlessYoungerThan age: Duration, notice: Duration
    ) async throws(StoreError) -> Bool {
        let now = clock.now()
        return rows.withLock { rows in
            if rows.contains(where: { $0.activeFrom > now - age }) { return false }
            var key = key
            key.activeFrom = rows.isEmpty ? now : now + notice
            rows.append(key)
            return true
        }
    }

    func reseal(_ key: SealedAssertionKey, from former: String) async throws(StoreError) -> Bool {
        rows.withLock { rows in
            guard let index = rows.firstIndex(where: { $0.id == key.id && $0.sealingKeyID == former }) else {
                return false
            }
            rows[index].sealedPrivateKey = key.sealedPrivateKey
            rows[index].sealingKeyID = key.sealingKeyID
            return true
        }
    }

    func removeSucceeded(forLongerThan overlap: Duration) async throws(StoreError) -> Int {
        let limit = clock.now() - overlap
        return rows.withLock { rows in
            guard let successor = rows.map(\.activeFrom).filter({ $0 < limit }).max() else { return 0 }
            let count = rows.count
            rows.removeAll { $0.activeFrom < successor }
            return count - rows.count
        }
    }
}
