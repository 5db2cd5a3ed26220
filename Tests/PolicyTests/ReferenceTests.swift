import HTTPMessage
import LayerTesting
import Testing

@testable import Policy

/// The trie against a matcher that tries every route in turn and is too simple to be wrong.
@Suite struct `The trie` {
    /// A pattern's segments, `**` included, against a path's.
    private static func matches(_ pattern: [String], _ path: [String]) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        if first == "**" { return true }
        guard let segment = path.first else { return false }
        let fits = first == "*" || first == "{plant}" ? !segment.isEmpty : first == segment
        return fits && matches(Array(pattern.dropFirst()), Array(path.dropFirst()))
    }

    private static func rank(_ segment: String) -> Int {
        switch segment {
        case "{plant}": 1
        case "*": 2
        case "**": 4
        default: 0
        }
    }

    /// Host by kind (of two with `{plant}`, the one that is literal further left), then segment by segment; the end of a pattern stands between `*` and `**`.
    private static func key(_ host: String?, _ pattern: [String]) -> [Int] {
        let kind =
            switch host {
            case nil: 4
            case .some(let host) where host.hasPrefix("*"): 3
            case .some(let host) where host.hasPrefix("{plant}"): 2
            case .some(let host) where host.contains("{plant}"): 1
            default: 0
            }
        return [kind] + pattern.map(rank) + (pattern.last == "**" ? [] : [3])
    }

    private static func hostMatches(_ pattern: String?, _ host: String) -> Bool {
        guard let pattern else { return true }
        let wanted = pattern.split(separator: ".")
        let given = host.split(separator: ".")
        return wanted.count == given.count && zip(wanted, given).allSatisfy { $0 == $1 || $0 == "*" || $0 == "{plant}" }
    }

    private struct Candidate: Hashable {
        let host: String?
        let pattern: [String]
    }

    private static func segments(_ generator: inout some RandomNumberGenerator) -> [String] {
        let alphabet = ["a", "b", "c", "*", "{plant}"]
        var segments: [String] = []
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            let segment = alphabet.randomElement(using: &generator) ?? "a"
            if segment != "{plant}" || !segments.contains(segment) { segments.append(segment) }
        }
        if segments.isEmpty || Bool.random(using: &generator) { segments.append("**") }
        return segments
    }

    @Test(arguments: 0..<40)
    func `agrees with trying every route in turn`(round: Int) throws {
        var generator = SeededGenerator(seed: UInt64(round))
        let hosts: [String?] = [nil, "x.com", "y.com", "*.com", "{plant}.com", "x.{plant}"]
        var candidates: [Candidate] = []
        for _ in 0..<Int.random(in: 1...40, using: &generator) {
            let host = hosts.randomElement(using: &generator) ?? nil
            let candidate = Candidate(host: host, pattern: Self.segments(&generator))
            if !candidates.contains(candidate) { candidates.append(candidate) }
        }
        let order = candidates.shuffled(using: &generator)
        let routes = try table(
            order.enumerated().map { index, candidate in
                try route(
                    "\(index)", (candidate.host.map { $0 + " " } ?? "") + "/" + candidate.pattern.joined(separator: "/")
                )
            })
        for _ in 0..<200 {
            let path = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                ["a", "b", "c", "d"].randomElement(using: &generator) ?? "a"
            }
            let host = ["x.com", "y.com", "z.com", "x.org", "w.z.com"].randomElement(using: &generator) ?? "x.com"
            let expected = order.indices
                .filter { Self.hostMatches(order[$0].host, host) && Self.matches(order[$0].pattern, path) }
                .min { left, right in
                    Self.key(order[left].host, order[left].pattern)
                        .lexicographicallyPrecedes(Self.key(order[right].host, order[right].pattern))
                }
            let found = routes.verdict(host, "/" + path.joined(separator: "/"))
            #expect(found == expected.map { "\($0)" } ?? "no_route", "\(host) \(path) among \(order)")
        }
    }
}
