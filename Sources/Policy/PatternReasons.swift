/// Matching one pattern alone, for explanations: slower than the trie, and able to say why not.
extension HostPattern {
    /// Whether `host`, in lower case, is one of these.
    func matches(_ host: String) -> Bool {
        let given = host.split(separator: ".", omittingEmptySubsequences: false)
        guard given.count == labels.count else { return false }
        return zip(labels, given).allSatisfy { label, text in
            switch label {
            case .literal(let literal): literal == text
            case .plant, .any: !text.isEmpty
            }
        }
    }
}

extension PathPattern {
    /// Why `path`, in normal form, is none of these; nil if it is one.
    func mismatch(_ path: String) -> String? {
        let given = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            guard index < given.count else { return "the path ends before \(name(segment))" }
            switch segment {
            case .literal(let text):
                if text != given[index] {
                    let wanted = text.isEmpty ? "where the path must end" : "not \"\(text)\""
                    return "segment \(index + 1) is \"\(given[index])\", \(wanted)"
                }
            case .plant, .any:
                if given[index].isEmpty {
                    return "segment \(index + 1) is empty, where \(name(segment)) wants something"
                }
            }
        }
        if given.count > segments.count, !hasRest { return "the path goes on after segment \(segments.count)" }
        return nil
    }

    private func name(_ segment: Segment) -> String {
        switch segment {
        case .literal(let text): text.isEmpty ? "a final slash" : "\"\(text)\""
        case .plant: "{plant}"
        case .any: "*"
        }
    }

    /// How specific each segment is, from the left: fewer is more.
    private var ranks: [(rank: Int, name: String)] {
        let ranks = segments.map { segment in
            switch segment {
            case .literal(let text): (0, "\"\(text)\"")
            case .plant: (1, "{plant}")
            case .any: (2, "*")
            }
        }
        return ranks + [hasRest ? (4, "**") : (3, "the end")]
    }

    /// Why this pattern comes before `other` where both match.
    func precedence(over other: PathPattern) -> String? {
        for (index, (mine, theirs)) in zip(ranks, other.ranks).enumerated() where mine.rank < theirs.rank {
            return "in segment \(index + 1), \(mine.name) comes before \(theirs.name)"
        }
        return nil
    }
}

extension RouteMatch {
    /// Why `other`, which matches too, gives way to this one.
    func precedence(over other: RouteMatch) -> String {
        if host != other.host {
            return "\(hostText) is more specific than \(other.hostText)"
        }
        return (path ?? .everything).precedence(over: other.path ?? .everything) ?? "it is less specific"
    }

    private var hostText: String { host.map { "the host \($0)" } ?? "every host" }
}

extension RouteMatch: CustomStringConvertible {
    /// As on one line of a list: `spc.example.com /plants/{plant}/**`.
    package var description: String {
        "\(host?.description ?? "every host") \(path?.description ?? "/**")" + (plant.map { " plant \($0)" } ?? "")
    }
}
