package import Identity

/// What the person who is signed in sees of their own account.
package struct ShowOwnAccount: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Throws: `notFound` for an account that is gone since.
    package func callAsFunction(of present: AuthenticatedSession) async throws(AccountsError) -> OwnAccount {
        let id = present.principal.userID
        return try await environment.transaction { stores throws(AccountsError) in
            let found = try await storage { () async throws(StoreError) -> OwnAccount? in
                guard let listed = try await stores.users.listed(id) else { return nil }
                return OwnAccount(
                    user: listed.user, memberships: listed.memberships, hasPassword: listed.hasPassword,
                    identities: try await stores.identities.list(of: id))
            }
            guard let found else { throw .notFound(.user) }
            return found
        }
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
