import HTTPMessage
package import Identity

extension RouteTable {
    /// How many routes an explanation tells of that were not taken.
    private static let passedOverMax = 20

    /// Decides as `decide` does, and tells how it came to that. Takes as long as there are routes: for people only.
    ///
    /// - Parameters:
    ///   - query: told of again and no more: no decision depends on it.
    ///   - session: what the identity headers would name as the session.
    package func explain(
        method: String, host: String, path: String, query: String? = nil, principal: Principal?,
        session: SessionID? = nil, at now: Timestamp
    ) -> Explanation {
        var scratch = DecisionScratch()
        let selection = select(host: host.utf8.span, path: path.utf8.span, &scratch)
        let normalPath = scratch.normal.span.decoded
        let normalHost = scratch.host.span.decoded
        var route: Route?
        var plant: Explanation.Plant?
        // A path without a normal form is not compared with anything.
        var isPathKnown = true
        switch selection {
        case .route(let match):
            let found = self.route(match)
            route = found
            plant = self.plant(of: principal, found, match, now, scratch)
        case .refused(let refusal, let near):
            route = near.map(self.route)
            isPathKnown = refusal == .ambiguous || refusal == .encodedSlash
        case .nothing: break
        }
        let (passedOver, notShown) =
            isPathKnown ? passedOver(for: route, host: normalHost, path: normalPath) : ([], routes.count)
        let decision = decide(
            method: method.utf8.span, host: host.utf8.span, path: path.utf8.span, principal: principal, at: now,
            scratch: &scratch)
        let outcome = Outcome(decision, session)
        return Explanation(
            method: method, host: normalHost, path: path, query: query,
            normalPath: outcome.isBadPath ? nil : normalPath,
            route: route?.name, match: route?.match.description, passedOver: passedOver, routesNotShown: notShown,
            plant: plant,
            requirement: route?.requirement.condition(for: method.utf8.span)?.description,
            shadowRequirement: route?.shadow?.condition(for: method.utf8.span)?.description,
            shadowCode: outcome.shadow?.code, person: principal.map(Explanation.Person.init),
            isAllowed: outcome.isAllowed, status: outcome.status,
            code: outcome.code, detail: outcome.detail, upstream: route?.upstream, headers: outcome.headers)
    }

    /// A decision in the words of an explanation.
    private struct Outcome {
        var isAllowed = true
        var isBadPath = false
        var status = 200
        var code = "allowed"
        var detail = "The request is forwarded."
        var headers: [Explanation.Header] = []
        var shadow: ShadowVerdict?

        init(_ decision: Decision, _ session: SessionID?) {
            switch decision {
            case .allow(let permit):
                shadow = permit.shadow
                headers = IdentityHeaders.pairs(for: permit, session: session)
                    .map { Explanation.Header(name: $0.name, value: $0.value) }
            case .deny(let denial):
                if case .badPath = denial.reason { isBadPath = true }
                shadow = denial.shadow
                (isAllowed, status, code, detail) = (false, denial.status, denial.code, denial.detail)
            }
        }
    }

    private func plant(
        of principal: Principal?, _ route: Route, _ match: RouteTrie.Match, _ now: Timestamp,
        _ scratch: borrowing DecisionScratch
    ) -> Explanation.Plant? {
        guard let reference = plantText(route, match, scratch) else { return nil }
        var held: PlantMembership?
        var hasEnded = false
        if let principal {
            let index = membershipIndex(of: principal, route, match, now, scratch)
            held = index.map { principal.memberships[$0] }
            hasEnded = index == nil && membershipIndex(of: principal, route, match, .distantPast, scratch) != nil
        }
        let source: Explanation.Plant.Source =
            route.match.plant != nil ? .route : route.match.path?.capturesPlant == true ? .path : .host
        return Explanation.Plant(
            reference: reference, source: source, code: held?.plantCode, id: held?.plantID.value,
            role: held?.role.description, hasEnded: hasEnded, grant: nil)
    }

    /// The routes that were not taken: those that match too, with what comes before them, then those of this host.
    private func passedOver(
        for taken: Route?, host: String, path: String
    ) -> (shown: [Explanation.PassedOver], notShown: Int) {
        var matching: [Explanation.PassedOver] = []
        var others: [Explanation.PassedOver] = []
        for route in routes where route !== taken && route.match.host?.matches(host) != false {
            func lose(_ reason: String) -> Explanation.PassedOver {
                Explanation.PassedOver(route: route.name, match: route.match.description, reason: reason)
            }
            if let mismatch = route.match.path?.mismatch(path) {
                if others.count < Self.passedOverMax { others.append(lose(mismatch)) }
            } else if let taken {
                matching.append(lose("matches too, but " + taken.match.precedence(over: route.match)))
            }
        }
        let shown = Array((matching + others).prefix(Self.passedOverMax))
        return (shown, routes.count - shown.count - (taken == nil ? 0 : 1))
    }
}

extension Timestamp {
    fileprivate static let distantPast = Timestamp(microseconds: .min)
}
