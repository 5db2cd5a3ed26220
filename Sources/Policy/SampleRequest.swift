import HTTPMessage
package import Identity

/// A request made up to stand for all those that a route is about, so that two tables can be asked the same question.
package struct SampleRequest: Sendable, Hashable {
    package let host: String
    package let path: String
    /// The plant that it is about; nil if it is about none.
    package let plant: String?

    /// What stands where a pattern takes anything. Nobody's plant or host is called so.
    private static let anything = "gatehouse-sample"

    /// The request of `match` that is about this plant.
    package init(of match: RouteMatch, plant: String) {
        host =
            match.host.map { pattern in
                pattern.labels.map { label in
                    switch label {
                    case .literal(let text): text
                    case .plant: plant.lowercased()
                    case .any: Self.anything
                    }
                }.joined(separator: ".")
            } ?? "\(Self.anything).invalid"
        let path = match.path ?? .everything
        self.path =
            "/"
            + path.segments.map { segment in
                switch segment {
                case .literal(let text): text
                case .plant: plant
                case .any: Self.anything
                }
            }.joined(separator: "/")
        self.plant = match.plant ?? (match.bindsPlant ? plant : nil)
    }
}

/// A decision in three words.
package struct Verdict: Sendable, Hashable {
    /// The route that decided; nil when none did.
    package let route: String?
    package let isAllowed: Bool
    /// The stable code of a denial; `allowed` otherwise.
    package let code: String

    /// `allow by spc`, `deny role_missing by spc`.
    package var text: String {
        (isAllowed ? "allow" : "deny \(code)") + (route.map { " by \($0)" } ?? "")
    }
}

extension RouteTable {
    /// Decides a request as `decide` does, for those who only want to know.
    package func verdict(
        method: String, host: String, path: String, principal: Principal?, at now: Timestamp
    ) -> Verdict {
        var scratch = DecisionScratch()
        let decision = decide(
            method: method.utf8.span, host: host.utf8.span, path: path.utf8.span, principal: principal, at: now,
            scratch: &scratch)
        switch decision {
        case .allow(let permit): return Verdict(route: permit.route.name, isAllowed: true, code: "allowed")
        case .deny(let denial): return Verdict(route: denial.route?.name, isAllowed: false, code: denial.code)
        }
    }
}
