package import Identity

/// Takes the link of a mail as proof that a person reads their new address, and gives it to the account.
package struct ConfirmEmailChange: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// Call it for a POST alone. The former address is told, and no link that was sent there is good any more.
    ///
    /// - Parameter text: the token of the link.
    /// - Throws: `linkRefused`, also when somebody else got the address in the meantime.
    @discardableResult
    package func callAsFunction(_ text: String, by requester: Requester) async throws(AccountsError) -> User {
        try environment.requireAccounts(requester)
        let now = environment.clock.now()
        do {
            return try await environment.transaction { stores throws(AccountsError) in
                let proof = try await environment.consume(text, .changeEmail, stores)
                let before = try await stores.locked(proof.userID)
                guard before.status != .suspended, let email = proof.email else { throw .linkRefused }
                var after = try await storage { () async throws(StoreError) in
                    try await stores.users.update(before.id, [.email(email), .emailVerifiedAt(now)])
                }
                after = try await stores.verified(after)
                _ = try await storage { () async throws(StoreError) in
                    try await stores.verifications.cancel(
                        of: before.id, purposes: VerificationPurpose.allCases, at: now)
                }
                try await stores.record(
                    environment.event(
                        "user.email_changed", by: requester, about: before.id,
                        details: AuditDetails.of(before, after)))
                if let former = before.email, former.loginForm != email.loginForm {
                    try await environment.notify(
                        after, .emailChanged, at: former, values: ["email": email], by: requester, stores)
                }
                return after
            }
        } catch .conflict {
            throw .linkRefused
        }
    }
}
