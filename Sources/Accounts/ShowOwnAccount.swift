package import Identity

/// What the person who is signed in sees of their own account.
package struct ShowOwnAccount: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    package func callAsFunction(of present: AuthenticatedSession) async throws(AccountsError) -> OwnAccount {
        throw .accountsOff
    }
}

/// A person's account as they see it themselves.
package struct OwnAccount: Sendable {
    package let user: User
    package let memberships: [PlantMembership]
    /// Whether there is a password to change; people who only sign in through a provider have none.
    package let hasPassword: Bool
    /// The accounts at providers that they sign in with.
    package let identities: [LinkedIdentity]
}
