import Identity

/// Sends a person who forgot their password a link to set another.
package struct RequestPasswordReset: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// Returns in the same way whether or not there is such an account, or an address to send to.
    ///
    /// - Parameter login: an email address or username.
    /// - Throws: `throttled`, `accountsOff`, `unavailable`.
    package func callAsFunction(login: String, by requester: Requester) async throws(AccountsError) {
        throw .accountsOff
    }
}
