/// Counters by a small key: a flat hash table that allocates nothing once its keys are known.
///
/// The number of keys is bounded, so that nothing a client or an upstream sends can make it grow for ever.
struct CounterTable: Sendable {
    /// A key of all ones marks a free place; no caller makes one.
    private static let free = UInt64.max

    private var keys: [UInt64]
    private var counts: [UInt64]
    private(set) var count = 0
    private let countMax: Int

    /// - Parameter countMax: how many keys it may hold.
    init(countMax: Int) {
        keys = Array(repeating: Self.free, count: 64)
        counts = Array(repeating: 0, count: 64)
        self.countMax = countMax
    }

    /// Adds to the key's counter. Returns false, and does nothing, for a new key when the table is full, unless the
    /// caller knows that there are few keys of its kind.
    @discardableResult
    mutating func add(_ key: UInt64, _ amount: UInt64 = 1, evenIfFull: Bool = false) -> Bool {
        var place = place(of: key)
        if keys[place] != key {
            guard count < countMax || evenIfFull else { return false }
            if count * 2 >= keys.count {
                grow()
                place = self.place(of: key)
            }
            keys[place] = key
            count += 1
        }
        counts[place] &+= amount
        return true
    }

    /// Every key with its counter, in the order of keys.
    var entries: [(key: UInt64, count: UInt64)] {
        zip(keys, counts).filter { $0.0 != Self.free }.map { (key: $0.0, count: $0.1) }.sorted { $0.key < $1.key }
    }

    /// Where the key is, or the free place where it belongs. There always is one: the table is at most half full.
    private func place(of key: UInt64) -> Int {
        let mask = keys.count - 1
        var place = Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 32) & mask
        while keys[place] != key, keys[place] != Self.free { place = (place + 1) & mask }
        return place
    }

    private mutating func grow() {
        let old = zip(keys, counts).filter { $0.0 != Self.free }
        keys = Array(repeating: Self.free, count: keys.count * 2)
        counts = Array(repeating: 0, count: counts.count * 2)
        for (key, count) in old {
            let place = place(of: key)
            keys[place] = key
            counts[place] = count
        }
    }
}
