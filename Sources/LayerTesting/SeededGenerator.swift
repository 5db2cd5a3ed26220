/// Numbers that look random and are the same in every run (SplitMix64). For tests only: anybody can predict them.
///
/// In a target of its own that knows no layer, so that the tests of every layer have the same one.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }

    /// A number below `bound`, and not below 0.
    package mutating func next(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}
