/// The hosts that the routes name: exact ones in a set, patterns by the labels that they end with.
struct HostPatterns: Sendable {
    private var exact: Set<String> = []
    /// What follows `*.`: any number of labels may stand before it.
    private var wildcardSuffixes: Set<String> = []
    /// Patterns with a `{plant}` label, as their labels; nil is the label that may be any.
    private var captures: Set<[String?]> = []

    /// - Parameter patterns: the `match.host` of routes: `spc.example.com`, `*.example.com`,
    ///   `{plant}.reports.example.com`. A bare `*` or `**` would be every host, so it names none.
    init(_ patterns: [String]) {
        for pattern in patterns.lazy.map({ $0.lowercased() }) {
            if pattern.hasPrefix("*.") {
                wildcardSuffixes.insert(String(pattern.dropFirst(2)))
            } else if pattern.contains("{") {
                captures.insert(HostPatterns.labels(pattern).map { $0.hasPrefix("{") ? nil : $0 })
            } else if !pattern.contains("*") {
                exact.insert(pattern)
            }
        }
    }

    /// Whether a route names `host`, which is in lower case and without port.
    func contain(_ host: String) -> Bool {
        if exact.contains(host) { return true }
        let labels = HostPatterns.labels(host)
        for start in labels.indices.dropFirst()
        where wildcardSuffixes.contains(labels[start...].joined(separator: ".")) {
            return true
        }
        return captures.contains { pattern in
            pattern.count == labels.count && zip(pattern, labels).allSatisfy { $0 == nil || $0 == $1 }
        }
    }

    private static func labels(_ host: String) -> [String] {
        host.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }
}
