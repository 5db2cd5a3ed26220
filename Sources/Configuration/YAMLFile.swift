import Yams

/// Reads one YAML file into nodes, within bounds.
struct YAMLFile {
    /// The largest file, the deepest nesting and the most nodes: aliases count as often as they are used, so a small file
    /// cannot unfold into a large one.
    private static let bytesMax = 16 * 1024 * 1024
    private static let depthMax = 64
    private static let nodesMax = 2_000_000

    /// What messages call the file.
    let name: String
    let environment: [String: String]
    let diagnostics: Diagnostics

    /// The root of the file's one document; nil after a diagnostic.
    func read(_ path: String) -> Node? {
        diagnostics.note(file: path)
        do throws(FileText.Problem) {
            return parse(try FileText.read(path, bytesMax: Self.bytesMax))
        } catch {
            diagnostics.add(
                Diagnostic(
                    SourceLocation(file: name), found: "the file cannot be read: \(error)",
                    fix: "check its path and permissions"))
            return nil
        }
    }

    func parse(_ text: String) -> Node? {
        if let place = NestingScan.firstTooDeep(in: text, file: name) {
            diagnostics.add(
                Diagnostic(place, found: "maps and lists nested too deep", allowed: "\(Self.depthMax) levels"))
            return nil
        }
        var text = text
        var repeated = RepeatedKeys()
        while true {
            do {
                guard let root = try Yams.compose(yaml: text) else {
                    return Node(content: .map([]), location: SourceLocation(file: name))
                }
                var count = 0
                return convert(root, repeated, depth: 0, &count)
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                // The mark is that of the first key in alphabetical order.
                if let key = keys.first,
                    repeated.rename(key, line: context.mark.line, column: context.mark.column, in: &text)
                {
                    continue
                }
                diagnostics.add(
                    Diagnostic(
                        location(context.mark), found: "the key \(keys.joined(separator: ", ")) a second time",
                        fix: "keep one"))
            } catch let error as YamlError {
                diagnostics.add(diagnostic(error))
            } catch {
                diagnostics.add(Diagnostic(SourceLocation(file: name), found: "\(error)"))
            }
            return nil
        }
    }

    private func location(_ mark: Mark?) -> SourceLocation {
        SourceLocation(file: name, line: max(1, mark?.line ?? 1), column: max(1, mark?.column ?? 1))
    }

    /// - Parameter count: how many values there are so far, those of aliases as often as they are used.
    private func convert(_ node: Yams.Node, _ repeated: RepeatedKeys, depth: Int, _ count: inout Int) -> Node? {
        let location = location(node.mark)
        guard count <= Self.nodesMax else { return nil }
        count += 1
        guard depth <= Self.depthMax, count <= Self.nodesMax else {
            diagnostics.add(
                Diagnostic(
                    location, found: depth > Self.depthMax ? "maps and lists nested too deep" : "too many values",
                    allowed: "\(Self.depthMax) levels and \(Self.nodesMax) values, aliases counted as often as used"))
            return nil
        }
        switch node {
        case .scalar(let scalar):
            let isNull = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            if isNull { return Node(content: .null, location: location) }
            return Node(content: .scalar(resolved(scalar.string, location)), location: location)
        case .sequence(let sequence):
            var items: [Node] = []
            for item in sequence {
                if let item = convert(item, repeated, depth: depth + 1, &count) { items.append(item) }
            }
            return Node(content: .list(items), location: location)
        case .mapping(let mapping):
            return Node(content: .map(entries(mapping, repeated, depth, &count)), location: location)
        case .alias:
            diagnostics.add(Diagnostic(location, found: "an alias without an anchor"))
            return nil
        }
    }

    private func entries(
        _ mapping: Yams.Node.Mapping, _ repeated: RepeatedKeys, _ depth: Int, _ count: inout Int
    ) -> [Node.Entry] {
        var entries: [Node.Entry] = []
        var first: [String: SourceLocation] = [:]
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                diagnostics.add(
                    Diagnostic(
                        location(key.mark), found: "a key that is a list or a map", allowed: "a name",
                        fix: "put values with { or [ in quotes"))
                continue
            }
            let place = location(key.mark)
            let name = repeated.name(scalar.string, line: place.line, column: place.column)
            if let first = first[name] {
                diagnostics.add(
                    Diagnostic(
                        place, found: "the key \"\(name)\" a second time", fix: "keep one; the other is at \(first)"))
                continue
            }
            first[name] = place
            guard let value = convert(value, repeated, depth: depth + 1, &count) else { continue }
            entries.append(Node.Entry(name: name, key: place, value: value))
        }
        return entries
    }

    /// The text with references to the environment replaced.
    private func resolved(_ text: String, _ location: SourceLocation) -> String {
        EnvironmentReferences(environment: environment).resolve(text) { problem in
            switch problem {
            case .open:
                diagnostics.add(
                    Diagnostic(
                        location, found: "${ without a }", allowed: "${NAME} or ${NAME:-default}",
                        fix: "a plain dollar sign is $$"))
            case .badName(let name):
                diagnostics.add(
                    Diagnostic(
                        location, found: "${\(name)}, which names no variable", allowed: "letters, digits and _",
                        fix: "a plain dollar sign is $$"))
            case .notSet(let name):
                diagnostics.add(
                    Diagnostic(
                        location, found: "${\(name)}, which is not set in the environment",
                        fix: "set it, or write ${\(name):-default}"))
            }
        }
    }

    // MARK: What Yams reports

    private func diagnostic(_ error: YamlError) -> Diagnostic {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            Diagnostic(
                location(mark), found: "YAML that cannot be read: \(problem)", fix: Self.advice(on: problem))
        case .reader(let problem, let offset, _, _):
            Diagnostic(
                SourceLocation(file: name),
                found: "YAML that cannot be read: \(problem)" + (offset.map { " at byte \($0)" } ?? ""),
                fix: "remove the control character")
        default: Diagnostic(SourceLocation(file: name), found: "YAML that cannot be read: \(error)")
        }
    }

    /// What most often leads to such a message.
    private static func advice(on problem: String) -> String {
        if problem.contains("alias") || problem.contains("alphabetic or numeric") {
            return "a value that begins with * or & needs quotes, like \"*.example.com\""
        }
        if problem.contains("tab") || problem.contains("cannot start any token") {
            return "indent with spaces, and put values that begin with @, `, % or a tab in quotes"
        }
        if problem.contains("another document") { return "keep one document in a file; use include for more" }
        return "check the indentation, the quotes and the brackets just before"
    }
}
