/// An account at a provider that a person signs in with: one row of `user_identities`.
package struct LinkedIdentity: Sendable, Hashable {
    /// The provider's name in the configuration.
    package let provider: String
    /// Who the person is there, for good: the provider's `sub`.
    package let subject: String
    /// What the provider called them when they last signed in, for display alone.
    package let email: String?
    package let linkedAt: Timestamp
    package let lastUsedAt: Timestamp?

    package init(provider: String, subject: String, email: String?, linkedAt: Timestamp, lastUsedAt: Timestamp?) {
        self.provider = provider
        self.subject = subject
        self.email = email
        self.linkedAt = linkedAt
        self.lastUsedAt = lastUsedAt
    }
}

/// Whose a provider's subject is.
package enum IdentityOwner: Sendable, Hashable {
    case nobody
    case user(UserID)
    /// It belongs to an account that was deleted: it does not come back as a new user unasked.
    case tombstone
}

/// Accounts at providers, and the tombstones of those whose user was deleted.
package protocol LinkedIdentityStore: Sendable {
    /// `conflict` when the subject is somebody's, or was before their account was deleted; `notFound` for a user who is
    /// not there.
    func link(_ identity: LinkedIdentity, to user: UserID) async throws(StoreError)
    /// Returns whether it was this user's.
    func unlink(provider: String, subject: String, from user: UserID) async throws(StoreError) -> Bool
    func list(of user: UserID) async throws(StoreError) -> [LinkedIdentity]
    func owner(provider: String, subject: String) async throws(StoreError) -> IdentityOwner
    /// Notes a sign-in through it.
    func recordUse(provider: String, subject: String, email: String?, at: Timestamp) async throws(StoreError)
}
