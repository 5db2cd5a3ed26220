package import Identity

/// Makes the single-use ticket that carries a session to another host.
///
/// It is good for seconds, for that host alone, and only in the browser that holds the secret of the attempt.
package struct IssueTicket: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter attempt: SHA-256 of the browser's secret, as base64url, from the `attempt` of the login URL.
    /// - Returns: the ticket's token, for the URL that leads back.
    /// - Throws: `ticketRefused` when `attempt` is no digest.
    package func callAsFunction(
        for session: SessionID, host: String, attempt: String
    ) async throws(AccountsError) -> Token {
        guard let attempt = TokenHash(base64URL: attempt) else { throw .ticketRefused }
        let token = Token(.ticket, from: environment.random)
        let ticket = Ticket(
            token: TokenHash(of: token), session: session, host: HostBinding.host(ofAuthority: host), attempt: attempt,
            expiresAt: environment.clock.now() + environment.settings.ticketLifetime)
        try await storage(.session) { () async throws(StoreError) in try await environment.tickets.create(ticket) }
        return token
    }
}
