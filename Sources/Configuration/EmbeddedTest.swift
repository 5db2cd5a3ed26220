package import Identity
package import Policy

/// A decision that the configuration promises: run at every load, so that a change of rules that breaks one never takes
/// effect.
package struct EmbeddedTest: Sendable {
    package enum Expectation: Sendable, Hashable {
        case allow
        /// Anything but allow.
        case deny
        /// The person must sign in first.
        case signIn
        /// This very status; 200 stands for allow.
        case status(Int)
    }

    package let name: String
    package let request: RequestLine
    /// Who asks; nil is nobody.
    package let principal: Principal?
    package let expectation: Expectation
    /// The route that must decide, if it matters.
    package let route: String?
    package let location: SourceLocation

    /// What went otherwise than promised; nil when all is as it should be.
    package func failure(in routes: RouteTable) -> String? {
        let now = SystemClock().now()
        var scratch = DecisionScratch()
        let decision = routes.decide(
            method: request.method.utf8.span, host: request.host.utf8.span, path: request.path.utf8.span,
            principal: principal, at: now, scratch: &scratch)
        let status: Int
        let decidingRoute: String?
        let outcome: String
        switch decision {
        case .allow(let permit):
            status = 200
            decidingRoute = permit.route.name
            outcome = "allow"
        case .deny(let denial):
            status = denial.status
            decidingRoute = denial.route?.name
            outcome = "deny: \(denial.code) (\(denial.status))"
        }
        let isMet =
            switch expectation {
            case .allow: status == 200
            case .deny: status != 200
            case .signIn: status == 401
            case .status(let wanted): status == wanted
            }
        let by = decidingRoute.map { "by route \($0)" } ?? "by no route"
        guard isMet else { return "\(outcome) \(by), and \(expectation) was expected" }
        if let route, route != decidingRoute { return "decided \(by), and route \(route) was expected" }
        return nil
    }
}

extension EmbeddedTest.Expectation: CustomStringConvertible {
    package var description: String {
        switch self {
        case .allow: "allow"
        case .deny: "deny"
        case .signIn: "sign_in"
        case .status(let status): String(status)
        }
    }
}

/// A method and a URL, as tests and `explain` take them.
package struct RequestLine: Sendable, Hashable {
    package let method: String
    package let host: String
    package let path: String
    package let query: String?

    /// `PUT https://spc.example.com/plants/detroit`; nil when it is not of that form.
    package init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count == 2 else { return nil }
        self.init(method: String(words[0]), url: String(words[1]))
    }

    package init?(method: String, url: String) {
        guard !method.isEmpty, method.utf8.allSatisfy({ $0 >= 0x41 && $0 <= 0x5A || $0 == 0x2D }) else { return nil }
        let rest: Substring
        if url.hasPrefix("https://") {
            rest = url.dropFirst(8)
        } else if url.hasPrefix("http://") {
            rest = url.dropFirst(7)
        } else {
            return nil
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let target = rest[authority.endIndex...]
        guard let authority = Authority(authority) else { return nil }
        self.method = method
        host = authority.host
        let path = target.prefix { $0 != "?" }
        self.path = path.isEmpty ? "/" : String(path)
        query = path.endIndex < target.endIndex ? String(target[target.index(after: path.endIndex)...]) : nil
    }
}
