import HTTPMessage
import Identity
import Testing

@testable import Policy

let noon = Timestamp(seconds: 1_700_000_000)

/// A person with these roles, in plants 1 (detroit), 2 (lyon), 3 (osaka) as they are named.
func person(
    _ roles: [String: Role] = [:], global: [String] = [], username: String? = "ada", email: String? = "ada@example.com",
    name: String? = "Ada", until: Timestamp? = nil
) -> Principal {
    let ids: [String: Int32] = ["detroit": 1, "lyon": 2, "osaka": 3]
    return Principal(
        userID: UserID(UUID128(high: 1, low: 2)), username: username, email: email, name: name, globalRoles: global,
        memberships: roles.map { code, role in
            PlantMembership(
                plantID: PlantID(ids[code.lowercased()] ?? 99), plantCode: code, plantName: "Plant \(code)", role: role,
                expiresAt: until)
        })
}

/// A route as short as a test wants it: `"spc.example.com /plants/{plant}/**"`, where either part may be left out.
func route(
    _ name: String, _ match: String = "", require: Requirement = Requirement(.anyone), shadow: Requirement? = nil,
    plant: String? = nil,
    identity: IdentityTemplate = .gatehouse, slashes: Bool = false
) throws -> RouteDefinition {
    var routeMatch = RouteMatch(plant: plant)
    for part in match.split(separator: " ") {
        if part.hasPrefix("/") {
            routeMatch.path = try PathPattern(String(part))
        } else {
            routeMatch.host = try HostPattern(String(part))
        }
    }
    return RouteDefinition(
        name: name, match: routeMatch, requirement: require, shadow: shadow, upstream: "app", identity: identity,
        allowsEncodedSlashes: slashes)
}

func table(_ definitions: [RouteDefinition]) throws -> RouteTable {
    var collisions: [RouteTable.Collision] = []
    let table = RouteTable(definitions, collisions: &collisions)
    try #require(collisions.isEmpty)
    return table
}

extension RouteTable {
    func decide(
        _ method: String = "GET", _ host: String = "spc.example.com", _ path: String, _ principal: Principal? = nil,
        at now: Timestamp = noon
    ) -> Decision {
        var scratch = DecisionScratch()
        return decide(
            method: method.utf8.span, host: host.utf8.span, path: path.utf8.span, principal: principal, at: now,
            scratch: &scratch)
    }

    /// The name of the route for a request that anyone may make, or the code of the denial.
    func verdict(_ host: String, _ path: String) -> String { decide("GET", host, path).verdict }
}

extension Decision {
    var verdict: String {
        switch self {
        case .allow(let permit): permit.route.name
        case .deny(let denial): denial.code
        }
    }

    var permit: Permit? { if case .allow(let permit) = self { permit } else { nil } }
    var denial: Denial? { if case .deny(let denial) = self { denial } else { nil } }
}
