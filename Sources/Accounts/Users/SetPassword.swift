import Identity

/// Gives an account a new password on behalf of an administrator, and ends all sessions that began with the old one.
package struct SetPassword: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// For global administrators and the command line; and for administrators of a plant, of people who hold nothing
    /// anywhere else. Over the network, or if it is asked for, the person must change it at the next sign-in.
    ///
    /// - Parameter reference: a username, email address or id.
    /// - Returns: how many sessions ended.
    /// - Throws: `forbidden`, `weakPassword`, `notFound`, `busy`.
    @discardableResult
    package func callAsFunction(
        _ password: String, for reference: String, mustChange: Bool = false, by requester: Requester
    ) async throws(AccountsError) -> Int {
        try environment.requireAccounts(requester)
        let user = try await administered(reference, by: requester)
        let hash = try await environment.hash(password, context: [user.username, user.email, user.name])
        let mustChange = mustChange || requester.channel != .commandLine
        let now = environment.clock.now()
        let ended = try await environment.transaction { stores throws(AccountsError) in
            let user = try await stores.locked(user.id)
            try await Authority(requester, stores, at: now).require(wholeOf: user, stores)
            let ended = try await storage { () async throws(StoreError) in
                let ended = try await stores.users.setPasswordHash(user.id, hash, keeping: nil)
                _ = try await stores.users.update(user.id, [.mustChangePassword(mustChange)])
                _ = try await stores.verifications.cancel(
                    of: user.id, purposes: VerificationPurpose.allCases, at: now)
                return ended
            }
            try await stores.record(
                environment.event(
                    "user.password_set", by: requester, about: user.id,
                    details: ["sessions_ended": String(ended), "password_must_change": mustChange ? "yes" : "no"]))
            try await environment.notify(user, .passwordChanged, by: requester, stores)
            return ended
        }
        try await environment.endThrottle(of: user.id)
        return ended
    }

    /// Whose password it is, if the requester may set it.
    private func administered(
        _ reference: String, by requester: Requester
    ) async throws(AccountsError) -> User {
        try await environment.transaction { stores throws(AccountsError) in
            let authority = try await Authority(requester, stores, at: environment.clock.now())
            let user = try await authority.find(reference, stores)
            try await authority.require(wholeOf: user, stores)
            return user
        }
    }
}
