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
        let known = try await VerifyCredentials(environment)(again: current, of: present, by: requester)
        guard Password(current).text != Password(new).text else { throw .weakPassword(.unchanged) }
        let user = known.user
        let hash = try await environment.hash(new, context: [user.username, user.email, user.name])
        let now = environment.clock.now()
        return try await environment.transaction { stores throws(AccountsError) in
            let before = try await stores.locked(user.id)
            // Whoever changed it in between, it is not the password that was proved.
            let hashNow = try await storage { () async throws(StoreError) in
                try await stores.users.credentials(of: user.id, from: nil)?.passwordHash
            }
            guard hashNow == known.passwordHash else { throw .invalidCredentials }
            let ended = try await storage { () async throws(StoreError) in
                let ended = try await stores.users.setPasswordHash(user.id, hash, keeping: present.sessionID)
                _ = try await stores.verifications.cancel(
                    of: user.id, purposes: [.resetPassword, .firstPassword, .changeEmail], at: now)
                _ = try await stores.users.update(user.id, [.mustChangePassword(false)])
                return ended
            }
            try await stores.record(
                environment.event(
                    "user.password_changed", by: requester, about: user.id,
                    details: ["sessions_ended": String(ended)]))
            try await environment.notify(before, .passwordChanged, by: requester, stores)
            return ended
        }
    }
}
