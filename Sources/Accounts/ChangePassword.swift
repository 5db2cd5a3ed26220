package import Identity

/// Changes the password of the person who is signed in, and ends their other sessions.
package struct ChangePassword: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameters:
    ///   - current: the present password: an open session alone must not be enough.
    ///   - present: the session that stays.
    /// - Returns: how many other sessions ended.
    /// - Throws: `invalidCredentials` for a wrong present password, `weakPassword`, `throttled`, `busy`; `refused` for
    ///   an API token.
    @discardableResult
    package func callAsFunction(
        current: String, new: String, of present: AuthenticatedSession, by requester: Requester
    ) async throws(AccountsError) -> Int {
        throw .accountsOff
    }
}
