import Accounts
import HTTPTypes
import Hummingbird

/// Which handler answers what, on every host.
struct PortalRoutes: Sendable {
    typealias Handler = @Sendable (PortalContext) async throws(PortalFailure) -> PortalResponse

    private let services: PortalServices

    init(_ services: PortalServices) { self.services = services }

    func router() -> Router<PortalContext> {
        let router = Router(context: PortalContext.self)
        let login = LoginPage(services: services)
        let logout = LogoutPage(services: services)
        let home = HomePage(services: services)
        let ticket = TicketPage(services: services)
        router.add(middleware: FailurePages(services: services))
        page(router, "/.gatehouse", get: home.show)
        addVisitors(router)
        addMembers(router)
        page(router, "/.gatehouse/login", get: login.show, post: login.signIn)
        page(router, "/.gatehouse/logout", get: logout.show, post: logout.signOut)
        page(router, "/.gatehouse/ticket", get: ticket.redeem)
        for asset in services.pages.branding.assets {
            page(router, RouterPath(asset.path), get: { _ throws(PortalFailure) in asset.response })
        }
        return router
    }

    /// The pages for people who are not signed in.
    private func addVisitors(_ router: Router<PortalContext>) {
        let register = RegisterPage(services: services)
        let verify = VerifyPage(services: services)
        let forgot = ForgotPage(services: services)
        let reset = ResetPage(services: services)
        let confirm = ConfirmEmailPage(services: services)
        let invitation = InvitationPage(services: services)
        let firstPassword = FirstPasswordPage(services: services)
        page(router, RouterPath(PortalPath.register), get: register.show, post: register.register)
        page(router, RouterPath(AccountLink.verifyEmail.rawValue), get: verify.show, post: verify.send)
        page(router, RouterPath(PortalPath.forgot), get: forgot.show, post: forgot.send)
        page(router, RouterPath(AccountLink.resetPassword.rawValue), get: reset.show, post: reset.reset)
        page(router, RouterPath(AccountLink.confirmEmail.rawValue), get: confirm.show, post: confirm.confirm)
        page(router, RouterPath(AccountLink.invitation.rawValue), get: invitation.show, post: invitation.accept)
        page(router, RouterPath(PortalPath.firstPassword), get: firstPassword.show, post: firstPassword.change)
        page(router, RouterPath(PortalPath.mails), get: MailsPage(services: services).show)
    }

    /// The pages of a person's own account.
    private func addMembers(_ router: Router<PortalContext>) {
        let profile = ProfilePage(services: services)
        let password = PasswordPage(services: services)
        let email = EmailPage(services: services)
        let sessions = SessionsPage(services: services)
        let tokens = TokensPage(services: services)
        let delete = DeletePage(services: services)
        page(router, RouterPath(PortalPath.account), get: profile.show, post: profile.save)
        page(router, RouterPath(AccountTab.password.path), get: password.show, post: password.change)
        page(router, RouterPath(AccountTab.email.path), get: email.show, post: email.change)
        page(router, RouterPath(AccountTab.sessions.path), get: sessions.show)
        page(router, "/.gatehouse/account/sessions/end", get: sessions.show, post: sessions.end)
        page(router, "/.gatehouse/account/sessions/end-others", get: sessions.show, post: sessions.endOthers)
        page(router, "/.gatehouse/account/sessions/end-all", get: sessions.show, post: sessions.endAll)
        page(router, RouterPath(AccountTab.tokens.path), get: tokens.show, post: tokens.create)
        page(router, "/.gatehouse/account/tokens/revoke", get: tokens.show, post: tokens.revoke)
        let invite = InvitePage(services: services)
        page(router, RouterPath(PortalPath.invitations), get: invite.show, post: invite.invite)
        page(router, "/.gatehouse/account/invitations/revoke", get: invite.show, post: invite.revoke)
        page(router, RouterPath(PortalPath.deleteAccount), get: delete.show, post: delete.delete)
    }

    /// Registers one path, and the answer to methods that it does not have.
    private func page(
        _ router: Router<PortalContext>, _ path: RouterPath, get: @escaping Handler, post: Handler? = nil
    ) {
        router.on(path, method: .get) { _, context in try await get(context).routed }
        if let post { router.on(path, method: .post) { _, context in try await post(context).routed } }
        let allowed = ["GET", "HEAD"] + (post == nil ? [] : ["POST"])
        for method in RouterBridge.methods where method != .get && !(method == .post && post != nil) {
            router.on(path, method: method) { _, _ -> Response in
                throw PortalFailure.methodNotAllowed(allowed: allowed)
            }
        }
    }
}
