/// A short name for what a configuration says: equal for the same, and for all practical purposes different for another.
///
/// No secret goes into it, since it is shown in logs and on pages.
struct Fingerprint {
    private var words: (UInt64, UInt64) = (0xcbf2_9ce4_8422_2325, 0x8422_2325_cbf2_9ce4)

    /// Adds a value by all that its description tells.
    mutating func add(_ value: some Any) {
        // FNV-1a, twice from different beginnings; a zero byte keeps neighbours apart.
        for byte in Array(String(reflecting: value).utf8) + [0] {
            words.0 = (words.0 ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
            words.1 = (words.1 ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 &+ words.0
        }
    }

    /// 32 hexadecimal digits.
    var text: String {
        [words.0, words.1].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }.joined()
    }
}
