import Accounts
import Identity

extension PortalServices {
    /// The session that the request's cookie opens on this host; nil for a visitor.
    func session(of context: PortalContext) async throws(PortalFailure) -> AuthenticatedSession? {
        guard let text = context.cookies[.session] else { return nil }
        return try await account { () async throws(AccountsError) in
            try await AuthenticateSession(accounts)(text, host: context.request.host)
        }
    }

    /// Whether the request came to the host where passwords are typed.
    func isPublicHost(_ context: PortalContext) -> Bool { context.request.boundHost == settings.publicOrigin.host }

    /// Sends a signed-in person to where they were going: with a ticket if that is another host that asked for one.
    ///
    /// - Parameters:
    ///   - rd: where to, as the browser said; whatever does not lead to one of our places is passed over.
    ///   - attempt: SHA-256 of the other host's secret, in base64url. Without one, or with a broken one, the person
    ///     goes to the host anyway, which then asks for a ticket itself.
    func wayOn(_ rd: String?, attempt: String?, session: SessionID) async throws(PortalFailure) -> PortalResponse {
        guard let target = rd.flatMap(settings.returnTargets.target) else { return .seeOther(PortalPath.home) }
        guard let origin = target.origin, origin.host != settings.publicOrigin.host, let attempt else {
            return .seeOther(target.url)
        }
        let ticket: Token
        do {
            ticket = try await IssueTicket(accounts)(for: session, host: origin.host, attempt: attempt)
        } catch .ticketRefused {
            return .seeOther(target.url)
        } catch {
            throw .accounts(error)
        }
        let query = PercentEncoding.query([("ticket", ticket.text), ("rd", target.path)])
        return .seeOther(origin.text + PortalPath.ticket + query)
    }

    /// Sends a visitor of another host to the login page at `public_url`, and remembers in their browser that it was
    /// them who asked.
    ///
    /// - Parameter path: where to come back to on this host.
    func askAtPublicHost(
        _ context: PortalContext, path: String, isSwitching: Bool = false
    ) -> PortalResponse {
        let secret = Base64URL.encode(accounts.random.bytes(32))
        let origin = "\(settings.publicOrigin.scheme)://\(context.request.host.lowercased())"
        var parameters = [
            (name: "rd", value: origin + path),
            (name: "attempt", value: Base64URL.encode(TokenHash(ofText: secret).bytes)),
        ]
        if isSwitching { parameters.append((name: "switch", value: "1")) }
        return .seeOther(settings.loginURL(parameters)).setting(PortalCookie.attempt.setting(secret, maxAge: 600))
    }
}
