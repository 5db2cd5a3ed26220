import Accounts

/// Sends somebody who forgot their password a link to set another.
struct ForgotPage: Sendable {
    let services: PortalServices

    /// GET.
    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        try services.requirePublicHost(context)
        try services.requireAccounts()
        if try context.query()["done"] == PageNote.mail.rawValue {
            return services.mailIsOnItsWay(context, .forgotSentTitle, .forgotSentLead)
        }
        return services.answer(LoginQuestion.forgot.page(context), context)
    }

    /// POST. The answer is the same whether or not there is such an account.
    @Sendable func send(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        try services.requirePublicHost(context)
        let form = try context.form()
        let language = context.language
        guard let login = form["login"] else {
            return services.answer(
                LoginQuestion.forgot.page(
                    context, FormTrouble(language, field: "login", language.say(.fieldNeeded))), context)
        }
        do {
            try await RequestPasswordReset(services.accounts)(login: login, by: context.requester)
        } catch {
            guard let trouble = FormTrouble(error, language) else { throw .accounts(error) }
            return services.answer(LoginQuestion.forgot.page(context, trouble, login: login), context)
        }
        return .seeOther(PageNote.mail.on(PortalPath.forgot))
    }
}
