import Accounts

/// Where the link of a mail leads that lets a person set another password.
struct ResetPage: Sendable {
    let services: PortalServices

    /// GET: shows the form alone. Whether the link is good is seen when it is sent.
    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        try services.requirePublicHost(context)
        try services.requireAccounts()
        guard let token = try context.query()[AccountLink.parameter] else { return .seeOther(PortalPath.forgot) }
        return services.answer(page(context, token), context)
    }

    /// POST. A password that is refused leaves the link good.
    @Sendable func reset(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        try services.requirePublicHost(context)
        let form = try context.form()
        let language = context.language
        guard let token = form[AccountLink.parameter] else { throw .malformed }
        guard let password = form["password"] else {
            return services.answer(
                page(context, token, FormTrouble(language, field: "password", language.say(.fieldNeeded))), context)
        }
        do {
            try await ResetPassword(services.accounts)(token, password: password, by: context.requester)
        } catch .linkRefused {
            throw .linkRefused(retry: PortalPath.forgot)
        } catch {
            guard let trouble = FormTrouble(error, language) else { throw .accounts(error) }
            return services.answer(page(context, token, trouble), context)
        }
        // Every session of the account is over, also one that this browser has.
        return PortalResponse.seeOther(PageNote.password.on(PortalPath.login))
            .setting(PortalCookie.session.clearing)
    }

    private func page(_ context: PortalContext, _ token: String, _ trouble: FormTrouble? = nil) -> FormPage {
        let language = context.language
        let lengthMin = services.accounts.settings.passwordLengthMin
        var page = FormPage(
            .reset, title: language.say(.resetTitle), action: AccountLink.resetPassword.rawValue,
            button: language.say(.passwordChange))
        page.lead = language.say(.resetLead)
        page.trouble = trouble
        page.hidden = [(AccountLink.parameter, token)]
        page.fields = [
            FormField(
                "password", .newPassword(lengthMin: lengthMin), language.say(.passwordNew),
                hint: language.say(.passwordHint, ["count": String(lengthMin)]))
        ]
        return page
    }
}
