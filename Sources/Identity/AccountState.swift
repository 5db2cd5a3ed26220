/// Where an account stands, deletion included. Its methods are the transitions that there are, and each says where it
/// leads; the database refuses all others as well.
///
///     pendingVerification ⇄ active ⇄ suspended      never from suspended to pendingVerification
///               └──────────────────────▶┘
///     deleted is reached from all three, and left for suspended alone
package enum AccountState: Sendable, Hashable, CaseIterable {
    case pendingVerification
    case active
    case suspended
    case deleted

    /// May sign in from now on.
    package func activated() throws(StatusRefusal) -> AccountState {
        guard self != .deleted else { throw .restoreFirst }
        return .active
    }

    /// Is kept out until activated.
    package func suspended() throws(StatusRefusal) -> AccountState {
        guard self != .deleted else { throw .restoreFirst }
        return .suspended
    }

    /// Has to prove an address before signing in.
    package func awaitingVerification() throws(StatusRefusal) -> AccountState {
        switch self {
        case .deleted: throw .restoreFirst
        case .suspended: throw .activateInstead
        case .active, .pendingVerification: return .pendingVerification
        }
    }

    package func deleted() throws(StatusRefusal) -> AccountState {
        guard self != .deleted else { throw .alreadyDeleted }
        return .deleted
    }

    /// Activating is a second, deliberate step.
    package func restored() throws(StatusRefusal) -> AccountState {
        guard self == .deleted else { throw .notDeleted }
        return .suspended
    }

    /// What `users.status` holds; a deleted account is suspended, besides.
    package var status: UserStatus {
        switch self {
        case .pendingVerification: .pendingVerification
        case .active: .active
        case .suspended, .deleted: .suspended
        }
    }
}

/// Why there is no such transition.
package enum StatusRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    case restoreFirst
    case activateInstead
    case alreadyDeleted
    case notDeleted

    package var description: String {
        switch self {
        case .restoreFirst: "A deleted user must be restored before their status can change."
        case .activateInstead: "A suspended user cannot go back to pending verification: activate them instead."
        case .alreadyDeleted: "This user is deleted already."
        case .notDeleted: "This user is not deleted."
        }
    }
}

extension User {
    /// Where the account stands.
    package var state: AccountState {
        guard deletedAt == nil else { return .deleted }
        return switch status {
        case .pendingVerification: .pendingVerification
        case .active: .active
        case .suspended: .suspended
        }
    }
}
