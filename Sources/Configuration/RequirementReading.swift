import Identity
import Policy

/// Reads `require`, and `shadow`, which is one on trial.
struct RequirementReading {
    let diagnostics: Diagnostics
    let folder: String

    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]

    /// Nil, after a diagnostic, when there is none: nobody gets in by an oversight.
    func read(_ route: MapReader) -> Requirement? {
        guard
            let node = route.require(
                "require", .route, fix: "say who may: anyone, signed_in, {role: …}, {any_role: […]} or {users: […]}")
        else { return nil }
        return read("require", node, route)
    }

    /// The requirement on trial; nil without one.
    func readShadow(_ route: MapReader) -> Requirement? { route["shadow"].flatMap { read("shadow", $0, route) } }

    private func read(_ key: String, _ node: Node, _ route: MapReader) -> Requirement? {
        switch node.content {
        case .scalar:
            return route.choice(key, [("anyone", Requirement.Condition.anyone), ("signed_in", .signedIn)])
                .map { Requirement($0) }
        case .map:
            return clause(node).map { Requirement([$0]) }
        case .list(let items):
            let clauses = items.compactMap(clause)
            guard clauses.count == items.count, !clauses.isEmpty else {
                if items.isEmpty { diagnostics.error(node, "an empty list", allowed: "at least one requirement") }
                return nil
            }
            checkReach(clauses, items)
            return Requirement(clauses)
        case .null:
            return nil
        }
    }

    /// Reports clauses whose every method an earlier one has taken.
    private func checkReach(_ clauses: [Requirement.Clause], _ nodes: [Node]) {
        var covered: Set<String> = []
        var coversAll = false
        for (clause, node) in zip(clauses, nodes) {
            let isReached = !coversAll && clause.methods?.allSatisfy(covered.contains) != true
            if !isReached, clause.methods?.isEmpty != true {
                diagnostics.error(
                    node, "a requirement that is never reached",
                    fix: "those before it cover \(clause.methods?.joined(separator: ", ") ?? "every method")")
            }
            if let methods = clause.methods { covered.formUnion(methods) } else { coversAll = true }
        }
    }

    private func clause(_ node: Node) -> Requirement.Clause? {
        guard let map = MapReader(node, .require, diagnostics, folder: folder) else { return nil }
        let methods = map["methods"] == nil ? nil : map.list("methods", of: "methods").compactMap { method($0, map) }
        let role = map.choice("role", Role.allCases.map { ($0.description, $0) })
        let anyRole = map["any_role"] == nil ? nil : map.texts("any_role", of: "global roles")
        let users = map["users"] == nil ? nil : map.texts("users", of: "users")
        for (name, list) in [("methods", methods), ("any_role", anyRole), ("users", users)] {
            guard let list, let place = map[name] else { continue }
            if place.hasNoItems { diagnostics.error(place, "an empty list for \(name)", allowed: "at least one entry") }
            if list.contains("") { diagnostics.error(place, "an empty entry in \(name)", allowed: "text") }
        }
        if map["anyone"] != nil {
            guard map.choice("anyone", [("true", ())]) != nil else { return nil }
            if map["role"] != nil || anyRole != nil || users != nil || map["signed_in"] != nil {
                diagnostics.error(node, "anyone together with another requirement", allowed: "one or the other")
            }
            return Requirement.Clause(methods: methods, condition: .anyone)
        }
        if map["signed_in"] != nil, map.choice("signed_in", [("true", ())]) == nil { return nil }
        // A role that could not be read must not turn into no role.
        if map["role"] != nil, role == nil { return nil }
        guard role != nil || anyRole != nil || users != nil || map["signed_in"] != nil else {
            diagnostics.error(
                node, "a requirement that requires nothing",
                allowed: "role, any_role, users, signed_in: true or anyone: true")
            return nil
        }
        return Requirement.Clause(methods: methods, condition: .person(role: role, anyRole: anyRole, users: users))
    }

    private func method(_ node: Node, _ map: MapReader) -> String? {
        guard let text = map.text(node, allowed: "a method") else { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x41 && $0 <= 0x5A || $0 == 0x2D }) else {
            diagnostics.error(node, "\"\(text)\"", allowed: "a method in upper case, like GET")
            return nil
        }
        if !Self.methods.contains(text), let near = Suggestion.nearest(to: text, among: Array(Self.methods)) {
            diagnostics.warning(node, "the unusual method \(text)", fix: "did you mean \(near)?")
        }
        return text
    }
}
