import Foundation

/// The configuration as a JSON Schema (draft 2020-12), so that editors complete, explain and underline it.
///
/// Made from the same `Section`s that reading goes by: what a key may be is said once, in `allowed`, for people and for
/// this. A phrase that is not known here leaves the value open and keeps its description.
package enum JSONSchema {
    /// The schema as text, with a line feed at its end.
    package static func text() throws -> String {
        var root = object(.root)
        root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        root["title"] = "Gatehouse"
        root["$defs"] = Dictionary(uniqueKeysWithValues: definitions.map { ($0.key, $0.value) })
        let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try JSONSerialization.data(withJSONObject: root, options: options)
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private typealias Schema = [String: Any]

    /// Any scalar may come from the environment, and is text then.
    private static var reference: Schema { ["type": "string", "pattern": #"\$\{[A-Za-z_]"#] }

    private static var definitions: [String: Schema] {
        [
            "duration": anyOf(["type": "string", "pattern": #"^[0-9]+(ms|s|m|h|d)$"#], reference),
            "size": anyOf(["type": "string", "pattern": #"^[0-9]+(B|KiB|MiB|GiB)?$"#], ["type": "integer"], reference),
            "secret": anyOf(
                ["type": "string"],
                [
                    "type": "object", "properties": ["file": ["type": "string"]], "required": ["file"],
                    "additionalProperties": false, "description": "the text of a file",
                ]),
        ]
    }

    // MARK: Sections

    /// What stands below a key, where that is more than a scalar.
    private static func nested(_ section: Section, _ key: Section.Key) -> Schema? {
        switch (section.name, key.name) {
        case (_, "include"), (_, "trusted_proxies"), (_, "endpoints"), (_, "methods"), (_, "any_role"), (_, "users"),
            (_, "roles"), (_, "upgrades"), (_, "origins"):
            return ["type": "array", "items": ["type": "string"]]
        case (_, "encryption_keys"): return ["type": "array", "items": ref("secret")]
        case (_, "listeners"): return list(.listener)
        case (_, "certificates"): return list(.certificate)
        case (_, "routes"): return list(.route)
        case (_, "tests"): return list(.test)
        case (_, "upstreams"): return ["type": "object", "additionalProperties": object(.upstream)]
        case (_, "require"):
            return anyOf(["enum": ["anyone", "signed_in"]], object(.require), list(.require))
        case (_, "identity"):
            return anyOf(["type": "string"], ["type": "object", "additionalProperties": ["type": "string"]])
        case (_, "as"):
            let roles: Schema = ["enum": ["operator", "supervisor", "engineer", "admin"]]
            return anyOf(["enum": ["anonymous"]], ["type": "object", "additionalProperties": roles])
        case ("health", "expect"):
            let status: [Schema] = [["type": "string"], ["type": "integer"]]
            return anyOf(status + [["type": "array", "items": anyOf(status)]])
        case (let parent, let name):
            guard key.allowed.contains("a map"),
                let child = Section.all.first(where: { $0.name == "\(name) of \(parent)" })
                    ?? Section.all.first(where: { $0.name == name })
            else { return nil }
            let words = key.allowed.contains(" or ") || key.allowed.contains(", ") ? alternatives(key.allowed) : []
            return words.isEmpty ? object(child) : anyOf([["enum": words], object(child)])
        }
    }

    private static func list(_ section: Section) -> Schema { ["type": "array", "items": object(section)] }

    private static func object(_ section: Section) -> Schema {
        var properties: Schema = [:]
        for key in section.keys {
            var schema =
                nested(section, key) ?? (section.holdsSecrets && !isPlain(key) ? ref("secret") : scalar(key.allowed))
            schema["description"] = "\(key.meaning): \(key.allowed)"
            properties[key.name] = schema
        }
        return ["type": "object", "properties": properties, "additionalProperties": false]
    }

    /// Whether a key's values follow a form of their own, and so are no secrets.
    private static func isPlain(_ key: Section.Key) -> Bool {
        key.allowed.contains("duration") || key.allowed.contains("size") || key.allowed.contains(" to ")
            || key.allowed.contains(" or ")
    }

    // MARK: Scalars

    /// What a phrase like `auto or a number` allows.
    private static func scalar(_ allowed: String) -> Schema {
        if let range = range(allowed) { return anyOf(range, reference) }
        var schemas: [Schema] = []
        for part in parts(allowed) {
            switch part {
            case "a duration": schemas.append(ref("duration"))
            case "a size": schemas.append(ref("size"))
            case "a number": schemas.append(["type": "integer"])
            default: break
            }
        }
        let words = alternatives(allowed)
        // A phrase in which not every part is known is for people alone.
        guard schemas.count + words.count == parts(allowed).count else { return openScalar }
        let isSwitch = !words.isEmpty && words.allSatisfy { ["true", "false"].contains($0) }
        if isSwitch {
            schemas.append(["type": "boolean"])
        } else if !words.isEmpty {
            schemas.append(["enum": words])
        }
        return schemas.count == 1 && schemas[0]["$ref"] != nil ? schemas[0] : anyOf(schemas + [reference])
    }

    private static var openScalar: Schema { ["type": ["string", "integer", "boolean"]] }

    private static func parts(_ allowed: String) -> [String] {
        allowed.replacing(" or ", with: ", ").split(separator: ", ").map(String.init)
    }

    /// The words among the parts of a phrase that stand for themselves: `open`, `least_requests`.
    private static func alternatives(_ allowed: String) -> [String] {
        parts(allowed).filter { $0.allSatisfy { $0.isLowercase && $0.isASCII || $0 == "_" } && $0.count > 1 }
    }

    /// `1 to 1000`.
    private static func range(_ allowed: String) -> Schema? {
        let words = allowed.components(separatedBy: " to ")
        guard words.count == 2, let low = Int(words[0]), let high = Int(words[1]) else { return nil }
        return ["type": "integer", "minimum": low, "maximum": high]
    }

    private static func ref(_ name: String) -> Schema { ["$ref": "#/$defs/\(name)"] }
    private static func anyOf(_ schemas: Schema...) -> Schema { anyOf(schemas) }
    private static func anyOf(_ schemas: [Schema]) -> Schema { ["anyOf": schemas] }
}
