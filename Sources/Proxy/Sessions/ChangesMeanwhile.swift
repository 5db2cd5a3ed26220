import Identity

/// What changed in the store while a query ran, whose answer may be older than that.
///
/// Bounded: more changes than `changesMax` count as a change of everything.
struct ChangesMeanwhile {
    private static let changesMax = 1_024

    private var sessions: Set<SessionID> = []
    private var users: Set<UserID> = []
    private var plants: Set<PlantID> = []
    private var isEverything = false

    mutating func note(_ change: IdentityChange) {
        switch change {
        case .session(let session, _): sessions.insert(session)
        case .user(let user), .role(let user, _): users.insert(user)
        case .plant(let plant): plants.insert(plant)
        case .everything: isEverything = true
        }
        if sessions.count + users.count + plants.count > Self.changesMax { isEverything = true }
    }

    /// Whether what was answered of a session may be out of date.
    func concern(_ session: AuthenticatedSession) -> Bool {
        if isEverything || sessions.contains(session.sessionID) { return true }
        let principal = session.principal
        if users.contains(principal.userID) { return true }
        return !plants.isEmpty && principal.memberships.contains { plants.contains($0.plantID) }
    }

    /// Whether a token that opened nothing may open something by now.
    var mayHaveOpened: Bool { isEverything || !users.isEmpty || !plants.isEmpty }

    mutating func forget() { if mayHaveOpened || !sessions.isEmpty { self = ChangesMeanwhile() } }
}
