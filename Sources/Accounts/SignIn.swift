package import Identity
import PasswordHashing

/// Begins a session for whoever knows the password.
///
/// Whoever does not learns nothing else: an unknown user, a wrong password, and a suspended, unverified, deleted or
/// password-less account get one answer after the same work (OWASP ASVS 5.0, 6.3.8). The reason goes to the audit log.
package struct SignIn: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameters:
    ///   - login: a username or an email address, in any case.
    ///   - host: the host that the cookie is for; nil is good on every host.
    /// - Throws: `invalidCredentials`, `busy`, `unavailable`, and `cancelled` for a caller that gave up.
    package func callAsFunction(
        login: String, password: String, host: String?, by requester: Requester
    ) async throws(AccountsError) -> SignedIn {
        do {
            let signedIn = try await attempt(login: login, password: password, host: host, by: requester)
            environment.signInEnded(.success)
            return signedIn
        } catch {
            environment.signInEnded(SignInOutcome(error))
            throw error
        }
    }

    private func attempt(
        login: String, password: String, host: String?, by requester: Requester
    ) async throws(AccountsError) -> SignedIn {
        let credentials = try await find(login)
        let check = try await check(password, credentials?.passwordHash)
        let refusal = SignInRefusal(credentials, check)
        guard let credentials, refusal == nil else {
            try await environment.record(
                "user.sign_in_failed", by: requester, about: credentials?.user.id,
                details: ["reason": (refusal ?? .unknownUser).rawValue])
            throw .invalidCredentials
        }
        let signedIn = try await begin(credentials.user, host: host, by: requester)
        await renew(credentials, login: login, password: password)
        return signedIn
    }

    /// What the store knows under this login. A text that no account can have is not asked for.
    private func find(_ login: String) async throws(AccountsError) -> UserCredentials? {
        guard TextRules.isSearchable(login) else { return nil }
        return try await storage { () async throws(StoreError) in
            try await environment.users.credentials(login: login)
        }
    }

    /// Does the work of one hash in every case: also without a hash, and for a stored one that cannot be read.
    private func check(_ password: String, _ phc: String?) async throws(AccountsError) -> PasswordCheck {
        do {
            return try await environment.passwords.verify(password, against: phc) ? .right : .wrong
        } catch .unreadableHash {
            do { _ = try await environment.passwords.verify(password, against: nil) } catch {
                throw AccountsError(error)
            }
            return .unreadable
        } catch .passwordTooLong {
            throw .invalidCredentials
        } catch {
            throw AccountsError(error)
        }
    }

    /// Makes the session and accounts for it. If it cannot be accounted for, nobody learns its token.
    private func begin(
        _ user: User, host: String?, by requester: Requester
    ) async throws(AccountsError) -> SignedIn {
        let now = environment.clock.now()
        let settings = environment.settings
        let token = Token(.session, from: environment.random)
        let new = NewSession(
            userID: user.id, userAgent: requester.userAgent, ipAddress: requester.ipAddress, method: .password,
            issuedAt: now, expiresAt: now + settings.sessionLifetime, perUserMax: settings.sessionsPerUserMax)
        let host = host.map(HostBinding.host(ofAuthority:))
        let session = try await storage { () async throws(StoreError) in
            try await environment.sessions.create(new, token: TokenHash(of: token), host: host)
        }
        try await storage { () async throws(StoreError) in try await environment.users.recordSignIn(user.id, at: now) }
        var requester = requester
        requester.user = user.id
        try await environment.record(
            "user.signed_in", by: requester, about: user.id,
            details: ["session": session.id.description, "method": SignInMethod.password.rawValue])
        return SignedIn(session: session, token: token, user: user)
    }

    /// Replaces a hash made with other parameters than today's, while the password is at hand. Best effort: the
    /// person is signed in already, and the next time does as well.
    private func renew(_ credentials: UserCredentials, login: String, password: String) async {
        guard let old = credentials.passwordHash, environment.passwords.needsRehash(old),
            let new = try? await environment.passwords.hash(password),
            // The password may have been changed meanwhile: that one must not be undone.
            let current = try? await environment.users.credentials(login: login), current.passwordHash == old,
            current.user.id == credentials.user.id
        else { return }
        try? await environment.users.setPasswordHash(credentials.user.id, new)
    }
}

/// A session that has just begun.
package struct SignedIn: Sendable {
    package let session: Session
    /// Secret: goes into the cookie, and nowhere else.
    package let token: Token
    package let user: User
}
