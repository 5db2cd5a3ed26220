/// `${NAME}` and `${NAME:-default}` in values; `$$` is a dollar sign, and a dollar sign before anything else is itself.
///
/// Resolved after the YAML was read: what a variable holds can change one value, never the shape of the file.
struct EnvironmentReferences {
    let environment: [String: String]

    enum Problem: Error {
        /// `${` without `}`.
        case open
        case badName(String)
        case notSet(String)
    }

    /// The text with every reference replaced. What cannot be is left out and reported.
    func resolve(_ text: String, _ report: (Problem) -> Void) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            switch rest.first {
            case "$":
                result += "$"
                rest.removeFirst()
            case "{":
                guard let close = rest.firstIndex(of: "}") else {
                    report(.open)
                    return result
                }
                do throws(Problem) {
                    result += try value(of: rest[rest.index(after: rest.startIndex)..<close])
                } catch {
                    report(error)
                }
                rest = rest[rest.index(after: close)...]
            default:
                result += "$"
            }
        }
        return result + rest
    }

    /// As in a shell, the default also stands in for a variable that is set and empty.
    private func value(of reference: Substring) throws(Problem) -> String {
        var name = reference
        var fallback: Substring?
        if let separator = reference.firstRange(of: ":-") {
            name = reference[..<separator.lowerBound]
            fallback = reference[separator.upperBound...]
        }
        guard Self.isName(name) else { throw .badName(String(name)) }
        if let value = environment[String(name)], !value.isEmpty || fallback == nil { return value }
        guard let fallback else { throw .notSet(String(name)) }
        return String(fallback)
    }

    private static func isName(_ name: Substring) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
            default: false
            }
        }
    }
}
