import Accounts
import Identity

/// Somebody who is signed in and has come to a page of their own account.
struct Member: Sendable {
    let session: AuthenticatedSession
    let requester: Requester
}

extension PortalServices {
    /// Who asks for a page of their own account. Passwords are typed on the host of `public_url` alone, so other hosts
    /// send the browser there, and who is not signed in goes there as well: told plainly, if they sent a form.
    func member(_ context: PortalContext) async throws(PortalFailure) -> Member {
        guard isPublicHost(context) else { throw .elsewhere(path: context.request.path) }
        guard let session = try await session(of: context) else {
            throw .signInNeeded(path: context.request.path, lostForm: context.request.method == "POST")
        }
        var requester = context.requester
        requester.user = session.principal.userID
        requester.principal = session.principal
        return Member(session: session, requester: requester)
    }

    /// Who sent a form of their own account, and the form.
    func memberForm(_ context: PortalContext) async throws(PortalFailure) -> (Member, FormFields) {
        let member = try await member(context)
        return (member, try context.form())
    }

    /// Visitors' pages that ask for passwords or addresses are on the host of `public_url` alone.
    func requirePublicHost(_ context: PortalContext) throws(PortalFailure) {
        guard isPublicHost(context) else { throw .elsewhere(path: context.request.target) }
    }
}
