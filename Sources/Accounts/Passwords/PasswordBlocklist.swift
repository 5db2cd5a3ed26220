/// Tells passwords that an attacker tries first: the common ones, and what is made from one of them, from a name or from
/// the keyboard in the usual ways.
///
/// The whole password is compared, never a part of it (NIST SP 800-63B-4, section 3.1.1.2): a sentence may hold any word.
struct PasswordBlocklist {
    /// Names that are likely for this person at this site, folded; shorter ones occur by chance.
    private let context: [[Unicode.Scalar]]
    private static let contextLengthMin = 4

    init(context: [String]) {
        var words: Set<String> = ["gatehouse"]
        for text in context {
            let text = text.loginForm
            words.insert(text)
            words.formUnion(text.split { !$0.isLetter && !$0.isNumber }.map(String.init))
        }
        self.context = words.filter { $0.unicodeScalars.count >= Self.contextLengthMin }
            .sorted { $0.unicodeScalars.count > $1.unicodeScalars.count }.map { Array($0.unicodeScalars) }
    }

    func problem(of password: String) -> PasswordProblem? {
        let folded = Array(password.loginForm.unicodeScalars)
        if isCommon(folded) { return .common }
        return isPersonal(folded) ? .personal : nil
    }

    // MARK: Common

    private func isCommon(_ text: [Unicode.Scalar]) -> Bool {
        if Self.isListed(text) || KeyboardWalk.isWhole(text) { return true }
        if let unit = Self.repeated(text), unit.count <= 4 || Self.isListed(unit) || isDecorated(unit) { return true }
        return isDecorated(text)
    }

    /// Whether it is a common password with a number, a year or signs around it: `Password2024!`.
    private func isDecorated(_ text: [Unicode.Scalar]) -> Bool {
        let isLetter = { (scalar: Unicode.Scalar) in scalar.properties.isAlphabetic }
        guard let first = text.firstIndex(where: isLetter), let last = text.lastIndex(where: isLetter) else {
            return Self.isFiller(text)
        }
        let (before, after) = (Array(text[..<first]), Array(text[(last + 1)...]))
        guard Self.isFiller(before), Self.isFiller(after) else { return false }
        let core = Array(text[first...last])
        if Self.isListed(core) || KeyboardWalk.isWhole(core) { return true }
        guard let unit = Self.repeated(core) else { return false }
        return unit.count <= 4 || Self.isListed(unit)
    }

    /// What people put around a word: a number or a year, and some signs; or more that follow each other.
    private static func isFiller(_ text: [Unicode.Scalar]) -> Bool {
        let isDigit = { (scalar: Unicode.Scalar) in ("0"..."9").contains(scalar) }
        let (digits, signs) = (text.filter(isDigit), text.filter { !isDigit($0) })
        return [digits, signs].allSatisfy {
            $0.count <= 4 || KeyboardWalk.isWhole($0) || isListed($0) || repeated($0).map { $0.count <= 4 } == true
        }
    }

    /// Whether it is on the list as it is, or with digits and signs read as the letters that they stand for.
    private static func isListed(_ text: [Unicode.Scalar]) -> Bool {
        guard text.count >= 4, text.count <= 32 else { return false }
        if CommonPasswordList.contains(text) { return true }
        let readings: [[Unicode.Scalar: Unicode.Scalar]] = [
            ["0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"],
            ["0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "l"],
        ]
        return readings.contains { reading in
            let read = text.map { reading[$0] ?? $0 }
            return read != text && CommonPasswordList.contains(read)
        }
    }

    /// The shortest text that this one repeats at least twice, the last time perhaps not to its end.
    private static func repeated(_ text: [Unicode.Scalar]) -> [Unicode.Scalar]? {
        guard text.count >= 2 else { return nil }
        for period in 1...(text.count / 2) where (period..<text.count).allSatisfy({ text[$0] == text[$0 - period] }) {
            return Array(text[..<period])
        }
        return nil
    }

    // MARK: Personal

    /// Whether hardly anything is left without the names.
    private func isPersonal(_ text: [Unicode.Scalar]) -> Bool {
        var left: [[Unicode.Scalar]] = [text]
        for word in context { left = left.flatMap { Self.split($0, at: word) } }
        guard left != [text] else { return false }
        return left.allSatisfy { Self.isFiller($0) } && left.reduce(0) { $0 + ($1.count <= 4 ? $1.count : 0) } <= 6
    }

    private static func split(_ text: [Unicode.Scalar], at word: [Unicode.Scalar]) -> [[Unicode.Scalar]] {
        var parts: [[Unicode.Scalar]] = []
        var start = 0
        var index = 0
        while index + word.count <= text.count {
            if text[index..<index + word.count].elementsEqual(word) {
                parts.append(Array(text[start..<index]))
                index += word.count
                start = index
            } else {
                index += 1
            }
        }
        parts.append(Array(text[start...]))
        return parts
    }
}

extension CommonPasswordList {
    /// Whether a text in lower case is on the list; found by halving, without a copy of the list.
    static func contains(_ word: [Unicode.Scalar]) -> Bool {
        guard word.allSatisfy({ (0x21..<0x7f).contains($0.value) }) else { return false }
        let sought = word.map { UInt8(truncatingIfNeeded: $0.value) }
        let list = text.utf8.span
        var (low, high) = (0, list.count)
        while low < high {
            // The word around the middle: from after a separator to before the next.
            var start = (low + high) / 2
            while start > low, list[start - 1] > 0x20 { start -= 1 }
            var end = (low + high) / 2
            while end < high, list[end] > 0x20 { end += 1 }
            switch order(sought, list.extracting(start..<end)) {
            case 0: return start < end
            case ..<0: high = start
            default: low = end + 1
            }
        }
        return false
    }

    /// Below zero if `left` comes first, above if `right` does; an empty word comes after none.
    private static func order(_ left: [UInt8], _ right: Span<UInt8>) -> Int {
        for index in 0..<min(left.count, right.count) where left[index] != right[index] {
            return left[index] < right[index] ? -1 : 1
        }
        return left.count - right.count
    }
}
