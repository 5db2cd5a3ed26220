/// Reads a map by a section of the schema: says what is unknown, and what a misspelt key was meant to be.
struct MapReader {
    private let entries: [String: Node.Entry]
    let node: Node
    let diagnostics: Diagnostics
    /// What a relative path in this file is relative to.
    let folder: String

    /// Nil, after a diagnostic, when the node is no map.
    init?(_ node: Node, _ section: Section, _ diagnostics: Diagnostics, folder: String) {
        guard case .map(let entries) = node.content else {
            if case .null = node.content {
                self.init(node, [:], diagnostics, folder)
                return
            }
            // What stands in the wrong place may be a secret that the environment gave.
            let kind = if case .scalar = node.content, section.holdsSecrets { "text" } else { node.kind }
            diagnostics.error(
                node, "\(kind) for \(section.name)",
                allowed: "a map with " + section.keys.map(\.name).joined(separator: ", "))
            return nil
        }
        for entry in entries {
            guard let key = section.key(entry.name) else {
                MapReader.reportUnknown(entry, section, diagnostics)
                continue
            }
            if case .null = entry.value.content, !section.mayBeEmpty {
                diagnostics.error(
                    entry.value, "nothing for \(key.name)", allowed: key.allowed,
                    fix: "give it a value, or take the key away")
            }
        }
        self.init(node, Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }, diagnostics, folder)
    }

    private init(_ node: Node, _ entries: [String: Node.Entry], _ diagnostics: Diagnostics, _ folder: String) {
        self.node = node
        self.entries = entries
        self.diagnostics = diagnostics
        self.folder = folder
    }

    private static func reportUnknown(_ entry: Node.Entry, _ section: Section, _ diagnostics: Diagnostics) {
        let names = section.keys.map(\.name)
        diagnostics.add(
            Diagnostic(
                entry.key, found: "unknown key \"\(entry.name)\" in \(section.name)",
                allowed: "keys here are " + names.joined(separator: ", "),
                fix: Suggestion.nearest(to: entry.name, among: names).map { "did you mean \"\($0)\"?" }))
    }

    /// The value of a key that is there and not null.
    subscript(name: String) -> Node? {
        guard let value = entries[name]?.value else { return nil }
        if case .null = value.content { return nil }
        return value
    }

    /// Says that a key is missing.
    func require(_ name: String, _ section: Section, fix: String) -> Node? {
        if let value = self[name] { return value }
        diagnostics.error(node, "\(section.name) without \(name)", fix: fix)
        return nil
    }

    // MARK: Values

    func text(_ name: String) -> String? {
        self[name].flatMap { text($0, allowed: "text") }
    }

    func text(_ node: Node, allowed: String) -> String? {
        if case .scalar(let text) = node.content { return text }
        diagnostics.error(node, node.kind, allowed: allowed)
        return nil
    }

    /// Text, or the contents of a file that `{file: PATH}` names: for secrets.
    func secret(_ name: String) -> String? { self[name].flatMap { secret($0) } }

    func secret(_ node: Node) -> String? {
        guard case .map(let entries) = node.content else { return text(node, allowed: "text, or {file: PATH}") }
        guard entries.count == 1, let entry = entries.first, entry.name == "file",
            let path = text(entry.value, allowed: "a path")
        else {
            diagnostics.error(node, "a map", allowed: "text, or {file: PATH}")
            return nil
        }
        let absolute = FileText.absolute(path, in: folder)
        diagnostics.note(file: absolute)
        do {
            return try FileText.read(absolute).trimmingTrailingNewlines
        } catch {
            diagnostics.error(
                entry.value, "the file \(path) cannot be read (\(error))", fix: "check its path and permissions")
            return nil
        }
    }

    func path(_ node: Node) -> String? {
        text(node, allowed: "a path").map { FileText.absolute($0, in: folder) }
    }

    func list(_ name: String, of what: String) -> [Node] {
        guard let node = self[name] else { return [] }
        if case .list(let items) = node.content { return items }
        diagnostics.error(node, node.kind, allowed: "a list of \(what)")
        return []
    }

    func texts(_ name: String, of what: String) -> [String] {
        list(name, of: what).compactMap { text($0, allowed: what) }
    }

    func integer(_ name: String, _ range: ClosedRange<Int>) -> Int? {
        guard let node = self[name], let text = text(node, allowed: "a number") else { return nil }
        guard let number = Int(text), range.contains(number) else {
            diagnostics.error(node, "\"\(text)\"", allowed: "a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    func duration(_ name: String, atLeast least: Duration = .milliseconds(1)) -> Duration? {
        guard let node = self[name], let text = text(node, allowed: "a duration") else { return nil }
        guard let duration = Quantities.duration(text), duration >= least else {
            diagnostics.error(node, "\"\(text)\"", allowed: "a duration like 500ms, 30s, 15m, 8h or 30d")
            return nil
        }
        return duration
    }

    /// Whether a key says `off` in place of its value.
    func isOff(_ name: String) -> Bool {
        if let node = self[name], case .scalar("off") = node.content { true } else { false }
    }

    func bytes(_ name: String) -> UInt64? {
        guard let node = self[name], let text = text(node, allowed: "a size") else { return nil }
        guard let size = Quantities.bytes(text) else {
            diagnostics.error(node, "\"\(text)\"", allowed: "a size like 64KiB or 10MiB")
            return nil
        }
        return size
    }

    /// A size within bounds.
    func bytes(_ name: String, _ range: ClosedRange<UInt64>) -> UInt64? {
        guard let size = bytes(name) else { return nil }
        if range.contains(size) { return size }
        if let node = self[name] {
            diagnostics.error(
                node, "\(size) bytes for \(name)",
                allowed:
                    "from \(Quantities.text(bytes: range.lowerBound)) to \(Quantities.text(bytes: range.upperBound))")
        }
        return nil
    }

    /// Whether the value is this word, which stands for no number.
    func says(_ word: String, for name: String) -> Bool {
        if case .scalar(word)? = self[name]?.content { true } else { false }
    }

    func boolean(_ name: String) -> Bool? { choice(name, [("true", true), ("false", false)]) }

    /// One of a few words.
    func choice<Value>(_ name: String, _ choices: [(String, Value)]) -> Value? {
        guard let node = self[name], let text = text(node, allowed: "a word") else { return nil }
        if let choice = choices.first(where: { $0.0 == text }) { return choice.1 }
        let names = choices.map(\.0)
        diagnostics.error(
            node, "\"\(text)\" for \(name)", allowed: names.joined(separator: ", "),
            fix: Suggestion.nearest(to: text, among: names).map { "did you mean \"\($0)\"?" })
        return nil
    }
}
