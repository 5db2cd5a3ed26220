/// Who a request acts as, with all that decisions and identity headers need: immutable, so that caches can share it.
package final class Principal: Sendable {
    // The roles come first: every decision reads them, and a name only where it is rendered.

    /// The roles in active plants, ordered by plant id. A grant that has expired may still stand here: `membership`
    /// leaves it out.
    package let memberships: [PlantMembership]
    /// Labels that hold in all plants, as in `users.roles`.
    package let globalRoles: [String]
    package let userID: UserID
    package let username: String?
    /// As the person typed it.
    package let email: String?
    package let name: String?

    package init(
        userID: UserID, username: String?, email: String?, name: String?, globalRoles: [String],
        memberships: [PlantMembership]
    ) {
        self.userID = userID
        self.username = username
        self.email = email
        self.name = name
        self.globalRoles = globalRoles
        // What is in order already is shared, not copied.
        let isSorted = zip(memberships, memberships.dropFirst()).allSatisfy { $0.plantID <= $1.plantID }
        self.memberships = isSorted ? memberships : memberships.sorted { $0.plantID < $1.plantID }
    }
}

extension Principal: Equatable {
    /// Whether two say the same of the same person.
    package static func == (left: Principal, right: Principal) -> Bool {
        left === right
            || left.userID == right.userID && left.username == right.username && left.email == right.email
                && left.name == right.name && left.globalRoles == right.globalRoles
                && left.memberships == right.memberships
    }
}

/// The role that a person holds in one plant.
package struct PlantMembership: Sendable, Hashable {
    package let plantID: PlantID
    /// What URLs and headers call the plant.
    package let plantCode: String
    package let plantName: String
    package let role: Role
    /// When the grant ends; nil is for good.
    package let expiresAt: Timestamp?

    package init(plantID: PlantID, plantCode: String, plantName: String, role: Role, expiresAt: Timestamp? = nil) {
        self.plantID = plantID
        self.plantCode = plantCode
        self.plantName = plantName
        self.role = role
        self.expiresAt = expiresAt
    }
}
