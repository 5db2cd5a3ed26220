import Identity

/// What became of comparing a password with what is stored.
enum PasswordCheck: Sendable {
    case right
    case wrong
    /// The stored hash is malformed, or asks for more than we are willing to do.
    case unreadable
}

/// Why a sign-in was refused, as the audit log has it. Nobody else learns it.
enum SignInRefusal: String, Sendable {
    case unknownUser = "unknown_user"
    case wrongPassword = "wrong_password"
    case noPassword = "no_password"
    case unreadableHash = "unreadable_hash"
    case suspended
    case pendingVerification = "pending_verification"
    case deleted

    /// Nil for an account that may sign in now.
    init?(_ credentials: UserCredentials?, _ check: PasswordCheck) {
        switch (credentials, check) {
        case (nil, _): self = .unknownUser
        case (let found?, _) where found.user.deletedAt != nil: self = .deleted
        case (let found?, _) where found.passwordHash == nil: self = .noPassword
        case (_, .unreadable): self = .unreadableHash
        case (_, .wrong): self = .wrongPassword
        case (let found?, .right):
            switch found.user.status {
            case .active: return nil
            case .suspended: self = .suspended
            case .pendingVerification: self = .pendingVerification
            }
        }
    }
}

/// How an attempt to sign in ended: the `outcome` of `gatehouse_logins_total`.
package enum SignInOutcome: String, Sendable, CaseIterable {
    case success
    case invalidCredentials = "invalid_credentials"
    case throttled
    case passwordChangeRequired = "password_change_required"
    case busy
    case unavailable
    case cancelled

    init(_ error: AccountsError) {
        switch error {
        case .invalidCredentials: self = .invalidCredentials
        case .throttled: self = .throttled
        case .passwordChangeRequired: self = .passwordChangeRequired
        case .busy: self = .busy
        case .cancelled: self = .cancelled
        default: self = .unavailable
        }
    }
}
