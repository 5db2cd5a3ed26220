import Accounts

/// Where the link of a mail leads that gives an account its new address.
struct ConfirmEmailPage: Sendable {
    let services: PortalServices

    /// GET.
    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        try services.requirePublicHost(context)
        try services.requireAccounts()
        guard let token = try context.query()[AccountLink.parameter] else {
            return .seeOther(AccountTab.email.path)
        }
        let language = context.language
        var page = FormPage(
            .confirmEmail, title: language.say(.confirmEmailTitle), action: AccountLink.confirmEmail.rawValue,
            button: language.say(.confirmEmailButton))
        page.lead = language.say(.confirmEmailLead)
        page.hidden = [(AccountLink.parameter, token)]
        return services.answer(page, context)
    }

    /// POST.
    @Sendable func confirm(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        try services.requirePublicHost(context)
        guard let token = try context.form()[AccountLink.parameter] else { throw .malformed }
        do {
            try await ConfirmEmailChange(services.accounts)(token, by: context.requester)
        } catch .linkRefused {
            throw .linkRefused(retry: AccountTab.email.path)
        } catch {
            throw .accounts(error)
        }
        let isSignedIn = try await services.session(of: context) != nil
        return .seeOther(PageNote.email.on(isSignedIn ? AccountTab.email.path : PortalPath.login))
    }
}
