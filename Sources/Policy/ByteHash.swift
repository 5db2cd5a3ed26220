import HTTPMessage

/// Hashes bytes quickly, eight at a time. For tables whose keys the configuration gives: a client cannot add to them, so it
/// cannot make them collide.
struct ByteHash {
    private(set) var value: UInt64

    init(seed: UInt64 = 0) { value = seed &+ 0xcbf2_9ce4_8422_2325 }

    /// Takes the next bytes in. Each bit of them gets into the high half by the product, and from there into the low one,
    /// which tables use.
    mutating func add(_ bytes: EightBytes) {
        value = (value ^ bytes.word) &* 0x9e37_79b9_7f4a_7c15
        value ^= value >> 32
    }
}
