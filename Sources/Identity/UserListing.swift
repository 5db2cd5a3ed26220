/// A person as an administrator's list shows them.
package struct ListedUser: Sendable, Hashable {
    package let user: User
    /// The roles that hold now, in active plants. For an administrator of some plants: in theirs alone.
    package let memberships: [PlantMembership]
    /// Whether they can sign in with a password.
    package let hasPassword: Bool
    package let mustChangePassword: Bool

    package init(user: User, memberships: [PlantMembership], hasPassword: Bool, mustChangePassword: Bool) {
        self.user = user
        self.memberships = memberships
        self.hasPassword = hasPassword
        self.mustChangePassword = mustChangePassword
    }
}

/// Which people a list is to hold.
package struct UserFilter: Sendable, Hashable {
    /// A part of the username, address or name, without regard to case.
    package var text: String?
    package var status: UserStatus?
    /// Who holds a role in this plant.
    package var plant: PlantID?
    /// Whether deleted accounts are listed as well.
    package var includesDeleted: Bool
    package var offset: Int
    package var limit: Int

    package init(
        text: String? = nil, status: UserStatus? = nil, plant: PlantID? = nil, includesDeleted: Bool = false,
        offset: Int = 0, limit: Int = 100
    ) {
        self.text = text
        self.status = status
        self.plant = plant
        self.includesDeleted = includesDeleted
        self.offset = offset
        self.limit = limit
    }
}

/// Which events a page of the audit log is to hold, the newest first.
package struct AuditFilter: Sendable, Hashable {
    package var subject: UserID?
    package var actor: UserID?
    package var plant: PlantID?
    /// The event's name, or with a dot at its end the beginning of it: `user.`
    package var event: String?
    /// Goes on after this position of the page before.
    package var before: AuditPosition?
    package var limit: Int

    package init(
        subject: UserID? = nil, actor: UserID? = nil, plant: PlantID? = nil, event: String? = nil,
        before: AuditPosition? = nil, limit: Int = 100
    ) {
        self.subject = subject
        self.actor = actor
        self.plant = plant
        self.event = event
        self.before = before
        self.limit = limit
    }
}

/// A place in the audit log, which pages go by.
package struct AuditPosition: Sendable, Hashable {
    package let at: Timestamp
    package let number: Int64

    package init(at: Timestamp, number: Int64) {
        self.at = at
        self.number = number
    }

    /// Reads what `text` writes.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let at = Int64(parts[0]), let number = Int64(parts[1]), at >= 0, number >= 0 else {
            return nil
        }
        self.init(at: Timestamp(microseconds: at), number: number)
    }

    /// As URLs carry it.
    package var text: String { "\(at.microseconds)-\(number)" }
}

/// One line of the audit log with its place.
package struct AuditEntry: Sendable {
    package let position: AuditPosition
    package let event: AuditEvent

    package init(position: AuditPosition, event: AuditEvent) {
        self.position = position
        self.event = event
    }
}
