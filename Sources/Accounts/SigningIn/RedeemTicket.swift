import Identity

/// Exchanges a ticket for a session token of the host that it was made for.
package struct RedeemTicket: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameters:
    ///   - text: the `ticket` of the URL.
    ///   - secret: the secret of the attempt, from the browser's cookie on this host. Without the right one the ticket
    ///     is worthless, so nobody can plant a session of theirs in another's browser (login CSRF).
    /// - Returns: the cookie of `host`.
    /// - Throws: `ticketRefused` for whatever is wrong with it.
    package func callAsFunction(
        _ text: String, host: String, secret: String, by requester: Requester
    ) async throws(AccountsError) -> SessionCookie {
        guard let ticket = Token(text, kind: .ticket) else { throw .ticketRefused }
        let host = HostBinding.host(ofAuthority: host)
        let now = environment.clock.now()
        let redeemed = try await storage(.session) { () async throws(StoreError) in
            try await environment.tickets.redeem(
                TokenHash(of: ticket), host: host, attempt: TokenHash(ofText: secret), at: now)
        }
        guard let id = redeemed else { throw .ticketRefused }

        let token = Token(.session, from: environment.random)
        let audit = environment.event(
            "session.host_added", by: requester, about: requester.user, details: ["host": host])
        do {
            let session = try await environment.sessions.addToken(
                TokenHash(of: token), to: id, host: host, audit: audit)
            return SessionCookie(token: token, of: session, at: now)
        } catch .notFound {
            // The session ended between the two hosts.
            throw .ticketRefused
        } catch {
            throw AccountsError(error, subject: .session)
        }
    }
}
