package import Identity

/// Changes what the person who is signed in tells of themselves.
package struct UpdateProfile: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Throws: `invalid`; `conflict` for a username that somebody has; `refused` for an API token.
    @discardableResult
    package func callAsFunction(
        _ changes: ProfileChanges, of present: AuthenticatedSession, by requester: Requester
    ) async throws(AccountsError) -> User {
        throw .accountsOff
    }
}

/// The fields of a profile that are to change.
package struct ProfileChanges: Sendable, Hashable {
    /// What becomes of a field.
    package enum Change: Sendable, Hashable {
        case keep
        /// Nil empties it.
        case set(String?)
    }

    package var username: Change
    package var name: Change
    package var firstName: Change
    package var lastName: Change
    package var phone: Change

    package init(
        username: Change = .keep, name: Change = .keep, firstName: Change = .keep, lastName: Change = .keep,
        phone: Change = .keep
    ) {
        self.username = username
        self.name = name
        self.firstName = firstName
        self.lastName = lastName
        self.phone = phone
    }
}
