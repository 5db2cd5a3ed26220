/// Which invitation. Not a secret: it names one in lists, and opens nothing.
package struct InvitationID: Hashable, Sendable, CustomStringConvertible {
    package let value: UUID128
    package init(_ value: UUID128) { self.value = value }
    package init?(_ text: some StringProtocol) {
        guard let value = UUID128(text) else { return nil }
        self.value = value
    }
    package var description: String { value.description }
}

/// An offer of a role in a plant, sent to an address: one row of `invitations`.
package struct Invitation: Sendable, Hashable {
    package let id: InvitationID
    package let email: String
    package let plantID: PlantID
    package let plantCode: String
    package let plantName: String
    package let role: Role
    /// When the role that is offered ends; nil: it is for good.
    package let roleUntil: Timestamp?
    /// Nil: the command line.
    package let invitedBy: UserID?
    package let createdAt: Timestamp
    package let expiresAt: Timestamp

    package init(
        id: InvitationID, email: String, plantID: PlantID, plantCode: String, plantName: String, role: Role,
        roleUntil: Timestamp?, invitedBy: UserID?, createdAt: Timestamp, expiresAt: Timestamp
    ) {
        self.id = id
        self.email = email
        self.plantID = plantID
        self.plantCode = plantCode
        self.plantName = plantName
        self.role = role
        self.roleUntil = roleUntil
        self.invitedBy = invitedBy
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// What is needed to invite somebody.
package struct NewInvitation: Sendable {
    package var email: String
    package var plantID: PlantID
    package var role: Role
    package var roleUntil: Timestamp?
    package var invitedBy: UserID?
    package var token: TokenHash
    package var expiresAt: Timestamp

    package init(
        email: String, plantID: PlantID, role: Role, roleUntil: Timestamp? = nil, invitedBy: UserID?,
        token: TokenHash, expiresAt: Timestamp
    ) {
        self.email = email
        self.plantID = plantID
        self.role = role
        self.roleUntil = roleUntil
        self.invitedBy = invitedBy
        self.token = token
        self.expiresAt = expiresAt
    }
}

/// Invitations: each is good once, and belongs to one plant.
package protocol InvitationStore: Sendable {
    /// Takes the place of an open invitation of the same address to the same plant. `notFound` for a plant that is not
    /// there.
    func create(_ invitation: NewInvitation, at: Timestamp) async throws(StoreError) -> Invitation
    /// The open invitation that a token belongs to; uses nothing up.
    func find(_ token: TokenHash, at: Timestamp) async throws(StoreError) -> Invitation?
    /// Uses the invitation up: of any number of calls at once, one gets it and the others nil.
    func accept(_ token: TokenHash, at: Timestamp) async throws(StoreError) -> Invitation?
    /// The open invitations to a plant, the newest first.
    func list(plant: PlantID, at: Timestamp) async throws(StoreError) -> [Invitation]
    /// Takes back an open invitation to this plant, and to no other; returns whether there was one.
    func revoke(_ id: InvitationID, plant: PlantID, at: Timestamp) async throws(StoreError) -> Invitation?
}
