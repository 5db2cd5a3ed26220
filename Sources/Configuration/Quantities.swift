/// Durations and sizes as people write them.
package enum Quantities {
    /// `500ms`, `30s`, `15m`, `8h`, `30d`; nil for anything else, and beyond ten years.
    package static func duration(_ text: String) -> Duration? {
        let units: [(String, Int64)] = [
            ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
        ]
        for (unit, factor) in units where text.hasSuffix(unit) {
            guard let number = number(text.dropLast(unit.count)) else { continue }
            let (milliseconds, overflow) = number.multipliedReportingOverflow(by: factor)
            guard !overflow, milliseconds <= 3_650 * 86_400_000 else { return nil }
            return .milliseconds(milliseconds)
        }
        return nil
    }

    /// `512`, `64KiB`, `10MiB`, `1GiB`; nil for anything else.
    static func bytes(_ text: String) -> UInt64? {
        let units: [(String, Int64)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1), ("", 1)]
        for (unit, factor) in units where text.hasSuffix(unit) {
            guard let number = number(text.dropLast(unit.count)) else { continue }
            let (bytes, overflow) = number.multipliedReportingOverflow(by: factor)
            return overflow ? nil : UInt64(bytes)
        }
        return nil
    }

    /// A size as people write it, in the largest unit that leaves nothing over.
    static func text(bytes: UInt64) -> String {
        for (unit, factor) in [("GiB", UInt64(1) << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where bytes >= factor && bytes % factor == 0 {
            return "\(bytes / factor)\(unit)"
        }
        return "\(bytes)B"
    }

    private static func number(_ digits: Substring) -> Int64? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return Int64(digits)
    }
}

/// What somebody may have meant.
enum Suggestion {
    /// The name that is at most two changes away, or a third of its length; nil when none is that near.
    static func nearest(to word: String, among names: [String]) -> String? {
        let best = names.map { ($0, distance(Array(word.utf8.prefix(64)), Array($0.utf8))) }.min { $0.1 < $1.1 }
        guard let best, best.1 <= max(2, best.0.utf8.count / 3) else { return nil }
        return best.0
    }

    /// How many insertions, deletions, replacements and swaps of neighbours make one of the other.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before = Array(repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for i in left.indices {
            var next = [i + 1] + Array(repeating: 0, count: right.count)
            for j in right.indices {
                next[j + 1] = min(last[j + 1] + 1, next[j] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    next[j + 1] = min(next[j + 1], before[j - 1] + 1)
                }
            }
            (before, last) = (last, next)
        }
        return last[right.count]
    }
}
