package import Identity

/// Takes the link of a mail as proof that a person reads their address, and opens the account if it waited for that.
package struct VerifyEmail: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// Call it for a POST alone: mail scanners follow links.
    ///
    /// - Parameter text: the token of the link.
    /// - Throws: `linkRefused` for a token that is unknown, used, expired, of another purpose, or for an address that
    ///   the account does not have any more.
    @discardableResult
    package func callAsFunction(_ text: String, by requester: Requester) async throws(AccountsError) -> User {
        throw .accountsOff
    }
}
