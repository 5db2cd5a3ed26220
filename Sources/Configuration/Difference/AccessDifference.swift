package import Identity
import Policy

/// Who may what under one configuration and may not under another.
///
/// Every route of both is asked for, in every plant, by a request that stands for all of its own, under both. Only where
/// the two say something different about it is anybody asked for: so a change of one rule among ten thousand asks a
/// million people about one thing.
package struct AccessDifference: Sendable {
    /// What somebody gains or loses.
    package struct Entry: Sendable, Codable, Hashable {
        package let user: String
        /// The route that decides in the new configuration, or did in the old.
        package let route: String
        package let plant: String?
        package let gained: [String]
        package let lost: [String]
    }

    private struct Question {
        let request: SampleRequest
        let route: String
        let methods: [String]
    }

    private let old: RouteTable
    private let new: RouteTable
    private let questions: [Question]
    private let now = SystemClock().now()

    /// The methods that a difference is told for, besides those that requirements name.
    private static let commonMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    /// - Parameter plants: the codes of all plants.
    package init(from old: Snapshot, to new: Snapshot, plants: [String]) {
        self.old = old.routes
        self.new = new.routes
        let before = Dictionary(old.routes.routes.map { ($0.name, $0) }) { first, _ in first }
        var seen: Set<SampleRequest> = []
        var questions: [Question] = []
        let now = SystemClock().now()
        for route in new.routes.routes + old.routes.routes {
            let named = route.requirement.clauses.flatMap { $0.methods ?? [] }
            for plant in route.match.bindsPlant && route.match.plant == nil ? plants : [plants.first ?? ""] {
                let request = SampleRequest(of: route.match, plant: plant)
                guard seen.insert(request).inserted else { continue }
                let deciding = [old.routes, new.routes].map { table in
                    table.verdict(method: "GET", host: request.host, path: request.path, principal: nil, at: now).route
                }
                let rules = [deciding[0].flatMap { before[$0] }, deciding[1].flatMap { new.routes.route(named: $0) }]
                if let one = rules[0], let other = rules[1], one.requirement == other.requirement,
                    one.match.plant == other.match.plant, one.match.bindsPlant == other.match.bindsPlant
                {
                    continue
                }
                guard let name = deciding[1] ?? deciding[0] else { continue }
                let methods = Self.commonMethods + Set(named).subtracting(Self.commonMethods).sorted()
                questions.append(Question(request: request, route: name, methods: methods))
            }
        }
        self.questions = questions
    }

    /// Whether anybody could be concerned.
    package var isEmpty: Bool { questions.isEmpty }

    /// What changes for somebody; nil is whoever is not signed in.
    package func entries(for principal: Principal?) -> [Entry] {
        questions.compactMap { question in
            var gained: [String] = []
            var lost: [String] = []
            for method in question.methods {
                let allowed = [old, new].map {
                    $0.verdict(
                        method: method, host: question.request.host, path: question.request.path, principal: principal,
                        at: now
                    ).isAllowed
                }
                if allowed[0], !allowed[1] { lost.append(method) }
                if !allowed[0], allowed[1] { gained.append(method) }
            }
            guard !gained.isEmpty || !lost.isEmpty else { return nil }
            let user = principal.map { $0.username ?? $0.email ?? $0.userID.description } ?? "anybody"
            return Entry(
                user: user, route: question.route, plant: question.request.plant, gained: gained, lost: lost)
        }
    }
}

extension RouteTable {
    fileprivate func route(named name: String) -> Route? { routes.first { $0.name == name } }
}
