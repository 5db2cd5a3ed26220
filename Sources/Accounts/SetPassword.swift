import Identity
import PasswordHashing

/// Gives an account a new password, and ends all sessions that began with the old one.
package struct SetPassword: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter reference: a username, email address or id.
    /// - Returns: how many sessions ended.
    /// - Throws: `weakPassword`, `notFound`, `busy`.
    @discardableResult
    package func callAsFunction(
        _ password: String, for reference: String, by requester: Requester
    ) async throws(AccountsError) -> Int {
        try PasswordRules(environment.settings).check(password)
        let user = try await FindUser(environment)(reference)
        let hash: String
        do { hash = try await environment.passwords.hash(password) } catch { throw AccountsError(error) }
        let ended = try await storage { () async throws(StoreError) in
            try await environment.users.setPasswordHash(user.id, hash, keeping: nil)
        }
        try await environment.record(
            "user.password_set", by: requester, about: user.id, details: ["sessions_ended": String(ended)])
        return ended
    }
}
