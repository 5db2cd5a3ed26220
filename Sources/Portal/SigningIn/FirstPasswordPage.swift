import Accounts
import Identity

/// The page between a sign-in with a password that an administrator set and everything else: it has to be changed.
///
/// It is shown as the answer to the sign-in, and has no address that could be visited: the token that lets the password
/// be changed never stands in one.
struct FirstPasswordPage: Sendable {
    let services: PortalServices

    /// The answer to a sign-in whose password is right and must be changed.
    func answer(_ token: Token, login: String, _ wanted: LoginRequest, _ context: PortalContext) -> PortalResponse {
        services.answer(page(context, token.text, login: login, wanted), context)
    }

    /// GET: whoever comes here by themselves has to sign in first.
    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        .seeOther(services.settings.loginURL())
    }

    /// POST. The person signs in with the new password then, so that both are sure to be known.
    @Sendable func change(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        try services.requirePublicHost(context)
        let form = try context.form()
        let wanted = LoginRequest(form)
        let login = wanted.username ?? ""
        guard let token = form["token"] else { throw .malformed }
        let language = context.language
        guard let password = form["password"] else {
            let trouble = FormTrouble(language, field: "password", language.say(.fieldNeeded))
            return services.answer(page(context, token, login: login, wanted, trouble), context)
        }
        do {
            try await SetFirstPassword(services.accounts)(token, password: password, by: context.requester)
        } catch .linkRefused {
            throw .linkRefused(retry: PortalPath.login)
        } catch {
            guard let trouble = FormTrouble(error, language) else { throw .accounts(error) }
            return services.answer(page(context, token, login: login, wanted, trouble), context)
        }
        return .seeOther(PageNote.password.on(PortalPath.login, wanted.onward))
    }

    private func page(
        _ context: PortalContext, _ token: String, login: String, _ wanted: LoginRequest,
        _ trouble: FormTrouble? = nil
    ) -> FormPage {
        let language = context.language
        let lengthMin = services.accounts.settings.passwordLengthMin
        var page = FormPage(
            .firstPassword, title: language.say(.firstPasswordTitle), action: PortalPath.firstPassword,
            button: language.say(.passwordChange))
        page.lead = language.say(.firstPasswordLead)
        page.trouble = trouble
        page.hidden = [("token", token), ("username", login)] + wanted.onward
        page.login = login
        page.fields = [
            FormField(
                "password", .newPassword(lengthMin: lengthMin), language.say(.passwordNew),
                hint: language.say(.passwordHint, ["count": String(lengthMin)]))
        ]
        return page
    }
}
