/// Where an account stands. The database enforces the same transitions.
package enum UserStatus: String, Sendable, CaseIterable {
    case active
    case suspended
    case pendingVerification = "pending_verification"
}

/// A person's account as the database has it, without the password hash.
package struct User: Sendable, Hashable {
    package var id: UserID
    package var username: String?
    /// As typed; compared without case through `email_normalized`.
    package var email: String?
    package var name: String?
    package var firstName: String?
    package var lastName: String?
    package var phone: String?
    package var status: UserStatus
    package var emailVerifiedAt: Timestamp?
    package var roles: [String]
    package var lastLoginAt: Timestamp?
    package var stripeCustomerID: String?
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    package var deletedAt: Timestamp?

    package var isActive: Bool { status == .active && deletedAt == nil }
    package var isVerified: Bool { emailVerifiedAt != nil }

    package init(
        id: UserID, username: String?, email: String?, name: String? = nil, firstName: String? = nil,
        lastName: String? = nil, phone: String? = nil, status: UserStatus = .pendingVerification,
        emailVerifiedAt: Timestamp? = nil, roles: [String] = ["user"], lastLoginAt: Timestamp? = nil,
        stripeCustomerID: String? = nil, createdAt: Timestamp, updatedAt: Timestamp, deletedAt: Timestamp? = nil
    ) {
        self.id = id
        self.username = username
        self.email = email
        self.name = name
        self.firstName = firstName
        self.lastName = lastName
        self.phone = phone
        self.status = status
        self.emailVerifiedAt = emailVerifiedAt
        self.roles = roles
        self.lastLoginAt = lastLoginAt
        self.stripeCustomerID = stripeCustomerID
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.deletedAt = deletedAt
    }
}

/// What is needed to make an account. The store gives it an id and its times.
package struct NewUser: Sendable {
    package var username: String?
    package var email: String?
    package var name: String?
    package var firstName: String?
    package var lastName: String?
    package var phone: String?
    /// In PHC string form; nil for a person who signs in by other means only.
    package var passwordHash: String?
    /// Whether the password opens nothing but the page to change it: somebody else chose it.
    package var mustChangePassword: Bool
    package var status: UserStatus
    package var emailVerifiedAt: Timestamp?
    package var roles: [String]
    package var stripeCustomerID: String?

    package init(
        username: String?, email: String?, name: String? = nil, firstName: String? = nil, lastName: String? = nil,
        phone: String? = nil, passwordHash: String? = nil, mustChangePassword: Bool = false,
        status: UserStatus = .pendingVerification, emailVerifiedAt: Timestamp? = nil, roles: [String] = ["user"],
        stripeCustomerID: String? = nil
    ) {
        self.username = username
        self.email = email
        self.name = name
        self.firstName = firstName
        self.lastName = lastName
        self.phone = phone
        self.passwordHash = passwordHash
        self.mustChangePassword = mustChangePassword
        self.status = status
        self.emailVerifiedAt = emailVerifiedAt
        self.roles = roles
        self.stripeCustomerID = stripeCustomerID
    }
}

extension NewUser: CustomReflectable {
    /// Without the hash, which nobody but the store may see.
    package var customMirror: Mirror {
        Mirror(self, children: ["username": username as Any, "email": email as Any, "status": status])
    }
}

/// A field of an account that an update sets; fields left out stay as they are.
package enum UserChange: Sendable {
    case username(String?)
    case email(String?)
    case name(String?)
    case firstName(String?)
    case lastName(String?)
    case phone(String?)
    case emailVerifiedAt(Timestamp?)
    case roles([String])
    case stripeCustomerID(String?)
    case mustChangePassword(Bool)
}

/// An account together with what proves a password. Never leaves the use case that checks it.
package struct UserCredentials: Sendable {
    package let user: User
    package let passwordHash: String?
    package let mustChangePassword: Bool
    /// Whether a session of this account began at the address that asks, not long ago.
    package let knowsAddress: Bool

    package init(user: User, passwordHash: String?, mustChangePassword: Bool = false, knowsAddress: Bool = false) {
        self.user = user
        self.passwordHash = passwordHash
        self.mustChangePassword = mustChangePassword
        self.knowsAddress = knowsAddress
    }
}

extension UserCredentials: CustomReflectable {
    /// Without the hash.
    package var customMirror: Mirror { Mirror(self, children: ["user": user]) }
}

/// What became of a registration.
package enum RegisteredUser: Sendable, Hashable {
    /// There is a new account; without the username that was wished for where somebody has it.
    case created(User)
    /// An account that nobody had confirmed, and that nobody was granted anything in, was filled in anew.
    case replaced(User)
    /// The address has an account, which stays as it is.
    case exists(User)

    package var user: User {
        switch self {
        case .created(let user), .replaced(let user), .exists(let user): user
        }
    }
}
