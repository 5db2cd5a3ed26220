package import Identity

/// Deletes the account of the person who is signed in, softly: an administrator can restore it.
package struct DeleteOwnAccount: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter password: the present one; ignored for an account that has none.
    /// - Throws: `invalidCredentials`, `throttled`, `busy`; `refused` for an API token.
    package func callAsFunction(
        password: String, of present: AuthenticatedSession, by requester: Requester
    ) async throws(AccountsError) {
        try environment.requireAccounts(requester)
        try present.requirePerson()
        let id = present.principal.userID
        let listed = try await storage { () async throws(StoreError) in try await environment.users.listed(id) }
        guard let listed else { throw .notFound(.user) }
        if listed.hasPassword {
            _ = try await VerifyCredentials(environment)(again: password, of: present, by: requester)
        }
        try await environment.transaction { stores throws(AccountsError) in
            let before = try await stores.locked(id)
            let after = try await stores.move(before) { state throws(StatusRefusal) in try state.deleted() }
            try await stores.record(
                environment.event(
                    "user.deleted", by: requester, about: id, details: AuditDetails.of(before, after)))
            try await environment.notify(before, .accountDeleted, by: requester, stores)
        }
    }
}
