/// How long things took, counted in fixed buckets of microseconds: integers only.
package struct Histogram: Sendable, Hashable {
    /// The upper ends of the buckets, in microseconds; one more takes all that is longer.
    static let bounds: [UInt64] = [
        250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
        5_000_000, 10_000_000, 30_000_000, 60_000_000,
    ]

    /// Kept here, because a static property costs a check at each use.
    private let bounds = Histogram.bounds
    /// How many fell into each bucket, and into no earlier one.
    private(set) var counts: [UInt64]
    private(set) var sumMicroseconds: UInt64 = 0

    init() { counts = Array(repeating: 0, count: bounds.count + 1) }

    var count: UInt64 { counts.reduce(0, &+) }

    mutating func record(microseconds: UInt64) {
        var bucket = 0
        while bucket < bounds.count, microseconds > bounds[bucket] { bucket += 1 }
        counts[bucket] &+= 1
        sumMicroseconds &+= microseconds
    }

    mutating func merge(_ other: Histogram) {
        for bucket in counts.indices { counts[bucket] &+= other.counts[bucket] }
        sumMicroseconds &+= other.sumMicroseconds
    }
}
