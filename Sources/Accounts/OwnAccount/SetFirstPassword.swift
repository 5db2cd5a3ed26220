package import Identity
import PasswordHashing

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
        try environment.requireAccounts(requester)
        let known = try await environment.inspect(text, .firstPassword)
        let rules = PasswordRules(environment.settings, context: [known.username, known.email, known.name])
        let password = try rules.check(password)
        try await refuseUnchanged(password, known)
        let hash: String
        do { hash = try await environment.passwords.hash(password.text) } catch { throw AccountsError(error) }
        let now = environment.clock.now()
        return try await environment.transaction { stores throws(AccountsError) in
            let proof = try await environment.consume(text, .firstPassword, stores)
            let before = try await stores.locked(proof.userID)
            guard before.status != .suspended else { throw .linkRefused }
            let after = try await storage { () async throws(StoreError) in
                _ = try await stores.users.setPasswordHash(before.id, hash, keeping: nil)
                _ = try await stores.verifications.cancel(
                    of: before.id, purposes: VerificationPurpose.allCases, at: now)
                return try await stores.users.update(before.id, [.mustChangePassword(false)])
            }
            try await stores.record(
                environment.event("user.first_password_changed", by: requester, about: before.id))
            try await environment.notify(after, .passwordChanged, by: requester, stores)
            return after
        }
    }

    private func refuseUnchanged(_ password: Password, _ user: User) async throws(AccountsError) {
        let present = try await storage { () async throws(StoreError) in
            try await environment.users.credentials(of: user.id, from: nil)?.passwordHash
        }
        do {
            if try await environment.passwords.verify(password.text, against: present) {
                throw AccountsError.weakPassword(.unchanged)
            }
        } catch let error as AccountsError {
            throw error
        } catch let error as PasswordHashingError {
            // A hash that cannot be read is nobody's password.
            if case .unreadableHash = error { return }
            throw AccountsError(error)
        } catch {
            throw .fault("\(error)")
        }
    }
}
