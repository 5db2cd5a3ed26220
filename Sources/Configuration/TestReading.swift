import Identity

/// Reads `tests`.
struct TestReading {
    let diagnostics: Diagnostics
    let folder: String

    func read(_ map: MapReader) -> [EmbeddedTest] {
        map.list("tests", of: "tests").compactMap { node in
            MapReader(node, .test, diagnostics, folder: folder).flatMap { read(node, $0) }
        }
    }

    private func read(_ node: Node, _ map: MapReader) -> EmbeddedTest? {
        let line = map.require("request", .test, fix: "say what is asked: request: \"GET https://host/path\"")
            .flatMap { node -> RequestLine? in
                guard let text = map.text(node, allowed: "METHOD URL") else { return nil }
                if let line = RequestLine(text) { return line }
                diagnostics.error(node, "\"\(text)\"", allowed: "METHOD URL, like \"GET https://spc.example.com/\"")
                return nil
            }
        guard let expectation = expectation(map), let line else { return nil }
        let name = map.text("name") ?? "\(line.method) \(line.host)\(line.path)"
        return EmbeddedTest(
            name: name, request: line, principal: principal(map), expectation: expectation, route: map.text("route"),
            location: node.location)
    }

    private func expectation(_ map: MapReader) -> EmbeddedTest.Expectation? {
        guard let node = map.require("expect", .test, fix: "say what is decided: expect: allow or deny"),
            let text = map.text(node, allowed: "allow, deny, sign_in or a status")
        else { return nil }
        switch text {
        case "allow": return .allow
        case "deny": return .deny
        case "sign_in": return .signIn
        default:
            if let status = Int(text), (200...599).contains(status) { return .status(status) }
            diagnostics.error(node, "\"\(text)\"", allowed: "allow, deny, sign_in or a status like 403")
            return nil
        }
    }

    /// Somebody who holds just these roles.
    private func principal(_ map: MapReader) -> Principal? {
        let user = map.text("user")
        let roles = map["roles"] == nil ? nil : map.texts("roles", of: "global roles")
        var memberships: [PlantMembership] = []
        var isSomebody = user != nil || roles != nil
        if let node = map["as"] {
            switch node.content {
            case .map(let entries):
                isSomebody = true
                for (index, entry) in entries.enumerated() {
                    guard case .scalar(let text) = entry.value.content, let role = Role(text) else {
                        let names = Role.allCases.map(\.description)
                        diagnostics.error(
                            entry.value, "\(entry.value.kind) as a role", allowed: names.joined(separator: ", "),
                            fix: entry.value.text.flatMap { Suggestion.nearest(to: $0, among: names) }
                                .map { "did you mean \"\($0)\"?" })
                        continue
                    }
                    memberships.append(
                        PlantMembership(
                            plantID: PlantID(Int32(entry.name) ?? Int32(1_000_000_000 + index)), plantCode: entry.name,
                            plantName: entry.name, role: role))
                }
            case .scalar("anonymous"): break
            default:
                diagnostics.error(
                    node, node.kind, allowed: "anonymous, or a map of plant to role; {} is somebody without roles")
            }
        }
        guard isSomebody else { return nil }
        return Principal(
            userID: UserID(UUID128(high: 0, low: 1)), username: user ?? "somebody", email: nil, name: nil,
            globalRoles: roles ?? [], memberships: memberships)
    }
}
