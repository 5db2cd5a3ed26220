import Yams

/// Reads one YAML file into nodes, within bounds.
struct YAMLFile {
    private static let bytesMax = 16 * 1024 * 1024

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
                Diagnostic(
                    place, found: "maps and lists nested too deep", allowed: "\(YAMLConversion.depthMax) levels"))
            return nil
        }
        let aliases = AliasMark(absentFrom: text)
        var text = aliases.hide(in: text)
        var repeated = RepeatedKeys()
        while true {
            do {
                let parser = try Yams.Parser(yaml: text)
                // The nodes hold their anchors weakly, and the parser holds them.
                return try withExtendedLifetime(parser) {
                    guard let root = try parser.singleRoot() else {
                        return Node(content: .map([]), location: SourceLocation(file: name))
                    }
                    var conversion = YAMLConversion(file: self, repeated: repeated, aliases: aliases)
                    return conversion.convert(root)
                }
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                // What the library calls keys that it has no text for.
                guard !keys.contains("<uncovertable>") else {
                    diagnostics.add(.keyOfSeveralParts(at: location(context.mark)))
                    return nil
                }
                // The mark is that of the first key in alphabetical order.
                if let key = keys.first,
                    repeated.rename(key, line: context.mark.line, column: context.mark.column, in: &text)
                {
                    continue
                }
                let names = keys.map(aliases.reveal).joined(separator: ", ")
                diagnostics.add(
                    Diagnostic(location(context.mark), found: "the key \(names) a second time", fix: "keep one"))
            } catch let error as YamlError {
                diagnostics.add(diagnostic(error))
            } catch {
                diagnostics.add(Diagnostic(SourceLocation(file: name), found: "\(error)"))
            }
            return nil
        }
    }

    func location(_ mark: Mark?) -> SourceLocation {
        SourceLocation(file: name, line: max(1, mark?.line ?? 1), column: max(1, mark?.column ?? 1))
    }

    /// The text with references to the environment replaced.
    func resolved(_ text: String, _ location: SourceLocation) -> String {
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
