package import Identity

/// Lets a suspended or unverified person sign in.
package struct ActivateUser: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// For global administrators and the command line. The failures that were counted against the account are forgotten.
    ///
    /// - Parameter reference: a username, email address or id.
    /// - Throws: `forbidden`, `notFound`; `refused` where there is no such transition.
    @discardableResult
    package func callAsFunction(_ reference: String, by requester: Requester) async throws(AccountsError) -> User {
        let user = try await environment.changeStatus(of: reference, event: "user.activated", by: requester) {
            state throws(StatusRefusal) in try state.activated()
        }
        try await environment.endThrottle(of: user.id)
        return user
    }
}
