/// A language that the pages speak. One more is a case here and a file beside this one.
enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case german = "de"

    /// What this language says for `phrase`, with each `{name}` replaced by the value under that name.
    ///
    /// The result is plain text: pages escape it when they show it.
    func say(_ phrase: Phrase, _ values: [String: String] = [:]) -> String {
        let text = self[phrase]
        guard !values.isEmpty, text.contains("{") else { return text }
        // One pass, so that a value that looks like a placeholder stays what it is.
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            result += rest[..<open]
            let name = String(rest[rest.index(after: open)..<close])
            result += values[name] ?? ""
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    private subscript(phrase: Phrase) -> String {
        switch self {
        case .english: phrase.english
        case .german: phrase.german
        }
    }

    /// The language that a browser asks for with `Accept-Language` (RFC 9110, section 12.5.4): of the ones we speak,
    /// the first with the highest weight; English when it asks for none of them.
    init(acceptLanguage: String?) {
        var best = Language.english
        var bestWeight = 0
        for range in (acceptLanguage ?? "").split(separator: ",").prefix(20) {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let tag = parts.first, let primary = tag.split(separator: "-").first,
                let language = Language(rawValue: String(primary))
            else { continue }
            let weight =
                parts.dropFirst().first { $0.hasPrefix("q=") }.map { Language.weight($0.dropFirst(2)) } ?? 1_000
            if weight > bestWeight { (best, bestWeight) = (language, weight) }
        }
        self = best
    }

    /// Reads `0`, `1`, `0.8`, `0.875` as thousandths; anything else weighs nothing.
    private static func weight(_ text: Substring) -> Int {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, whole == "0" || whole == "1" else { return 0 }
        let digits = parts.count == 2 ? parts[1] : ""
        guard digits.utf8.count <= 3, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return 0 }
        let thousandths = Int(digits + String(repeating: "0", count: 3 - digits.utf8.count)) ?? 0
        return min(1_000, (whole == "1" ? 1_000 : 0) + thousandths)
    }
}
