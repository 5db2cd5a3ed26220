package import Identity

/// Sets a new password for whoever holds the link of a mail, and ends every session and pending link of the account.
package struct ResetPassword: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// Call it for a POST alone: mail scanners follow links. A password that is refused leaves the link good.
    ///
    /// - Parameter text: the token of the link. It proves the address that it was sent to.
    /// - Throws: `linkRefused`, `weakPassword`, `busy`, `accountsOff`, `unavailable`.
    @discardableResult
    package func callAsFunction(
        _ text: String, password: String, by requester: Requester
    ) async throws(AccountsError) -> User {
        try environment.requireAccounts(requester)
        let known = try await environment.inspect(text, .resetPassword)
        let hash = try await environment.hash(password, context: [known.username, known.email, known.name])
        let now = environment.clock.now()
        let user = try await environment.transaction { stores throws(AccountsError) in
            let proof = try await environment.consume(text, .resetPassword, stores)
            let before = try await stores.locked(proof.userID)
            guard before.status != .suspended, before.email?.loginForm == proof.email?.loginForm else {
                throw .linkRefused
            }
            var changes = [UserChange.mustChangePassword(false)]
            if !before.isVerified { changes.append(.emailVerifiedAt(now)) }
            let ended = try await storage { () async throws(StoreError) in
                let ended = try await stores.users.setPasswordHash(before.id, hash, keeping: nil)
                _ = try await stores.verifications.cancel(
                    of: before.id, purposes: VerificationPurpose.allCases, at: now)
                return ended
            }
            var after = try await storage { () async throws(StoreError) in
                try await stores.users.update(before.id, changes)
            }
            after = try await stores.verified(after)
            var details = AuditDetails.of(before, after)
            details["sessions_ended"] = String(ended)
            try await stores.record(
                environment.event("user.password_reset", by: requester, about: before.id, details: details))
            try await environment.notify(after, .passwordChanged, by: requester, stores)
            return after
        }
        try await environment.endThrottle(of: user.id)
        return user
    }
}

extension AccountsEnvironment {
    /// Failures with the former password say nothing of the present one.
    func endThrottle(of user: UserID) async throws(AccountsError) {
        try await storage { () async throws(StoreError) in
            try await throttles.clear(SignInThrottle.buckets(of: user))
        }
    }
}
