/// A change in the store of who may do what: what caches forget, and by which live streams end.
package enum IdentityChange: Sendable, Hashable {
    /// A session or an API token ended, ends at another time, or is opened by another token now.
    case session(SessionID, of: UserID)
    /// Something about a person: their status, their global roles, their names; or many things at once.
    case user(UserID)
    /// The role of a person in a plant.
    case role(of: UserID, in: PlantID)
    /// A plant: its code, its name, whether its roles count; or the roles of many people in it.
    case plant(PlantID)
    /// More than anybody wants to enumerate.
    case everything

    /// Whose it is, if it is one person's.
    package var user: UserID? {
        switch self {
        case .session(_, let user), .user(let user), .role(let user, _): user
        case .plant, .everything: nil
        }
    }

    /// Whether it may be about a token that acts as `principal`, or has until now.
    package func concerns(_ session: SessionID, of principal: Principal) -> Bool {
        switch self {
        case .session(let changed, _): changed == session
        case .user(let user), .role(let user, _): user == principal.userID
        case .plant(let plant): principal.memberships.contains { $0.plantID == plant }
        case .everything: true
        }
    }
}
