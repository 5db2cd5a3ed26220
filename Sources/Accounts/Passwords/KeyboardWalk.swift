/// Texts that follow a row or a column of the keyboard, the alphabet, or one key again and again.
enum KeyboardWalk {
    private static let paths: [[Unicode.Scalar]] = [
        "1234567890-=", "0123456789", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "qwertzuiopü+", "asdfghjklöä#",
        "yxcvbnm,.-", "azertyuiop", "qsdfghjklm", "wxcvbn", "abcdefghijklmnopqrstuvwxyz", "1qaz", "2wsx", "3edc",
        "4rfv",
        "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/", "1qay", "!@#$%^&*()_+",
    ].map { Array($0.unicodeScalars) }

    /// What follows what, in either direction.
    private static let steps: Set<[Unicode.Scalar]> = Set(
        paths.flatMap { path in
            zip(path, path.dropFirst()).flatMap { [[$0.0, $0.1], [$0.1, $0.0]] }
        })

    /// Whether the whole text is made of such walks, each of at least three keys; a date (`31121999`) counts as well.
    static func isWhole(_ text: [Unicode.Scalar]) -> Bool {
        guard text.count >= 3 else { return false }
        if isDate(text) { return true }
        var start = 0
        while start < text.count {
            var end = start + 1
            if end < text.count, text[end] == text[start] {
                while end < text.count, text[end] == text[start] { end += 1 }
            } else {
                while end < text.count, steps.contains([text[end - 1], text[end]]) { end += 1 }
            }
            guard end - start >= 3 else { return false }
            start = end
        }
        return true
    }

    private static func isDate(_ text: [Unicode.Scalar]) -> Bool {
        guard text.count == 8 else { return false }
        var digits: [Int] = []
        for scalar in text {
            guard ("0"..."9").contains(scalar) else { return false }
            digits.append(Int(scalar.value) - 0x30)
        }
        func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
        func isDay(_ left: Int, _ right: Int) -> Bool {
            (1...31).contains(max(left, right)) && (1...12).contains(min(left, right))
        }
        let years = 1900...2099
        return years.contains(number(4..<8)) && isDay(number(0..<2), number(2..<4))
            || years.contains(number(0..<4)) && isDay(number(4..<6), number(6..<8))
    }
}
