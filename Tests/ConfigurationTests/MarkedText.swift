import Foundation
import Testing

/// A configuration with `§` before each place where something is wrong.
struct MarkedText {
    let text: String
    /// `line:column` of each mark, in order.
    let places: [String]

    init(_ marked: String) {
        var text = ""
        var places: [String] = []
        var (line, column) = (1, 1)
        for scalar in marked.unicodeScalars {
            if scalar == "§" {
                places.append("\(line):\(column)")
                continue
            }
            text.unicodeScalars.append(scalar)
            (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
        }
        self.text = text
        self.places = places
    }
}

/// Something wrong, by what the message says: parts between `…` must stand in it in this order.
func expectProblems(
    _ marked: String, _ messages: [String], environment: [String: String] = [:],
    sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
    let marked = MarkedText(marked)
    let found = problems(marked.text, environment: environment)
    #expect(
        found.map { String($0.prefix { $0 != " " }.dropLast()) } == marked.places, "\(found)",
        sourceLocation: sourceLocation)
    guard found.count == messages.count else {
        Issue.record("\(found) instead of \(messages)", sourceLocation: sourceLocation)
        return
    }
    for (message, wanted) in zip(found, messages) {
        var rest = message[...]
        for part in wanted.split(separator: "…") {
            guard let range = rest.range(of: part) else {
                Issue.record("\"\(message)\" without \"\(part)\"", sourceLocation: sourceLocation)
                break
            }
            rest = rest[range.upperBound...]
        }
    }
}

/// What a listener needs, for texts that bring their own accounts and upstreams.
let listener = "listeners: [{address: \"127.0.0.1:0\", redirect: https}]\n"
