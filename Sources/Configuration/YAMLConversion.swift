import Yams

/// Makes our nodes of those that Yams read, within bounds, and puts in place of each alias what it stands for.
struct YAMLConversion {
    /// The deepest nesting and the most values: aliases count as often as they are used, so a small file cannot unfold
    /// into a large one.
    static let depthMax = 64
    private static let valuesMax = 2_000_000

    /// What an anchor names, and what it costs to use it once more.
    private struct Anchored {
        let node: Node
        let values: Int
        let height: Int
    }

    let file: YAMLFile
    let repeated: RepeatedKeys
    let aliases: AliasMark
    private var anchors: [String: Anchored] = [:]
    /// How many values there are so far, those of aliases as often as they are used.
    private var count = 0

    init(file: YAMLFile, repeated: RepeatedKeys, aliases: AliasMark) {
        self.file = file
        self.repeated = repeated
        self.aliases = aliases
    }

    /// The node and all below it; nil after a diagnostic.
    mutating func convert(_ root: Yams.Node) -> Node? {
        var height = 0
        return convert(root, depth: 0, &height)
    }

    /// - Parameter height: raised to the levels below this node, itself included.
    private mutating func convert(_ node: Yams.Node, depth: Int, _ height: inout Int) -> Node? {
        let location = file.location(node.mark)
        let before = count
        guard take(1, reaching: depth, at: location) else { return nil }
        var below = 0
        guard let converted = content(of: node, location, depth, &below) else { return nil }
        if let anchor = node.anchor {
            anchors[anchor.rawValue] = Anchored(node: converted, values: count - before, height: below + 1)
        }
        height = max(height, below + 1)
        return converted
    }

    private mutating func content(
        of node: Yams.Node, _ location: SourceLocation, _ depth: Int, _ below: inout Int
    ) -> Node? {
        switch node {
        case .scalar(let scalar):
            if let name = aliases.name(of: scalar) { return unfold(name, location, depth, &below) }
            let isNull = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            if isNull { return Node(content: .null, location: location) }
            let text = file.resolved(aliases.reveal(scalar.string), location)
            return Node(content: .scalar(text), location: location)
        case .sequence(let sequence):
            var items: [Node] = []
            for item in sequence {
                if let item = convert(item, depth: depth + 1, &below) { items.append(item) }
            }
            return Node(content: .list(items), location: location)
        case .mapping(let mapping):
            return Node(content: .map(entries(mapping, depth, &below)), location: location)
        case .alias:
            return nil
        }
    }

    /// What the alias stands for. It was converted when its anchor was met, and is the same here.
    private mutating func unfold(
        _ name: String, _ location: SourceLocation, _ depth: Int, _ below: inout Int
    ) -> Node? {
        guard let anchored = anchors[name] else {
            file.diagnostics.add(
                Diagnostic(
                    location, found: "*\(name), an alias without an anchor before it",
                    fix: "a value that begins with * needs quotes, like \"*.example.com\""))
            return nil
        }
        guard take(anchored.values - 1, reaching: depth + anchored.height - 1, at: location) else { return nil }
        below = max(below, anchored.height - 1)
        return anchored.node
    }

    private mutating func entries(_ mapping: Yams.Node.Mapping, _ depth: Int, _ below: inout Int) -> [Node.Entry] {
        var entries: [Node.Entry] = []
        var first: [String: SourceLocation] = [:]
        for (key, value) in mapping {
            let place = file.location(key.mark)
            guard case .scalar(let scalar) = key, aliases.name(of: scalar) == nil else {
                file.diagnostics.add(.keyOfSeveralParts(at: place))
                continue
            }
            let name = aliases.reveal(repeated.name(scalar.string, line: place.line, column: place.column))
            if let first = first[name] {
                file.diagnostics.add(
                    Diagnostic(
                        place, found: "the key \"\(name)\" a second time", fix: "keep one; the other is at \(first)"))
                continue
            }
            first[name] = place
            guard let value = convert(value, depth: depth + 1, &below) else { continue }
            entries.append(Node.Entry(name: name, key: place, value: value))
        }
        return entries
    }

    /// Takes so many values more, down to a level; false, and a diagnostic the first time, when that is too much.
    private mutating func take(_ values: Int, reaching depth: Int, at location: SourceLocation) -> Bool {
        guard count <= Self.valuesMax else { return false }
        count += values
        guard depth > Self.depthMax || count > Self.valuesMax else { return true }
        file.diagnostics.add(
            Diagnostic(
                location, found: depth > Self.depthMax ? "maps and lists nested too deep" : "too many values",
                allowed: "\(Self.depthMax) levels and \(Self.valuesMax) values, aliases counted as often as used"))
        return false
    }
}

extension Diagnostic {
    static func keyOfSeveralParts(at place: SourceLocation) -> Diagnostic {
        Diagnostic(
            place, found: "a key that is a list or a map", allowed: "a name", fix: "put values with { or [ in quotes")
    }
}
