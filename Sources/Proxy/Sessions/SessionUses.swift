import Identity

/// The uses of sessions since the last batch went to the store: the latest moment of each, for `last_used_at`.
///
/// A warm request pays one flag for it, and a session that is used all the time is written down as seldom as may be. When
/// many are used, those that were noted first go out before their time, a part of them each time, so that neither the
/// worker nor the database has all of them at once. At most `usesMax` are held; what does not fit is noted with its next
/// use.
final class SessionUses {
    @safe @exclusivity(unchecked) private var entries: [CachedSession] = []
    private let usesMax: Int
    private let usesMany: Int
    private let partMin: Int

    /// - Parameters:
    ///   - usesMax: the most uses that are held.
    ///   - usesMany: from how many on a part goes out before its time.
    ///   - partMin: how many that is at least.
    init(usesMax: Int = 262_144, usesMany: Int = 16_384, partMin: Int = 4096) {
        self.usesMax = usesMax
        self.usesMany = min(usesMax, usesMany)
        self.partMin = partMin
    }

    var areMany: Bool { entries.count >= usesMany }

    func note(_ entry: CachedSession) {
        guard !entry.isReported, entries.count < usesMax else { return }
        entry.isReported = true
        entries.append(entry)
    }

    /// Takes what is due: all that has gathered, or of many a part. Of a hundred thousand sessions in use, each is taken
    /// within half a minute.
    func takeDue() -> [SessionUse] { take(atMost: areMany ? max(partMin, entries.count / 16) : .max) }

    /// Takes what was noted first; the next use of each is noted anew.
    func take(atMost countMax: Int = .max) -> [SessionUse] {
        let count = min(countMax, entries.count)
        let uses = (0..<count).map { index in
            entries[index].isReported = false
            return SessionUse(session: entries[index].sessionID, at: entries[index].lastUsedAt)
        }
        entries.removeFirst(count)
        return uses
    }
}
