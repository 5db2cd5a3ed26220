import Accounts

/// Where the link of a mail leads that proves an address: a button, since mail scanners follow links.
///
/// Without a token it is the page that sends the mail once more.
struct VerifyPage: Sendable {
    let services: PortalServices

    /// GET.
    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        try services.requirePublicHost(context)
        try services.requireAccounts()
        let query = try context.query()
        if query["done"] == PageNote.mail.rawValue {
            return services.mailIsOnItsWay(context, .registeredTitle, .resentLead)
        }
        guard let token = query[AccountLink.parameter] else {
            return services.answer(LoginQuestion.resend.page(context), context)
        }
        let language = context.language
        var page = FormPage(
            .verify, title: language.say(.verifyTitle), action: AccountLink.verifyEmail.rawValue,
            button: language.say(.verifyButton))
        page.lead = language.say(.verifyLead)
        page.hidden = [(AccountLink.parameter, token)]
        return services.answer(page, context)
    }

    /// POST.
    @Sendable func send(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        try services.requirePublicHost(context)
        let form = try context.form()
        guard let token = form[AccountLink.parameter] else { return try await resend(context, form) }
        do {
            try await VerifyEmail(services.accounts)(token, by: context.requester)
        } catch .linkRefused {
            throw .linkRefused(retry: AccountLink.verifyEmail.rawValue)
        } catch {
            throw .accounts(error)
        }
        let isSignedIn = try await services.session(of: context) != nil
        return .seeOther(PageNote.verified.on(isSignedIn ? PortalPath.account : PortalPath.login))
    }

    private func resend(_ context: PortalContext, _ form: FormFields) async throws(PortalFailure) -> PortalResponse {
        let language = context.language
        guard let login = form["login"] else {
            return services.answer(
                LoginQuestion.resend.page(
                    context, FormTrouble(language, field: "login", language.say(.fieldNeeded))), context)
        }
        do {
            try await ResendVerification(services.accounts)(login: login, by: context.requester)
        } catch {
            guard let trouble = FormTrouble(error, language) else { throw .accounts(error) }
            return services.answer(LoginQuestion.resend.page(context, trouble, login: login), context)
        }
        return .seeOther(PageNote.mail.on(AccountLink.verifyEmail.rawValue))
    }
}

/// A page that asks whose account it is about, and sends a mail.
enum LoginQuestion: Sendable {
    case resend, forgot

    func page(_ context: PortalContext, _ trouble: FormTrouble? = nil, login: String? = nil) -> FormPage {
        let language = context.language
        let isForgot = self == .forgot
        var page = FormPage(
            isForgot ? .forgot : .verify, title: language.say(isForgot ? .forgotTitle : .resendTitle),
            action: isForgot ? PortalPath.forgot : AccountLink.verifyEmail.rawValue,
            button: language.say(.sendLink))
        page.lead = language.say(isForgot ? .forgotLead : .resendLead)
        page.trouble = trouble
        page.fields = [FormField("login", .username, language.say(.usernameOrEmail), value: login)]
        page.links = [Link(PortalPath.login, language.say(.backToSignIn))]
        return page
    }
}
