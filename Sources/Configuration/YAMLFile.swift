import Foundation
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
        let start = SourceLocation(file: name)
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            diagnostics.add(
                Diagnostic(
                    start, found: "the file cannot be read (\(Self.reason(error)))",
                    fix: "check its path and permissions"))
            return nil
        }
        guard data.count <= Self.bytesMax else {
            diagnostics.add(
                Diagnostic(start, found: "\(data.count) bytes", allowed: "at most 16 MiB; split it with include"))
            return nil
        }
        guard let text = String(data: data, encoding: .utf8) else {
            diagnostics.add(Diagnostic(start, found: "bytes that are not UTF-8", fix: "save the file as UTF-8"))
            return nil
        }
        return parse(text)
    }

    func parse(_ text: String) -> Node? {
        do {
            guard let root = try Yams.compose(yaml: text) else {
                return Node(content: .map([]), location: SourceLocation(file: name))
            }
            var count = 0
            return convert(root, depth: 0, &count)
        } catch let error as YamlError {
            diagnostics.add(diagnostic(error))
        } catch {
            diagnostics.add(Diagnostic(SourceLocation(file: name), found: "\(error)"))
        }
        return nil
    }

    private func convert(_ node: Yams.Node, depth: Int, _ count: inout Int) -> Node? {
        let location = SourceLocation(file: name, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        count += 1
        guard depth <= Self.depthMax, count <= Self.nodesMax else {
            if depth > Self.depthMax || count == Self.nodesMax + 1 {
                diagnostics.add(
                    Diagnostic(
                        location, found: "too deep or too much",
                        allowed: "\(Self.depthMax) levels and \(Self.nodesMax) values, aliases counted"))
            }
            return nil
        }
        switch node {
        case .scalar(let scalar):
            let isNull = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            if isNull { return Node(content: .null, location: location) }
            return Node(content: .scalar(substituted(scalar.string, location)), location: location)
        case .sequence(let sequence):
            return Node(
                content: .list(sequence.compactMap { convert($0, depth: depth + 1, &count) }), location: location)
        case .mapping(let mapping):
            var entries: [Node.Entry] = []
            for (key, value) in mapping {
                guard case .scalar(let scalar) = key else {
                    diagnostics.add(Diagnostic(location, found: "a key that is no text", allowed: "a name"))
                    continue
                }
                guard let value = convert(value, depth: depth + 1, &count) else { continue }
                let place = SourceLocation(file: name, line: key.mark?.line ?? 1, column: key.mark?.column ?? 1)
                entries.append(Node.Entry(name: scalar.string, key: place, value: value))
            }
            return Node(content: .map(entries), location: location)
        case .alias:
            diagnostics.add(Diagnostic(location, found: "an alias without an anchor"))
            return nil
        }
    }

    // MARK: The environment

    /// Replaces `${NAME}` and `${NAME:-default}`; `$$` is a dollar sign.
    private func substituted(_ text: String, _ location: SourceLocation) -> String {
        guard text.contains("$") else { return text }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            let after = rest.index(after: dollar)
            if after < rest.endIndex, rest[after] == "$" {
                result += "$"
                rest = rest[rest.index(after: after)...]
                continue
            }
            guard after < rest.endIndex, rest[after] == "{", let close = rest[after...].firstIndex(of: "}") else {
                result += "$"
                rest = rest[after...]
                continue
            }
            let reference = rest[rest.index(after: after)..<close]
            let name: Substring
            let fallback: Substring?
            if let separator = reference.range(of: ":-") {
                name = reference[..<separator.lowerBound]
                fallback = reference[separator.upperBound...]
            } else {
                name = reference
                fallback = nil
            }
            if let value = environment[String(name)], !(value.isEmpty && fallback != nil) {
                result += value
            } else if let fallback {
                result += fallback
            } else {
                diagnostics.add(
                    Diagnostic(
                        location, found: "${\(name)}, which is not set in the environment",
                        fix: "set it, or write ${\(name):-default}; a plain dollar sign is $$"))
            }
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    // MARK: What Yams reports

    private func diagnostic(_ error: YamlError) -> Diagnostic {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return Diagnostic(
                SourceLocation(file: name, line: mark.line, column: mark.column),
                found: "YAML that cannot be read: \(problem)",
                fix: "check the indentation, the quotes and the brackets just before")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.map { "\($0)" }.joined(separator: ", ")
            let mark = context.mark
            return Diagnostic(
                SourceLocation(file: name, line: mark.line, column: mark.column), found: "\(keys) twice in one map",
                fix: "keep one")
        default:
            return Diagnostic(SourceLocation(file: name), found: "YAML that cannot be read: \(error)")
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileReadNoSuchFile, .fileNoSuchFile: "there is no such file"
        case .fileReadNoPermission: "permission denied"
        default: "\(error.localizedDescription)"
        }
    }
}
