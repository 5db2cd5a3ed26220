import EventLoop
import Identity

/// The sessions that one worker knows, by the hash of their token: bounded, and never wrong for longer than
/// `database.staleness`.
///
/// An open-addressing table: a place holds eight bytes of the hash beside the entry, so a hit reads one line of the
/// table and then the entry. Hashes are SHA-256 and come from the store, so nobody can make them collide, and they need
/// no hashing of their own. At most half of the places are taken, and what is removed is closed up behind
/// (Knuth, The Art of Computer Programming, volume 3, algorithm 6.4R).
///
/// When the cache is full, the clock algorithm makes room: the hand goes round the entries, spares those used since it
/// last passed, and takes the first that was not. That is within a few per cent of least-recently-used.
final class SessionCache {
    private struct Place {
        var digits: UInt64 = 0
        var entry: CachedSession?

        /// Which entry it is, without touching it.
        var object: ObjectIdentifier? { entry.map { ObjectIdentifier($0) } }
    }

    @safe @exclusivity(unchecked) private var places: [Place]
    @safe @exclusivity(unchecked) private var mask: Int
    /// The entries as the hand goes round them: looked at to make room, and by nothing that a hit does.
    private var face: [CachedSession] = []
    private var hand = 0
    private var shared = SharedParts()
    /// One entry of each user; the others hang on it.
    private var users: [UserID: CachedSession] = [:]
    private let entriesMax: Int

    init(entriesMax: Int) {
        self.entriesMax = max(1, entriesMax)
        places = Array(repeating: Place(), count: 64)
        mask = 63
    }

    var count: Int { face.count }

    /// Has the place of a token fetched into the processor's cache, and a moment later, when that is there, its entry. Among
    /// very many sessions neither is, and other work can be done meanwhile.
    func prefetchPlace(of token: TokenHash) { ProcessorCache.fetch(places, at: home(token)) }

    func prefetchEntry(of token: TokenHash) {
        var index = home(token)
        while let object = places[index].object {
            if places[index].digits == token.words.0 {
                return ProcessorCache.fetch(object, byteCount: CachedSession.warmBytes)
            }
            index = (index + 1) & mask
        }
    }

    func entry(_ token: TokenHash) -> CachedSession? {
        var index = home(token)
        // Of other entries that lie between, nothing is touched but their places.
        while places[index].object != nil {
            if places[index].digits == token.words.0, let entry = places[index].entry, entry.token == token {
                return entry
            }
            index = (index + 1) & mask
        }
        return nil
    }

    /// Keeps what the store answered for `token`, in place of what was known.
    func store(_ session: AuthenticatedSession, for token: TokenHash, fetchedAt: MonotonicInstant) {
        if let known = entry(token) {
            if known.sessionID == session.sessionID {
                let isSame = known.principal == session.principal
                return known.update(isSame ? session : sharing(session), fetchedAt: fetchedAt)
            }
            remove(token)
        }
        let entry = CachedSession(token: token, session: sharing(session), fetchedAt: fetchedAt)
        if face.count < entriesMax {
            if (count + 1) * 2 > places.count { grow() }
            entry.slot = face.count
            face.append(entry)
        } else {
            takeTurn(of: entry)
        }
        insert(entry)
        link(entry)
    }

    func remove(_ token: TokenHash) {
        var index = home(token)
        while let entry = places[index].entry {
            guard entry.token == token else {
                index = (index + 1) & mask
                continue
            }
            empty(index)
            unlink(entry)
            guard let last = face.popLast(), last !== entry else { return }
            face[entry.slot] = last
            last.slot = entry.slot
            return
        }
    }

    /// Forgets every entry of a user of which this holds, without a look at anybody else's.
    func removeAll(of user: UserID, where matches: (CachedSession) -> Bool) {
        var found: [TokenHash] = []
        var entry = users[user]
        while let present = entry {
            if matches(present) { found.append(present.token) }
            entry = present.nextOfUser
        }
        for token in found { remove(token) }
    }

    /// Forgets every entry of which this holds. Goes over all of them: for what changes many, not for requests.
    func removeAll(where matches: (CachedSession) -> Bool) {
        var found: [TokenHash] = []
        for entry in face where matches(entry) { found.append(entry.token) }
        for token in found { remove(token) }
    }

    // MARK: The table

    private func home(_ token: TokenHash) -> Int { Int(truncatingIfNeeded: token.words.0) & mask }

    private func insert(_ entry: CachedSession) {
        var index = home(entry.token)
        while places[index].entry != nil { index = (index + 1) & mask }
        places[index] = Place(digits: entry.token.words.0, entry: entry)
    }

    // MARK: Users

    /// The session made of what others have as well. Of somebody who is known by other tokens already, it is all of it that
    /// is said of them.
    private func sharing(_ session: AuthenticatedSession) -> AuthenticatedSession {
        shared.sharing(session, knownAs: users[session.principal.userID]?.principal)
    }

    private func link(_ entry: CachedSession) {
        let next = users.updateValue(entry, forKey: entry.principal.userID)
        entry.nextOfUser = next
        next?.previousOfUser = entry
    }

    private func unlink(_ entry: CachedSession) {
        entry.nextOfUser?.previousOfUser = entry.previousOfUser
        if let previous = entry.previousOfUser {
            previous.nextOfUser = entry.nextOfUser
        } else {
            users[entry.principal.userID] = entry.nextOfUser
        }
        entry.previousOfUser = nil
        entry.nextOfUser = nil
    }

    /// Empties a place, and moves up behind it what would not be found any more.
    private func empty(_ index: Int) {
        var gap = index
        var next = (gap + 1) & mask
        while let entry = places[next].entry {
            // What lies between its home and here, seen round the table, may move up as far as its home.
            if (next - home(entry.token)) & mask >= (next - gap) & mask {
                places[gap] = places[next]
                gap = next
            }
            next = (next + 1) & mask
        }
        places[gap] = Place()
    }

    private func grow() {
        let former = places
        places = Array(repeating: Place(), count: former.count * 2)
        mask = places.count - 1
        for place in former { if let entry = place.entry { insert(entry) } }
    }

    // MARK: The clock

    /// Puts an entry in the place of the first that was not used since the hand last passed.
    private func takeTurn(of entry: CachedSession) {
        if hand >= face.count { hand = 0 }
        while face[hand].wasUsed {
            face[hand].wasUsed = false
            hand = (hand + 1) % face.count
        }
        let former = face[hand]
        var index = home(former.token)
        while let other = places[index].entry, other !== former { index = (index + 1) & mask }
        empty(index)
        unlink(former)
        entry.slot = hand
        face[hand] = entry
        hand = (hand + 1) % face.count
    }
}
