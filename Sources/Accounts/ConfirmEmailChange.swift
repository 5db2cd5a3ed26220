package import Identity

/// Takes the link of a mail as proof that a person reads their new address, and gives it to the account.
package struct ConfirmEmailChange: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// Call it for a POST alone. The former address is told.
    ///
    /// - Parameter text: the token of the link.
    /// - Throws: `linkRefused`, also when somebody else got the address in the meantime.
    @discardableResult
    package func callAsFunction(_ text: String, by requester: Requester) async throws(AccountsError) -> User {
        throw .accountsOff
    }
}
