/// The hosts that the routes name.
struct HostPatterns: Sendable {
    private var exact: Set<String> = []
    /// Patterns as their labels; nil is a label that may be any.
    private var open: Set<[String?]> = []

    /// - Parameter patterns: the `match.host` of routes: `spc.example.com`, `*.example.com`,
    ///   `{plant}.reports.example.com`, where `*` and `{plant}` stand for one label each. A pattern without any label of
    ///   its own would be every host of that length, so it names none.
    init(_ patterns: [String]) {
        for pattern in patterns {
            let labels = HostPatterns.labels(pattern.lowercased()).map { label in
                label.contains("*") || label.contains("{") ? nil : label
            }
            if !labels.contains(nil) {
                exact.insert(pattern.lowercased())
            } else if labels.contains(where: { $0 != nil }) {
                open.insert(labels)
            }
        }
    }

    /// Whether a route names `host`, which is in lower case and without port.
    func contain(_ host: String) -> Bool {
        if exact.contains(host) { return true }
        let labels = HostPatterns.labels(host)
        return open.contains { pattern in
            pattern.count == labels.count && zip(pattern, labels).allSatisfy { $0 == nil || $0 == $1 }
        }
    }

    private static func labels(_ host: String) -> [String] {
        host.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }
}
