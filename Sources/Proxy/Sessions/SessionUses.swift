import Identity

/// The uses of sessions since the last batch went to the store: the latest moment of each, for `last_used_at`.
///
/// A warm request pays one flag for it. The batch is bounded because the cache is.
final class SessionUses {
    @safe @exclusivity(unchecked) private var entries: [CachedSession] = []

    var isEmpty: Bool { entries.isEmpty }

    func note(_ entry: CachedSession) {
        guard !entry.isReported else { return }
        entry.isReported = true
        entries.append(entry)
    }

    /// Takes what has gathered; the next use of each begins a new batch.
    func take() -> [SessionUse] {
        let uses = entries.map { entry in
            entry.isReported = false
            return SessionUse(session: entry.sessionID, at: entry.lastUsedAt)
        }
        entries.removeAll(keepingCapacity: true)
        return uses
    }
}
