import Identity

/// The uses of sessions since the last batch went to the store: the latest moment of each, for `last_used_at`.
///
/// A warm request pays one flag for it. A batch holds at most `usesMax`: when more sessions were used, it goes out
/// earlier, and what does not fit until then is noted with its next use.
final class SessionUses {
    /// The most uses that are held.
    static let usesMax = 65_536
    /// How many make a batch worth its way before its time.
    static let usesMany = 16_384

    @safe @exclusivity(unchecked) private var entries: [CachedSession] = []
    private let usesMax: Int

    init(usesMax: Int = SessionUses.usesMax) { self.usesMax = usesMax }

    var areMany: Bool { entries.count >= min(usesMax, Self.usesMany) }

    func note(_ entry: CachedSession) {
        guard !entry.isReported, entries.count < usesMax else { return }
        entry.isReported = true
        entries.append(entry)
    }

    /// Takes what has gathered; the next use of each begins a new batch.
    func take() -> [SessionUse] {
        let uses = entries.map { entry in
            entry.isReported = false
            return SessionUse(session: entry.sessionID, at: entry.lastUsedAt)
        }
        entries.removeAll(keepingCapacity: entries.count < Self.usesMany)
        return uses
    }
}
