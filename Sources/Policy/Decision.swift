package import Identity

/// What the policy says to a request.
package enum Decision: Sendable {
    case allow(Permit)
    case deny(Denial)
}

/// Proof that the policy allows a request: forwarding takes one, and nothing outside this module can make one.
///
/// An object, so that handing it on counts one reference and not those of all that it names.
package final class Permit: Sendable {
    package let route: Route
    /// Who the request acts as; nil on a public route without a session.
    package let principal: Principal?
    /// What the requirement on trial says to it; nil when the route has none.
    package let shadow: ShadowVerdict?
    /// The plant of the membership, its role and its end.
    package let plantID: PlantID?
    package let role: Role?
    package let membershipExpiresAt: Timestamp?
    /// Which of the principal's memberships it is. Told apart from it, so that no name in it is copied for each request.
    private let membershipIndex: Int?

    /// The role held in the plant that the request is about; nil when it is about none, or the principal has no role
    /// there and needs none.
    package var membership: PlantMembership? { membershipIndex.flatMap { principal?.memberships[$0] } }

    init(route: Route, principal: Principal?, membershipIndex: Int?, shadow: ShadowVerdict? = nil) {
        self.route = route
        self.principal = principal
        self.membershipIndex = membershipIndex
        self.shadow = shadow
        guard let principal, let membershipIndex else {
            plantID = nil
            role = nil
            membershipExpiresAt = nil
            return
        }
        plantID = principal.memberships[membershipIndex].plantID
        role = principal.memberships[membershipIndex].role
        membershipExpiresAt = principal.memberships[membershipIndex].expiresAt
    }
}

/// A refusal, with all that its explanation needs.
package struct Denial: Sendable {
    package let reason: DenialReason
    /// The route that refused; nil when none was found.
    package let route: Route?
    /// The plant that the request named, as it named it. Says nothing about whether there is such a plant.
    package let plant: String?
    /// What the requirement on trial says to it; nil when the route has none, or was not asked.
    package let shadow: ShadowVerdict?

    init(_ reason: DenialReason, route: Route? = nil, plant: String? = nil, shadow: ShadowVerdict? = nil) {
        self.reason = reason
        self.route = route
        self.plant = plant
        self.shadow = shadow
    }
}

/// Why a request is denied.
package enum DenialReason: Sendable, Hashable {
    case badPath(PathRefusal)
    case noRoute
    /// Nobody is signed in, and somebody must be.
    case signInRequired
    /// The route says nothing about this method.
    case methodNotAllowed
    /// The principal has less than this role in the plant, or none, or there is no such plant: all answer alike.
    case roleMissing(Role)
    case globalRoleMissing([String])
    case userNotListed
}

extension Denial {
    /// The status to answer with. Somebody who is not signed in may be sent to the login page instead of 401.
    package var status: Int {
        switch reason {
        case .badPath: 400
        case .noRoute: 404
        case .signInRequired: 401
        case .methodNotAllowed, .roleMissing, .globalRoleMissing, .userNotListed: 403
        }
    }

    /// A stable name for programs, logs and metrics.
    package var code: String {
        switch reason {
        case .badPath(let refusal): refusal.rawValue
        case .noRoute: "no_route"
        case .signInRequired: "sign_in_required"
        case .methodNotAllowed: "method_not_allowed"
        case .roleMissing: "role_missing"
        case .globalRoleMissing: "global_role_missing"
        case .userNotListed: "user_not_listed"
        }
    }

    /// A sentence for people.
    package var detail: String {
        switch reason {
        case .badPath(let refusal): refusal.detail
        case .noRoute: "There is nothing at this address."
        case .signInRequired: "Sign in to go on."
        case .methodNotAllowed: "This route allows no such method."
        case .roleMissing(let role):
            if let plant {
                "This needs the role \(role) or higher in the plant \(plant)."
            } else {
                "This needs the role \(role) or higher."
            }
        case .globalRoleMissing(let roles): "This needs one of the roles \(roles.joined(separator: ", "))."
        case .userNotListed: "This is for certain people only."
        }
    }

    package var neededRole: Role? {
        if case .roleMissing(let role) = reason { role } else { nil }
    }

    package var neededGlobalRoles: [String] {
        if case .globalRoleMissing(let roles) = reason { roles } else { [] }
    }
}
