import Identity

/// The changes in the store that a worker heard of last: for answers that an application thought about for so long that the
/// right to them may be gone.
struct RecentChanges {
    /// How many are remembered. What came before them may have been about anybody.
    private static let changesMax = 256

    private var last: [IdentityChange] = []
    /// How many there were.
    private(set) var count = 0

    mutating func note(_ changes: [IdentityChange]) {
        count &+= changes.count
        last += changes
        if last.count > Self.changesMax { last.removeFirst(last.count - Self.changesMax) }
    }

    /// Whether one of those that came after the first `number` may be about a right.
    func concern(_ right: StreamRight, after number: Int) -> Bool {
        let missed = count &- number
        guard missed > 0 else { return false }
        return missed > last.count || ChangeSet(last.suffix(missed)).concern(right)
    }
}
