import Identity

/// Begins a program's session for whoever knows the password (the `password` grant).
package struct IssueTokenPair: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter login: a username or an email address, in any case.
    /// - Throws: as `SignIn` does.
    package func callAsFunction(
        login: String, password: String, by requester: Requester
    ) async throws(AccountsError) -> TokenPair {
        do {
            let verify = VerifyCredentials(environment)
            let credentials = try await verify(login: login, password: password, by: requester)
            let pair = try await begin(credentials.user, by: requester)
            await verify.renewHash(of: credentials, password: password)
            environment.signInEnded(.success)
            return pair
        } catch {
            environment.signInEnded(SignInOutcome(error))
            throw error
        }
    }

    private func begin(_ user: User, by requester: Requester) async throws(AccountsError) -> TokenPair {
        let now = environment.clock.now()
        let access = Token(.session, from: environment.random)
        let refresh = Token(.refresh, from: environment.random)
        var new = environment.newSession(of: user, method: .password, remembered: false, at: now, by: requester)
        let accessExpiresAt = min(new.expiresAt, now + environment.settings.sessionRotation)
        new.refresh = TokenHash(of: refresh)
        new.tokenExpiresAt = accessExpiresAt
        let session = try await environment.begin(new, token: access, host: nil, by: requester)
        return TokenPair(access: access, accessExpiresAt: accessExpiresAt, refresh: refresh, session: session)
    }
}
