package import Identity

/// Begins a browser's session for whoever knows the password.
package struct SignIn: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameters:
    ///   - login: a username or an email address, in any case.
    ///   - host: the host that the cookie is for; nil is good on every host.
    ///   - remembered: whether the person asked to stay signed in (`sessions.remember`). Where nobody can ask, nobody
    ///     is remembered.
    /// - Throws: as `VerifyCredentials` does.
    package func callAsFunction(
        login: String, password: String, host: String?, remembered: Bool = false, by requester: Requester
    ) async throws(AccountsError) -> SignedIn {
        do {
            let verify = VerifyCredentials(environment)
            let credentials = try await verify(login: login, password: password, by: requester)
            let signedIn = try await begin(credentials.user, host: host, remembered: remembered, by: requester)
            await verify.renewHash(of: credentials, password: password)
            environment.signInEnded(.success)
            return signedIn
        } catch {
            environment.signInEnded(SignInOutcome(error))
            throw error
        }
    }

    /// Makes the session, and its line in the audit log with it.
    private func begin(
        _ user: User, host: String?, remembered: Bool, by requester: Requester
    ) async throws(AccountsError) -> SignedIn {
        let now = environment.clock.now()
        let token = Token(.session, from: environment.random)
        let new = environment.newSession(of: user, method: .password, remembered: remembered, at: now, by: requester)
        let host = host.map(HostBinding.host(ofAuthority:))
        let session = try await environment.begin(new, token: token, host: host, by: requester)
        return SignedIn(session: session, cookie: SessionCookie(token: token, of: session, at: now), user: user)
    }
}

/// A session that has just begun.
package struct SignedIn: Sendable {
    package let session: Session
    package let cookie: SessionCookie
    package let user: User

    /// The cookie's value. Secret.
    package var token: Token { cookie.token }
}

extension AccountsEnvironment {
    /// A session as the settings want it to be.
    func newSession(
        of user: User, method: SignInMethod, remembered: Bool, at now: Timestamp, by requester: Requester
    ) -> NewSession {
        let longer = remembered ? settings.sessionRemembered : nil
        return NewSession(
            userID: user.id, userAgent: requester.userAgent, ipAddress: requester.ipAddress, method: method,
            issuedAt: now, expiresAt: now + (longer ?? settings.sessionLifetime),
            perUserMax: settings.sessionsPerUserMax, isPersistent: longer != nil)
    }

    /// Makes the session together with its line in the audit log.
    func begin(
        _ new: NewSession, token: Token, host: String?, by requester: Requester
    ) async throws(AccountsError) -> Session {
        var requester = requester
        requester.user = new.userID
        let audit = event(
            "user.signed_in", by: requester, about: new.userID, details: ["method": new.method.rawValue])
        let session = try await storage { () async throws(StoreError) in
            try await sessions.create(new, token: TokenHash(of: token), host: host, audit: audit)
        }
        try await storage { () async throws(StoreError) in
            try await users.recordSignIn(new.userID, at: new.issuedAt)
        }
        return session
    }
}
