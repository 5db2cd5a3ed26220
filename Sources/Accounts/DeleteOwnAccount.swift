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
        throw .accountsOff
    }
}
