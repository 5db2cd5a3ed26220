import EventLoop
import Identity

/// The sessions that one worker knows, by the hash of their token: bounded, and never wrong for longer than
/// `database.staleness`.
///
/// When it is full, the clock algorithm makes room: the hand goes round the entries, spares those used since it last
/// passed, and takes the first that was not. That is within a few per cent of least-recently-used and costs a warm
/// request one store.
final class SessionCache {
    @safe @exclusivity(unchecked) private var entries: [TokenHash: CachedSession] = [:]
    @safe @exclusivity(unchecked) private var face: [CachedSession] = []
    @safe @exclusivity(unchecked) private var hand = 0
    private let entriesMax: Int

    init(entriesMax: Int) { self.entriesMax = max(1, entriesMax) }

    var count: Int { face.count }

    func entry(_ token: TokenHash) -> CachedSession? { entries[token] }

    /// Keeps what the store answered for `token`, in place of what was known.
    func store(_ session: AuthenticatedSession, for token: TokenHash, fetchedAt: MonotonicInstant) {
        if let known = entries[token] {
            known.update(session, fetchedAt: fetchedAt)
            return
        }
        let entry = CachedSession(token: token, session: session, fetchedAt: fetchedAt)
        if face.count < entriesMax {
            entry.slot = face.count
            face.append(entry)
        } else {
            while face[hand].wasUsed {
                face[hand].wasUsed = false
                hand = (hand + 1) % face.count
            }
            entries.removeValue(forKey: face[hand].token)
            entry.slot = hand
            face[hand] = entry
            hand = (hand + 1) % face.count
        }
        entries[token] = entry
    }

    func remove(_ token: TokenHash) {
        guard let entry = entries.removeValue(forKey: token), let last = face.popLast() else { return }
        if last !== entry {
            face[entry.slot] = last
            last.slot = entry.slot
        }
        if hand >= face.count { hand = 0 }
    }

    /// Forgets every entry of which this holds. Goes over all of them: for revocation and reload, not for requests.
    func removeAll(where matches: (AuthenticatedSession) -> Bool) {
        for entry in face where matches(entry.session) { remove(entry.token) }
    }
}
