package import Identity

/// Deletes an account softly: nobody finds it, its sessions end, and only `RestoreUser` brings it back. Its name, its
/// address and its accounts at providers stay taken.
package struct DeleteUser: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// For global administrators and the command line.
    ///
    /// - Parameter reference: a username, email address or id.
    /// - Returns: the account as it is now.
    /// - Throws: `forbidden`; `notFound`, also for an account that is deleted already.
    @discardableResult
    package func callAsFunction(_ reference: String, by requester: Requester) async throws(AccountsError) -> User {
        return try await environment.changeStatus(of: reference, event: "user.deleted", by: requester) {
            state throws(StatusRefusal) in try state.deleted()
        }
    }
}
