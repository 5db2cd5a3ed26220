package import Identity

/// Replaces a password that an administrator set, which must be changed at the first sign-in.
package struct SetFirstPassword: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter text: the token that the sign-in handed out with `passwordChangeRequired`; good once, for minutes.
    /// - Throws: `linkRefused`; `weakPassword`, also for the password that must be changed: the token stays good.
    @discardableResult
    package func callAsFunction(
        _ text: String, password: String, by requester: Requester
    ) async throws(AccountsError) -> User {
        throw .accountsOff
    }
}
