/// Which API token. Not a secret: it names a token in lists, and opens nothing.
package struct APITokenID: Hashable, Sendable, CustomStringConvertible {
    package let value: UUID128
    package init(_ value: UUID128) { self.value = value }
    package init?(_ text: some StringProtocol) {
        guard let value = UUID128(text) else { return nil }
        self.value = value
    }
    package var description: String { value.description }
}

/// A token that a person made for a program of theirs: one row of `api_tokens`, without the token itself.
package struct APIToken: Sendable, Hashable {
    package let id: APITokenID
    package let userID: UserID
    /// What the person calls it.
    package let name: String
    package let ceiling: RoleCeiling
    /// What URLs call the ceiling's plant.
    package let plantCode: String?
    package let createdAt: Timestamp
    /// When it ends; nil: not by itself.
    package let expiresAt: Timestamp?
    package let lastUsedAt: Timestamp?
    package let revokedAt: Timestamp?

    package init(
        id: APITokenID, userID: UserID, name: String, ceiling: RoleCeiling, plantCode: String?, createdAt: Timestamp,
        expiresAt: Timestamp?, lastUsedAt: Timestamp?, revokedAt: Timestamp?
    ) {
        self.id = id
        self.userID = userID
        self.name = name
        self.ceiling = ceiling
        self.plantCode = plantCode
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.revokedAt = revokedAt
    }
}

/// What is needed to make an API token.
package struct NewAPIToken: Sendable {
    package var userID: UserID
    package var name: String
    package var ceiling: RoleCeiling
    package var expiresAt: Timestamp?

    package init(userID: UserID, name: String, ceiling: RoleCeiling = .none, expiresAt: Timestamp? = nil) {
        self.userID = userID
        self.name = name
        self.ceiling = ceiling
        self.expiresAt = expiresAt
    }
}

/// The most that a token may do of what its user may do.
package struct RoleCeiling: Sendable, Hashable {
    /// The only plant where it holds a role; nil: wherever its user does.
    package var plant: PlantID?
    /// The highest rung that it stands on; nil: its user's.
    package var role: Role?

    /// As much as the user.
    package static let none = RoleCeiling()

    package init(plant: PlantID? = nil, role: Role? = nil) {
        self.plant = plant
        self.role = role
    }
}

extension Principal {
    /// The same person with no more than `ceiling` leaves them. Below a ceiling there are no global roles: they hold in
    /// all plants and on no rung.
    package func held(to ceiling: RoleCeiling) -> Principal {
        guard ceiling != .none else { return self }
        let left = memberships.compactMap { membership -> PlantMembership? in
            if let plant = ceiling.plant, membership.plantID != plant { return nil }
            return PlantMembership(
                plantID: membership.plantID, plantCode: membership.plantCode, plantName: membership.plantName,
                role: ceiling.role.map { min($0, membership.role) } ?? membership.role,
                expiresAt: membership.expiresAt)
        }
        return Principal(
            userID: userID, username: username, email: email, name: name, globalRoles: [], memberships: left)
    }
}

/// API tokens. Each change is audited in its own transaction, with the token's id in the event's details.
package protocol APITokenStore: Sendable {
    /// `refused` beyond `liveMax` live tokens of one user, and for a user who is not active; `notFound` for a plant or
    /// user that is not there.
    func create(
        _ token: NewAPIToken, hash: TokenHash, liveMax: Int, audit: AuditEvent
    ) async throws(StoreError) -> APIToken
    /// All that are kept, the newest first, those that are over included.
    func list(of user: UserID) async throws(StoreError) -> [APIToken]
    /// Returns whether a live token was revoked; of `user`, if one is given.
    func revoke(_ token: APITokenID, of user: UserID?, audit: AuditEvent) async throws(StoreError) -> Bool
}
