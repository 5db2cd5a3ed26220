import Identity

/// Changes in the store, sorted by what they are about.
///
/// Bounded: more than `changesMax` count as a change of everything.
struct ChangeSet {
    private static let changesMax = 1_024

    private var sessions: Set<SessionID> = []
    private var users: Set<UserID> = []
    private var plants: Set<PlantID> = []
    private var isEverything = false

    init() {}

    init(_ changes: some Sequence<IdentityChange>) {
        for change in changes { note(change) }
    }

    var isEmpty: Bool { !isEverything && sessions.isEmpty && users.isEmpty && plants.isEmpty }

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

    /// Whether a stream's right may be gone. Whoever has one in a plant holds a role there.
    func concern(_ right: StreamRight) -> Bool {
        if isEverything { return true }
        if let session = right.session, sessions.contains(session) { return true }
        if let user = right.principal?.userID, users.contains(user) { return true }
        return right.plant.map(plants.contains) ?? false
    }

    /// Whether a token that opened nothing may open something by now.
    var mayHaveOpened: Bool { isEverything || !users.isEmpty || !plants.isEmpty }

    mutating func forget() { if !isEmpty { self = ChangeSet() } }
}
