package import Identity

/// Keeps a person out until they are activated again; their sessions end at once, and so do the links sent to them.
package struct SuspendUser: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// For global administrators and the command line.
    ///
    /// - Parameter reference: a username, email address or id.
    /// - Throws: `forbidden`, `notFound`; `refused` where there is no such transition.
    @discardableResult
    package func callAsFunction(_ reference: String, by requester: Requester) async throws(AccountsError) -> User {
        return try await environment.changeStatus(of: reference, event: "user.suspended", by: requester) {
            state throws(StatusRefusal) in try state.suspended()
        }
    }
}
