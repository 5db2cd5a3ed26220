import Identity
import PasswordHashing

/// Finds out whether somebody knows an account's password, for every way to begin a session with one.
///
/// Whoever does not learns nothing else: an unknown user, a wrong password, and a suspended, unverified, deleted or
/// password-less account get one answer after the same work (OWASP ASVS 5.0, 6.3.8). The reason goes to the audit log.
struct VerifyCredentials: Sendable {
    private let environment: AccountsEnvironment

    init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter login: a username or an email address, in any case.
    /// - Throws: `invalidCredentials`, `busy`, `unavailable`, and `cancelled` for a caller that gave up.
    func callAsFunction(
        login: String, password: String, by requester: Requester
    ) async throws(AccountsError) -> UserCredentials {
        let credentials = try await find(login)
        let check = try await check(password, credentials?.passwordHash)
        let refusal = SignInRefusal(credentials, check)
        guard let credentials, refusal == nil else {
            try await environment.record(
                "user.sign_in_failed", by: requester, about: credentials?.user.id,
                details: ["reason": (refusal ?? .unknownUser).rawValue])
            throw .invalidCredentials
        }
        return credentials
    }

    /// Replaces a hash made with other parameters than today's, while the password is at hand. Best effort: the
    /// person is signed in already, and the next time does as well.
    func renewHash(of credentials: UserCredentials, password: String) async {
        guard let old = credentials.passwordHash, environment.passwords.needsRehash(old),
            let new = try? await environment.passwords.hash(password)
        else { return }
        try? await environment.users.renewPasswordHash(credentials.user.id, from: old, to: new)
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
}
