import Identity
import PasswordHashing

/// Finds out whether somebody knows an account's password, for every way to begin a session with one.
///
/// Whoever does not learns nothing else: an unknown user, a wrong password, and a suspended, unverified, deleted or
/// password-less account get one answer after the same work (OWASP ASVS 5.0, 6.3.8). The reason goes to the audit log.
struct VerifyCredentials: Sendable {
    private let environment: AccountsEnvironment

    init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter login: a username or an email address, however it is spelled.
    /// - Throws: `invalidCredentials`, `throttled`, `busy`, `unavailable`, `accountsOff`, `cancelled` for a caller that
    ///   gave up; and `passwordChangeRequired` for the right password of somebody who must change it first.
    func callAsFunction(
        login: String, password: String, by requester: Requester
    ) async throws(AccountsError) -> UserCredentials {
        try environment.requireAccounts(requester)
        try environment.requireHashingRoom()
        let login = TextRules.searchForm(login)
        let credentials = try await find(login, from: requester.ipAddress)
        let throttle = SignInThrottle(credentials, login: login ?? "", from: requester.ipAddress)
        try await throttle.admit(environment)
        let check = try await check(password, credentials?.passwordHash, throttle)
        let refusal = SignInRefusal(credentials, check)
        guard let credentials, refusal == nil else {
            try await environment.record(
                "user.sign_in_failed", by: requester, about: credentials?.user.id,
                details: ["reason": (refusal ?? .unknownUser).rawValue])
            throw .invalidCredentials
        }
        try await throttle.succeed(environment)
        if credentials.mustChangePassword {
            throw .passwordChangeRequired(try await grantChange(of: credentials.user, by: requester))
        }
        return credentials
    }

    /// For a person who is signed in and is about to do what an open session alone must not allow (OWASP ASVS 5.0,
    /// 7.5.1).
    ///
    /// - Throws: as above, and `refused` for an API token.
    func callAsFunction(
        again password: String, of present: AuthenticatedSession, by requester: Requester
    ) async throws(AccountsError) -> UserCredentials {
        try environment.requireAccounts(requester)
        try environment.requireHashingRoom()
        try present.requirePerson()
        let id = present.principal.userID
        let credentials = try await storage { () async throws(StoreError) in
            try await environment.users.credentials(of: id, from: requester.ipAddress)
        }
        guard let credentials else { throw .notFound(.user) }
        let throttle = SignInThrottle(credentials, login: "", from: requester.ipAddress)
        try await throttle.admit(environment)
        let check = try await check(password, credentials.passwordHash, throttle)
        guard check == .right else {
            try await environment.record(
                "user.reauthentication_failed", by: requester, about: id,
                details: ["reason": (SignInRefusal(credentials, check) ?? .wrongPassword).rawValue])
            throw .invalidCredentials
        }
        try await throttle.succeed(environment)
        return credentials
    }

    /// Hands out what a first password opens: the page to change it, for some minutes.
    private func grantChange(of user: User, by requester: Requester) async throws(AccountsError) -> Token {
        let token = Token(.verification, from: environment.random)
        let new = NewVerification(
            userID: user.id, purpose: .firstPassword, email: nil, token: TokenHash(of: token),
            expiresAt: environment.clock.now() + environment.settings.people.firstPasswordLifetime)
        let event = environment.event("user.first_password_used", by: requester, about: user.id)
        return try await environment.transaction { stores throws(AccountsError) in
            try await storage { () async throws(StoreError) in try await stores.verifications.create(new) }
            try await stores.record(event)
            return token
        }
    }

    /// Replaces a hash made with other parameters than today's, while the password is at hand. Best effort: the
    /// person is signed in already, and the next time does as well.
    func renewHash(of credentials: UserCredentials, password: String) async {
        guard let old = credentials.passwordHash, environment.passwords.needsRehash(old) else { return }
        do throws(AccountsError) {
            let new: String
            do throws(PasswordHashingError) {
                new = try await environment.passwords.hash(Password(password).text)
            } catch {
                // With as many sign-ins as there are threads for, there is nothing to be told.
                if case .busy = error { return }
                throw AccountsError(error)
            }
            try await storage { () async throws(StoreError) in
                try await environment.users.renewPasswordHash(credentials.user.id, from: old, to: new)
            }
        } catch {
            environment.leftUndone("a password's hash is not renewed; the present one goes on", error)
        }
    }

    /// What the store knows under this login. A text that no account can have is not asked for.
    private func find(_ login: String?, from address: String?) async throws(AccountsError) -> UserCredentials? {
        guard let login else { return nil }
        return try await storage { () async throws(StoreError) in
            try await environment.users.credentials(login: login, from: address)
        }
    }

    /// Does the work of one hash in every case: also without a hash, and for a stored one that cannot be read. What
    /// could not be looked at was no failure.
    private func check(
        _ password: String, _ phc: String?, _ throttle: SignInThrottle
    ) async throws(AccountsError) -> PasswordCheck {
        // Longer than any password can be: not worth normalising.
        guard password.utf8.count <= PasswordHasher.charactersMax * 4 else { throw .invalidCredentials }
        let password = Password(password).text
        do {
            do {
                return try await environment.passwords.verify(password, against: phc) ? .right : .wrong
            } catch .unreadableHash {
                _ = try await environment.passwords.verify(password, against: nil)
                return .unreadable
            }
        } catch .passwordTooLong {
            throw .invalidCredentials
        } catch {
            await throttle.takeBack(environment)
            throw AccountsError(error)
        }
    }
}
