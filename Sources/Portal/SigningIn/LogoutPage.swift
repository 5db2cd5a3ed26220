import Accounts
import Identity

/// The sign-out page: asks first, so that no link can sign anybody out, then ends the session on every host.
struct LogoutPage: Sendable {
    let services: PortalServices

    /// GET.
    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let language = context.language
        guard let session = try await services.session(of: context) else {
            return services.pages.notice(
                200, language, title: .signedOutTitle,
                Notice(
                    paragraphs: [language.say(.signedOutLead)],
                    links: [Link(PortalPath.login, language.say(.signInAgain), isSecondary: true)]))
        }
        let guarding = FormGuard(context.cookies, random: services.accounts.random)
        let page = LogoutForm(
            csrf: guarding.secret, lead: language.say(.signOutLead, ["user": session.principal.shownLogin]))
        let response = services.pages.answer(
            200, .logout,
            Sheet(language, title: language.say(.signOutTitle), branding: services.pages.branding, page: page),
            policy: .ownForms)
        return guarding.cookie.map(response.setting) ?? response
    }

    /// POST.
    @Sendable func signOut(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        _ = try context.form()
        if let session = try await services.session(of: context) {
            try await account { () async throws(AccountsError) in
                try await SignOut(services.accounts)(session, by: context.request.requester)
            }
        }
        return PortalResponse.seeOther(PortalPath.logout)
            .setting(PortalCookie.session.clearing)
            .setting(PortalCookie.formGuard.clearing)
    }
}

/// The sign-out form as the template shows it.
private struct LogoutForm: Sendable {
    let csrf: String
    let lead: String
}
