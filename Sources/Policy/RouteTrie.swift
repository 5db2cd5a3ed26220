import HTTPMessage

/// Finds the most specific route for a host and a path. Its cost depends on their length, not on how many routes there
/// are.
///
/// Hosts come first: exact, then with `{plant}`, then `*.`, then every host; a host without a matching path gives way
/// to the next. Paths are a trie over segments, tried from left to right: literal, `{plant}`, `*`, then a last `**`.
package struct RouteTrie: Sendable {
    /// What a path was found to match.
    package struct Match: Sendable, Hashable {
        var route: Int32
        /// Where the plant stands in the path; empty when the path names none.
        var plant: Range<Int>
        /// Where the plant stands in the host; empty when the host names none.
        var hostPlant: Range<Int> = 0..<0
    }

    private struct Node: Sendable {
        var plant: Int32 = -1
        var any: Int32 = -1
        /// The route that ends here; -1 for none.
        var route: Int32 = -1
        /// The route with `**` from here on.
        var rest: Int32 = -1
    }

    private var nodes: [Node] = []
    private var segments: SegmentTable
    /// The root node of each host, by the host's key: its labels, with `{plant}` and `*` as they stand.
    private var hosts = SegmentTable()
    private var everyHost: Int32 = -1
    private var hasPlantHosts = false
    private var hasWildcardHosts = false

    private static let plantLabel = "{plant}"
    private static let anyLabel = "*"

    /// - Parameter isCaseless: takes upper-case letters of a path for lower-case ones; the routes must have none.
    init(isCaseless: Bool = false) { segments = SegmentTable(isCaseless: isCaseless) }

    /// Adds a route. Returns the index of one that matches exactly the same, which it then does not replace.
    mutating func insert(_ match: RouteMatch, route: Int32) -> Int32? {
        var node = root(for: match.host)
        let path = match.path
        for segment in path?.segments ?? [] {
            switch segment {
            case .literal(let text):
                let known = segments.child(of: node, text.utf8.span)
                if known >= 0 {
                    node = known
                } else {
                    let child = addNode()
                    segments.insert(child, of: node, text)
                    node = child
                }
            case .plant:
                if nodes[Int(node)].plant < 0 {
                    let child = addNode()
                    nodes[Int(node)].plant = child
                }
                node = nodes[Int(node)].plant
            case .any:
                if nodes[Int(node)].any < 0 {
                    let child = addNode()
                    nodes[Int(node)].any = child
                }
                node = nodes[Int(node)].any
            }
        }
        let isRest = path?.hasRest ?? true
        let present = isRest ? nodes[Int(node)].rest : nodes[Int(node)].route
        guard present < 0 else { return present }
        if isRest { nodes[Int(node)].rest = route } else { nodes[Int(node)].route = route }
        return nil
    }

    private mutating func addNode() -> Int32 {
        nodes.append(Node())
        return Int32(nodes.count - 1)
    }

    private mutating func root(for host: HostPattern?) -> Int32 {
        guard let host else {
            if everyHost < 0 { everyHost = addNode() }
            return everyHost
        }
        if host.capturesPlant { hasPlantHosts = true }
        if host.labels.first == .any { hasWildcardHosts = true }
        let key = host.description
        let known = hosts.child(of: 0, key.utf8.span)
        if known >= 0 { return known }
        let root = addNode()
        hosts.insert(root, of: 0, key)
        return root
    }

    // MARK: Matching

    /// The route for `host`, in lower case and without a final dot, and `path`, in normal form; nil if there is none.
    /// `key` is for use meanwhile.
    func match(host: Span<UInt8>, path: Span<UInt8>, key: ReusedBytes) -> Match? {
        let exact = hosts.child(of: 0, host)
        if exact >= 0, let match = match(path, from: exact) { return match }
        if hasPlantHosts {
            // The further right the label that is captured, the more literal the host is from the left.
            var end = host.count
            while end > 0 {
                var start = end
                while start > 0, host[start - 1] != UInt8(ascii: ".") { start -= 1 }
                if start < end, let root = hostRoot(host, replacing: start..<end, with: Self.plantLabel, key),
                    var match = match(path, from: root)
                {
                    match.hostPlant = start..<end
                    return match
                }
                end = start - 1
            }
        }
        if hasWildcardHosts {
            var end = 0
            while end < host.count, host[end] != UInt8(ascii: ".") { end += 1 }
            if end > 0, let root = hostRoot(host, replacing: 0..<end, with: Self.anyLabel, key),
                let match = match(path, from: root)
            {
                return match
            }
        }
        return everyHost >= 0 ? match(path, from: everyHost) : nil
    }

    private func hostRoot(
        _ host: Span<UInt8>, replacing label: Range<Int>, with text: String, _ key: ReusedBytes
    ) -> Int32? {
        key.bytes.clear()
        key.bytes.append(host.extracting(0..<label.lowerBound))
        key.bytes.append(text.utf8.span)
        key.bytes.append(host.extracting(label.upperBound..<host.count))
        let root = hosts.child(of: 0, key.span)
        return root >= 0 ? root : nil
    }

    private func match(_ path: Span<UInt8>, from root: Int32) -> Match? {
        // A path begins with a slash: its first segment is what follows.
        match(path, at: 1, from: root, plant: 0..<0)
    }

    /// Matches what of `path` begins at `start`; beyond its end, nothing is left.
    private func match(_ path: Span<UInt8>, at start: Int, from index: Int32, plant: Range<Int>) -> Match? {
        let node = nodes[Int(index)]
        if start > path.count {
            if node.route >= 0 { return Match(route: node.route, plant: plant) }
            return node.rest >= 0 ? Match(route: node.rest, plant: plant) : nil
        }
        let end = path.firstMarked(from: start, to: path.count) { $0.equal(to: UInt8(ascii: "/")) }
        let literal = segments.child(of: index, path.extracting(start..<end))
        if literal >= 0, let match = match(path, at: end + 1, from: literal, plant: plant) { return match }
        if end > start {
            if node.plant >= 0, let match = match(path, at: end + 1, from: node.plant, plant: start..<end) {
                return match
            }
            if node.any >= 0, let match = match(path, at: end + 1, from: node.any, plant: plant) { return match }
        }
        return node.rest >= 0 ? Match(route: node.rest, plant: plant) : nil
    }
}
