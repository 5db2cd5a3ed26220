/// Why a store could not do what it was asked.
package enum StoreError: Error, Sendable, Hashable {
    /// The database cannot be reached or did not answer in time. Trying later may help.
    case unavailable(String)
    /// Another row has this value already. `field` is `username`, `email`, `code` or the constraint's name.
    case conflict(field: String)
    /// A rule of the data model refused it. The text says which, for people.
    case refused(String)
    /// No such user, plant, session or grant.
    case notFound
    /// The schema is not what this program needs: a migration is missing or ahead.
    case schema(String)
    /// The database answered what we do not understand; carries the SQLSTATE where there is one.
    case unexpected(String)
}

/// Accounts. No operation returns a deleted user unless it says so.
package protocol UserStore: Sendable {
    func create(_ user: NewUser) async throws(StoreError) -> User
    /// Makes an account for somebody who asks for one with an address, whether or not it has an account: see
    /// `RegisteredUser`. One operation whatever becomes of it.
    func register(_ user: NewUser) async throws(StoreError) -> RegisteredUser
    /// Keeps everybody else from changing the account until the transaction ends. Also finds deleted users.
    func lock(_ id: UserID) async throws(StoreError) -> User?
    func find(id: UserID) async throws(StoreError) -> User?
    /// Without regard to case.
    func find(username: String) async throws(StoreError) -> User?
    /// Without regard to case.
    func find(email: String) async throws(StoreError) -> User?
    /// By username, else email, for signing in; without regard to case. `address` is where the request comes from.
    func credentials(login: String, from address: String?) async throws(StoreError) -> UserCredentials?
    /// For somebody who is signed in and has to prove it once more.
    func credentials(of id: UserID, from address: String?) async throws(StoreError) -> UserCredentials?
    func list(activeOnly: Bool, offset: Int, limit: Int) async throws(StoreError) -> [User]
    func count(activeOnly: Bool) async throws(StoreError) -> Int
    /// A page of people with the roles that they hold now: one query whatever the count. With a plant in the filter,
    /// only the roles in it.
    func list(_ filter: UserFilter) async throws(StoreError) -> [ListedUser]
    /// How many all pages of the list hold.
    func count(_ filter: UserFilter) async throws(StoreError) -> Int
    /// One person with their roles; nil for a deleted one.
    func listed(_ id: UserID) async throws(StoreError) -> ListedUser?
    func update(_ id: UserID, _ changes: [UserChange]) async throws(StoreError) -> User
    /// Gives the user another password, or none. Ends the user's sessions in the same transaction, but for the one
    /// that asks for it, and returns how many were live.
    func setPasswordHash(_ id: UserID, _ hash: String?, keeping session: SessionID?) async throws(StoreError) -> Int
    /// Replaces the hash of the same password by one with other parameters, unless it has been changed meanwhile. Ends
    /// no session.
    func renewPasswordHash(_ id: UserID, from old: String, to new: String) async throws(StoreError)
    /// Enforces the transitions of the data model. Suspending ends the user's sessions.
    func setStatus(_ id: UserID, _ status: UserStatus) async throws(StoreError) -> User
    /// Soft: sets `deleted_at`, suspends and ends sessions. `restore` is the only way back.
    func delete(_ id: UserID) async throws(StoreError)
    /// Also finds deleted users, by username, email or id.
    func restore(_ reference: String) async throws(StoreError) -> User
    func recordSignIn(_ id: UserID, at: Timestamp) async throws(StoreError)
}

/// Plants, the tenants.
package protocol PlantStore: Sendable {
    func create(code: String, name: String) async throws(StoreError) -> Plant
    func find(code: String) async throws(StoreError) -> Plant?
    func find(id: PlantID) async throws(StoreError) -> Plant?
    func list() async throws(StoreError) -> [Plant]
    func rename(_ id: PlantID, code: String) async throws(StoreError) -> Plant
    func delete(_ id: PlantID) async throws(StoreError)
}

/// Who holds which role in which plant.
package protocol RoleStore: Sendable {
    /// Sets the role, replacing what the user held in this plant.
    func grant(
        _ role: Role, to user: UserID, in plant: PlantID, by granter: UserID?, until: Timestamp?
    ) async throws(StoreError)
    /// Returns whether there was a grant.
    func revoke(from user: UserID, in plant: PlantID) async throws(StoreError) -> Bool
    func role(of user: UserID, in plant: PlantID) async throws(StoreError) -> Role?
    func memberships(of user: UserID) async throws(StoreError) -> [PlantMembership]
    /// All grants, or those of one user or one plant: one query whatever the count.
    func list(user: UserID?, plant: PlantID?) async throws(StoreError) -> [RoleGrant]
    func principal(of user: UserID) async throws(StoreError) -> Principal?
}

/// Single-use tickets that carry one sign-in to another host.
package protocol TicketStore: Sendable {
    func create(_ ticket: Ticket) async throws(StoreError)
    /// Takes the ticket out if it is unused, unexpired, and for this host and attempt; then, and only then, returns
    /// its session. A second call for the same ticket returns nil.
    func redeem(_ token: TokenHash, host: String, attempt: TokenHash, at: Timestamp) async throws(StoreError)
        -> SessionID?
}

/// A ticket as the store keeps it.
package struct Ticket: Sendable {
    package let token: TokenHash
    package let session: SessionID
    /// The host that alone may redeem it.
    package let host: String
    /// SHA-256 of the secret that the browser got from that host when it was sent to sign in.
    package let attempt: TokenHash
    package let expiresAt: Timestamp
    package init(token: TokenHash, session: SessionID, host: String, attempt: TokenHash, expiresAt: Timestamp) {
        self.token = token
        self.session = session
        self.host = host
        self.attempt = attempt
        self.expiresAt = expiresAt
    }
}

/// What happened, for people who must account for it. Never holds a secret.
package struct AuditEvent: Sendable {
    package let at: Timestamp
    /// Dotted and in the past tense: `user.signed_in`, `role.granted`.
    package let event: String
    package let actor: UserID?
    package let subject: UserID?
    package let plant: PlantID?
    package let ipAddress: String?
    /// Further facts, flat.
    package let details: [String: String]

    package init(
        at: Timestamp, event: String, actor: UserID?, subject: UserID?, plant: PlantID? = nil,
        ipAddress: String? = nil, details: [String: String] = [:]
    ) {
        self.at = at
        self.event = event
        self.actor = actor
        self.subject = subject
        self.plant = plant
        self.ipAddress = ipAddress
        self.details = details
    }
}

/// The append-only record of what happened.
package protocol AuditStore: Sendable {
    func append(_ event: AuditEvent) async throws(StoreError)
    func list(limit: Int) async throws(StoreError) -> [AuditEvent]
    /// A page, the newest first.
    func list(_ filter: AuditFilter) async throws(StoreError) -> [AuditEntry]
}
