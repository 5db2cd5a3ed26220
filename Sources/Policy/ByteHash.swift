/// Hashes bytes quickly (FNV-1a, 64 bits). For tables whose keys the configuration gives: a client cannot add to them,
/// so it cannot make them collide.
struct ByteHash {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    init(seed: UInt64 = 0) { value ^= seed &* 0x9e37_79b9_7f4a_7c15 }

    mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }

    /// The value with its high bits folded into the low ones, which tables use.
    var index: UInt64 { value ^ value >> 32 }
}
