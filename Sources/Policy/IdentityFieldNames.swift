import HTTPMessage

/// The names by which a client could claim an identity: those of every preset, on every route, and those of the
/// configuration's own maps.
///
/// Compared without case and with every other sign as `-` (CVE-2025-64484, CVE-2025-48865).
package struct IdentityFieldNames: Sendable {
    /// In lower case and with `-`, by their length, so that most names are told apart by that alone.
    private let names: [[[UInt8]]]
    private static let prefixes = ["x-gatehouse-", "x-webauth-"].map { Array($0.utf8) }

    init(_ templates: [IdentityTemplate]) {
        var all: Set<String> = [
            "x-forwarded-access-token", "x-auth-request-user", "x-auth-request-email", "x-auth-request-groups",
            "x-auth-request-preferred-username", "x-remote-user", "x-remote-group", "x-remote-extra", "x-user",
        ]
        for template in templates + IdentityTemplate.presets.map(\.template) {
            for header in template.headers { all.insert(IdentityTemplate.folded(header.name)) }
        }
        var names: [[[UInt8]]] = Array(repeating: [], count: (all.map(\.utf8.count).max() ?? 0) + 1)
        for name in all { names[name.utf8.count].append(Array(name.utf8)) }
        self.names = names
    }

    /// All names in lower case, in order, but those that stand in `kept` in whatever case.
    package func all(except kept: [String]) -> [String] {
        let kept = Set(kept.map(IdentityTemplate.folded))
        return names.joined().map { String(decoding: $0, as: UTF8.self) }.filter { !kept.contains($0) }.sorted()
    }

    /// Whether a field of this name is removed from what a client sends.
    package func contains(_ name: Span<UInt8>) -> Bool {
        if name.count > 10, FieldName.folded(name[0]) == UInt8(ascii: "x") {
            for prefix in Self.prefixes where name.count >= prefix.count {
                if FieldName.matchesFolded(name.extracting(0..<prefix.count), prefix.span) { return true }
            }
        }
        guard name.count < names.count else { return false }
        for candidate in names[name.count] where FieldName.matchesFolded(name, candidate.span) { return true }
        return false
    }
}
