/// Keys that stand twice in one map.
///
/// The YAML library stops at the first and tells no more of the file. So each that it finds gets another name in the
/// text, of the same length, and the file is read once more; afterwards all of them are reported together with whatever
/// else is wrong.
struct RepeatedKeys {
    /// Names for keys begin with none of these by accident: private-use characters.
    private static let marks = (0..<64).compactMap { Unicode.Scalar(0xE000 + UInt32($0)) }

    private struct Place: Hashable {
        let line: Int
        let column: Int
    }

    private var names: [Place: String] = [:]

    /// Gives the key at this place another name in `text`. False when it cannot, or did so too often.
    mutating func rename(_ name: String, line: Int, column: Int, in text: inout String) -> Bool {
        guard names.count < Self.marks.count,
            var index = Self.index(ofLine: line, column: column, in: text.unicodeScalars)
        else { return false }
        let scalars = text.unicodeScalars
        if scalars[index] == "\"" || scalars[index] == "'" { index = scalars.index(after: index) }
        guard index < scalars.endIndex,
            names.updateValue(name, forKey: Place(line: line, column: column)) == nil
        else { return false }
        text.unicodeScalars.replaceSubrange(index...index, with: [Self.marks[names.count - 1]])
        return true
    }

    /// What the key at this place is called in the file.
    func name(_ read: String, line: Int, column: Int) -> String {
        names[Place(line: line, column: column)] ?? read
    }

    /// Lines and columns as the YAML library counts them: in Unicode scalars, from 1.
    private static func index(
        ofLine line: Int, column: Int, in text: String.UnicodeScalarView
    ) -> String.UnicodeScalarView.Index? {
        var index = text.startIndex
        var left = line - 1
        while left > 0 {
            guard index < text.endIndex else { return nil }
            let scalar = text[index]
            index = text.index(after: index)
            switch scalar {
            case "\n", "\u{85}", "\u{2028}", "\u{2029}": left -= 1
            case "\r":
                left -= 1
                if index < text.endIndex, text[index] == "\n" { index = text.index(after: index) }
            default: break
            }
        }
        guard let found = text.index(index, offsetBy: column - 1, limitedBy: text.endIndex), found < text.endIndex
        else { return nil }
        return found
    }
}
