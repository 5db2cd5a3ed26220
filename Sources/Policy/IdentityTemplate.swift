import HTTPMessage

/// Which headers tell an upstream who is asking: a preset, or a map of the site's own.
package struct IdentityTemplate: Sendable, Hashable {
    /// One header, and what its value is made of.
    package struct Header: Sendable, Hashable {
        package let name: String
        let parts: [Part]
        /// Whether the header is left out when what it tells is unknown.
        let isOptional: Bool
    }

    enum Part: Sendable, Hashable {
        case text(String)
        case fact(Fact)
    }

    /// What can be told about a request's identity. The raw value is its name in a template.
    package enum Fact: String, Sendable, Hashable, CaseIterable {
        case userID = "user_id"
        case user
        case email
        case name
        case plant
        case plantID = "plant_id"
        case plantName = "plant_name"
        case role
        case roles
        case sessionID = "session_id"
        /// All of it, signed. Made anew each minute, and so apart from the others.
        case assertion
    }

    package let headers: [Header]
    /// The name of the header that carries the signed assertion; nil when none does.
    package let assertionHeader: String?

    /// All that the gateway knows, in headers of its own.
    package static let gatehouse = preset([
        ("X-Gatehouse-User-Id", .userID), ("X-Gatehouse-User", .user), ("X-Gatehouse-Email", .email),
        ("X-Gatehouse-Name", .name), ("X-Gatehouse-Plant", .plant), ("X-Gatehouse-Plant-Id", .plantID),
        ("X-Gatehouse-Role", .role), ("X-Gatehouse-Roles", .roles), ("X-Gatehouse-Session-Id", .sessionID),
        ("X-Gatehouse-Assertion", .assertion),
    ])
    /// What oauth2-proxy sends.
    package static let forwarded = preset([
        ("X-Forwarded-User", .user), ("X-Forwarded-Email", .email), ("X-Forwarded-Groups", .roles),
        ("X-Forwarded-Preferred-Username", .user),
    ])
    /// What Authelia sends, and many applications read.
    package static let remoteUser = preset([
        ("Remote-User", .user), ("Remote-Email", .email), ("Remote-Name", .name), ("Remote-Groups", .roles),
    ])
    /// What Grafana's auth proxy reads.
    package static let grafana = preset([
        ("X-WEBAUTH-USER", .user), ("X-WEBAUTH-EMAIL", .email), ("X-WEBAUTH-NAME", .name), ("X-WEBAUTH-ROLE", .role),
    ])
    /// Nothing.
    package static let none = IdentityTemplate(headers: [])

    /// The presets by the names that the configuration knows them by.
    package static let presets: [(name: String, template: IdentityTemplate)] = [
        ("gatehouse", .gatehouse), ("forwarded", .forwarded), ("remote-user", .remoteUser), ("grafana", .grafana),
        ("none", .none),
    ]

    private static func preset(_ headers: [(String, Fact)]) -> IdentityTemplate {
        IdentityTemplate(headers: headers.map { Header(name: $0.0, parts: [.fact($0.1)], isOptional: true) })
    }

    private init(headers: [Header]) {
        self.headers = headers
        assertionHeader = headers.first { $0.parts == [.fact(.assertion)] }?.name
    }

    /// A map of header names to templates: text with `{user}`, `{plant}` and the like in it.
    package init(map: [(name: String, template: String)]) throws(PatternProblem) {
        var seen: Set<String> = []
        let headers = try map.map { name, template throws(PatternProblem) in
            guard FieldName.isValid(name.utf8.span), Self.mayCarryIdentity(name) else {
                throw PatternProblem(
                    found: "the header name \"\(name)\"",
                    allowed: "a header name that HTTP and the gateway give no meaning, like X-Auth-User")
            }
            guard seen.insert(Self.folded(name)).inserted else {
                throw PatternProblem(
                    found: "the header \"\(name)\" a second time", allowed: "each name once; case, - and _ count alike")
            }
            let parts = try Self.parse(template)
            guard parts.count == 1 || !parts.contains(.fact(.assertion)) else {
                throw PatternProblem(found: "\"\(template)\"", allowed: "{assertion} by itself")
            }
            let isOptional = parts.count == 1 && parts.contains { if case .fact = $0 { true } else { false } }
            return Header(name: name, parts: parts, isOptional: isOptional)
        }
        let signed = headers.filter { $0.parts == [.fact(.assertion)] }
        guard signed.count < 2 else {
            throw PatternProblem(found: "{assertion} in \(signed.count) headers", allowed: "one header with it")
        }
        self.init(headers: headers)
    }

    /// Whether a header may tell who is asking: not one that has a meaning of its own, and so is not removed from what
    /// a client sends.
    private static func mayCarryIdentity(_ name: String) -> Bool {
        let folded = folded(name)
        return KnownField(folded.utf8.span) == .other && !["http2-settings", "content-encoding"].contains(folded)
            && !folded.hasPrefix("sec-") && !folded.hasPrefix("proxy-") && !folded.hasPrefix("access-control-")
    }

    /// A name in lower case and with `-` for `_`.
    static func folded(_ name: String) -> String {
        String(decoding: name.utf8.map(FieldName.folded), as: UTF8.self)
    }

    private static func parse(_ template: String) throws(PatternProblem) -> [Part] {
        var parts: [Part] = []
        var rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            if open > rest.startIndex { parts.append(.text(String(rest[..<open]))) }
            guard let close = rest[open...].firstIndex(of: "}"),
                let fact = Fact(rawValue: String(rest[rest.index(after: open)..<close]))
            else {
                throw PatternProblem(
                    found: "\"\(template)\"",
                    allowed: "text with any of " + Fact.allCases.map { "{\($0.rawValue)}" }.joined(separator: ", "))
            }
            parts.append(.fact(fact))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        guard parts.allSatisfy({ if case .text(let text) = $0 { text.utf8.allSatisfy(isVisible) } else { true } })
        else {
            throw PatternProblem(found: "a byte outside of visible ASCII", allowed: "visible ASCII and spaces")
        }
        return parts
    }

    private static func isVisible(_ byte: UInt8) -> Bool { byte >= 0x20 && byte < 0x7F }
}
