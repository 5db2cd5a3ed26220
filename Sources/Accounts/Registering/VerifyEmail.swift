package import Identity

/// Takes the link of a mail as proof that a person reads their address, and opens the account if it waited for that.
package struct VerifyEmail: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// Call it for a POST alone: mail scanners follow links.
    ///
    /// - Parameter text: the token of the link.
    /// - Throws: `linkRefused` for a token that is unknown, used, expired, of another purpose, or for an address that
    ///   the account does not have any more.
    @discardableResult
    package func callAsFunction(_ text: String, by requester: Requester) async throws(AccountsError) -> User {
        try environment.requireAccounts(requester)
        let now = environment.clock.now()
        return try await environment.transaction { stores throws(AccountsError) in
            let proof = try await environment.consume(text, .verifyEmail, stores)
            let before = try await stores.locked(proof.userID)
            guard before.status != .suspended, before.email?.loginForm == proof.email?.loginForm else {
                throw .linkRefused
            }
            var after = before
            if !before.isVerified {
                after = try await storage { () async throws(StoreError) in
                    try await stores.users.update(before.id, [.emailVerifiedAt(now)])
                }
            }
            after = try await stores.verified(after)
            _ = try await storage { () async throws(StoreError) in
                try await stores.verifications.cancel(of: before.id, purposes: [.verifyEmail], at: now)
            }
            try await stores.record(
                environment.event(
                    "user.email_verified", by: requester, about: before.id, details: AuditDetails.of(before, after)))
            return after
        }
    }
}

extension AccountsEnvironment {
    /// Uses up a token that came by mail or from a sign-in.
    ///
    /// - Throws: `linkRefused` for whatever is wrong with it.
    func consume(
        _ text: String, _ purpose: VerificationPurpose, _ stores: StoresInTransaction
    ) async throws(AccountsError) -> Verification {
        guard let token = Token(text, kind: .verification) else { throw .linkRefused }
        let proof = try await storage { () async throws(StoreError) in
            try await stores.verifications.consume(TokenHash(of: token), purpose: purpose, at: clock.now())
        }
        guard let proof else { throw .linkRefused }
        return proof
    }

    /// Whose token it is, if it is good; uses nothing up.
    func inspect(_ text: String, _ purpose: VerificationPurpose) async throws(AccountsError) -> User {
        guard let token = Token(text, kind: .verification) else { throw .linkRefused }
        let found = try await transaction { stores throws(AccountsError) in
            try await storage { () async throws(StoreError) -> User? in
                let now = clock.now()
                guard
                    let proof = try await stores.verifications.find(TokenHash(of: token), purpose: purpose, at: now)
                else { return nil }
                return try await stores.users.find(id: proof.userID)
            }
        }
        guard let found, found.status != .suspended else { throw .linkRefused }
        return found
    }
}

extension StoresInTransaction {
    /// Opens an account that waited for its address to be proved; any other stays as it is.
    func verified(_ user: User) async throws(AccountsError) -> User {
        guard user.state == .pendingVerification else { return user }
        return try await move(user) { state throws(StatusRefusal) in try state.activated() }
    }
}
