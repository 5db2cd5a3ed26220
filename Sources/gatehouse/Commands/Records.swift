import Accounts
import Identity

/// A user as the command line shows it. There is no password hash in it.
struct UserRecord: Encodable, Tabular {
    let id: String
    let username: String?
    let email: String?
    let name: String?
    let status: String
    let roles: [String]
    let createdAt: String
    let lastLoginAt: String?
    let deletedAt: String?
    /// Filled in by `user show` alone.
    var plants: [GrantRecord]?

    init(_ user: User) {
        id = user.id.description
        username = user.username
        email = user.email
        name = user.name
        status = user.deletedAt == nil ? user.status.rawValue : "deleted"
        roles = user.roles
        createdAt = user.createdAt.text
        lastLoginAt = user.lastLoginAt?.text
        deletedAt = user.deletedAt?.text
    }

    var cells: [(name: String, value: String)] {
        [
            ("username", username ?? ""), ("email", email ?? ""), ("name", name ?? ""), ("status", status),
            ("roles", roles.joined(separator: ",")), ("last login", lastLoginAt ?? ""), ("id", id),
        ] + (plants.map { [("plants", $0.map { "\($0.plant)=\($0.role)" }.joined(separator: " "))] } ?? [])
    }
}

/// A plant as the command line shows it.
struct PlantRecord: Encodable, Tabular {
    let id: Int32
    let code: String
    let name: String
    let isActive: Bool

    init(_ plant: Plant) {
        id = plant.id.value
        code = plant.code
        name = plant.name
        isActive = plant.isActive
    }

    var cells: [(name: String, value: String)] {
        [("id", String(id)), ("code", code), ("name", name), ("active", isActive ? "yes" : "no")]
    }
}

/// A role that somebody holds in a plant, as the command line shows it.
struct GrantRecord: Encodable, Tabular {
    let user: String
    let plant: String
    let plantId: Int32
    let plantName: String
    let role: String
    let until: String?

    init(_ grant: RoleGrant) {
        self.init(user: grant.username ?? grant.email ?? grant.userID.description, grant.membership)
    }

    init(user: String, _ membership: PlantMembership) {
        self.user = user
        plant = membership.plantCode
        plantId = membership.plantID.value
        plantName = membership.plantName
        role = membership.role.description
        until = membership.expiresAt?.text
    }

    var cells: [(name: String, value: String)] {
        [("user", user), ("plant", plant), ("role", role), ("until", until ?? "for good")]
    }
}

/// A session as the command line shows it. There is no token in it.
struct SessionRecord: Encodable, Tabular {
    let id: String
    let method: String
    let factors: Int
    let ipAddress: String?
    let userAgent: String?
    let issuedAt: String
    let lastUsedAt: String
    let expiresAt: String
    let revokedAt: String?
    let revocationReason: String?
    let persistent: Bool
    let apiClient: Bool

    init(_ session: Session) {
        id = session.id.description
        method = session.method
        factors = session.factors
        ipAddress = session.ipAddress
        userAgent = session.userAgent
        issuedAt = session.issuedAt.text
        lastUsedAt = session.lastUsedAt.text
        expiresAt = session.expiresAt.text
        revokedAt = session.revokedAt?.text
        revocationReason = session.revocationReason
        persistent = session.isPersistent
        apiClient = session.isAPIClient
    }

    var cells: [(name: String, value: String)] {
        [
            ("id", id), ("method", method), ("device", Device(userAgent: userAgent).description),
            ("from", ipAddress ?? ""), ("issued", issuedAt), ("last used", lastUsedAt),
            ("expires", expiresAt), ("revoked", revokedAt.map { "\($0) (\(revocationReason ?? ""))" } ?? ""),
        ]
    }
}

/// An API token as the command line shows it: the token itself only when it was just made.
struct TokenRecord: Encodable, Tabular {
    let id: String
    let name: String
    let token: String?
    let plant: String?
    let maxRole: String?
    let createdAt: String
    let expiresAt: String?
    let lastUsedAt: String?
    let revokedAt: String?

    init(_ record: APIToken, token: String? = nil) {
        id = record.id.description
        name = record.name
        self.token = token
        plant = record.plantCode
        maxRole = record.ceiling.role?.description
        createdAt = record.createdAt.text
        expiresAt = record.expiresAt?.text
        lastUsedAt = record.lastUsedAt?.text
        revokedAt = record.revokedAt?.text
    }

    var cells: [(name: String, value: String)] {
        [
            ("id", id), ("name", name), ("plant", plant ?? ""), ("max role", maxRole ?? ""), ("created", createdAt),
            ("expires", expiresAt ?? "never"), ("last used", lastUsedAt ?? "never"), ("revoked", revokedAt ?? ""),
        ]
    }
}
