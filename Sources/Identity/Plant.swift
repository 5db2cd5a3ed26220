/// A tenant.
package struct Plant: Sendable, Hashable {
    package var id: PlantID
    /// Unique; what URLs and headers call the plant.
    package var code: String
    package var name: String
    package var isActive: Bool
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        id: PlantID, code: String, name: String, isActive: Bool, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.code = code
        self.name = name
        self.isActive = isActive
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// One row of `user_plant_role` with the names that a list shows.
package struct RoleGrant: Sendable, Hashable {
    package let userID: UserID
    package let username: String?
    package let email: String?
    package let membership: PlantMembership
    package let grantedBy: UserID?

    package init(
        userID: UserID, username: String?, email: String?, membership: PlantMembership, grantedBy: UserID?
    ) {
        self.userID = userID
        self.username = username
        self.email = email
        self.membership = membership
        self.grantedBy = grantedBy
    }
}
