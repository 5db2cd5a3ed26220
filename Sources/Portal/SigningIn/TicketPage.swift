import Accounts
import Identity

/// Takes over a sign-in from the login page: the one that began on another host ends here.
///
/// The ticket is good once, for this host, and only together with the secret that this browser got from this host: so
/// nobody can be signed in unawares by following somebody else's link.
struct TicketPage: Sendable {
    let services: PortalServices

    /// GET. HEAD is refused: what only looks at links must not use them up.
    @Sendable func redeem(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        guard context.request.method != "HEAD" else { throw .methodNotAllowed(allowed: ["GET"]) }
        let query = try context.query()
        let path = query["rd"].flatMap(ReturnTargets.path) ?? PortalPath.home
        guard let ticket = query["ticket"], let secret = context.cookies[.attempt] else {
            return try await withoutTicket(context, path: path)
        }
        do {
            let cookie = try await RedeemTicket(services.accounts)(
                ticket, host: context.request.host, secret: secret, by: context.request.requester)
            return PortalResponse.seeOther(path)
                .setting(PortalCookie.session.setting(cookie.token.text, maxAge: cookie.maxAge))
                .setting(PortalCookie.attempt.clearing)
        } catch .ticketRefused {
            return try await withoutTicket(context, path: path)
        } catch {
            throw .accounts(error)
        }
    }

    /// Who goes back to a used link while signed in simply goes on; for others it is an error that a click repairs.
    private func withoutTicket(_ context: PortalContext, path: String) async throws(PortalFailure) -> PortalResponse {
        guard try await services.session(of: context) != nil else { throw .ticketRefused(retry: path) }
        return .seeOther(path)
    }
}
