import Yams

/// Keeps aliases from the YAML library: every `*` in the text becomes a character that means nothing to it, and becomes
/// `*` again where it did not begin an alias.
///
/// The library unfolds aliases while it reads, hashes each key with all that is in it, and cannot be told to do either
/// in bounds: a key that is an alias of lists of aliases of lists would keep it busy for ever.
struct AliasMark {
    private let mark: Unicode.Scalar

    /// A mark that does not occur in `text`: a private-use character, of those that `RepeatedKeys` does not use.
    init(absentFrom text: String) {
        let first: UInt32 = 0xE100
        let last: UInt32 = 0xF8FF
        var taken: Set<UInt32> = []
        for scalar in text.unicodeScalars where scalar.value >= first && scalar.value <= last {
            taken.insert(scalar.value)
        }
        // Of a text with all 6,144 of them, one is misread.
        let free = (first...last).first { !taken.contains($0) } ?? first
        mark = Unicode.Scalar(free) ?? "\u{E100}"
    }

    /// The text with every `*` hidden. No line or column changes.
    func hide(in text: String) -> String { exchange("*", for: mark, in: text) }

    /// The text with every `*` back in its place.
    func reveal(_ text: String) -> String { exchange(mark, for: "*", in: text) }

    /// What an alias names; nil for a scalar that is none: in quotes or blocks `*` is a character like any other.
    func name(of scalar: Yams.Node.Scalar) -> String? {
        guard scalar.style == .plain, scalar.string.unicodeScalars.first == mark else { return nil }
        return reveal(String(scalar.string.unicodeScalars.dropFirst()))
    }

    private func exchange(_ old: Unicode.Scalar, for new: Unicode.Scalar, in text: String) -> String {
        guard text.unicodeScalars.contains(old) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(scalar == old ? new : scalar) }
        return String(result)
    }
}
