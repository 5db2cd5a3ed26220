package import Identity

/// Makes sessions at the command line, good on every host: for load tests and for debugging.
///
/// It goes round the password, so it is for those who hold the database's credentials anyway; it is audited, and the
/// limit of sessions a person does not apply, or a load test could not have more than a few.
package struct CreateSession: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter reference: a username, email address or id of an active account.
    /// - Returns: `count` tokens, the values of as many cookies.
    /// - Throws: `forbidden` over the network; `notFound`; `refused` when the account is not active; `invalid` for a count out of bounds.
    package func callAsFunction(
        for reference: String, count: Int = 1, by requester: Requester
    ) async throws(AccountsError) -> [Token] {
        guard requester.channel == .commandLine else { throw .forbidden }
        guard (1...1_000_000).contains(count) else {
            throw .invalid(field: "count", allowed: "a number from 1 to 1000000")
        }
        let user = try await FindUser(environment)(reference)
        guard user.isActive else {
            throw .refused("This user is not active, so no session of theirs would open anything.")
        }
        // Accounted for before the first one opens anything.
        try await environment.record(
            "session.created", by: requester, about: user.id, details: ["count": String(count)])

        let now = environment.clock.now()
        let new = NewSession(
            userID: user.id, userAgent: requester.userAgent, ipAddress: requester.ipAddress, method: .commandLine,
            factors: 0, issuedAt: now, expiresAt: now + environment.settings.sessionLifetime,
            perUserMax: Int(Int32.max))
        var tokens: [Token] = []
        tokens.reserveCapacity(count)
        for _ in 0..<count {
            let token = Token(.session, from: environment.random)
            _ = try await storage(.session) { () async throws(StoreError) in
                try await environment.sessions.create(new, token: TokenHash(of: token), host: nil, audit: nil)
            }
            tokens.append(token)
        }
        return tokens
    }
}
