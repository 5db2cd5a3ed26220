import Accounts
import Identity

/// Changes the password of the person who is signed in.
struct PasswordPage: Sendable {
    let services: PortalServices

    /// GET.
    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let member = try await services.member(context)
        let own = try await account { () async throws(AccountsError) in
            try await ShowOwnAccount(services.accounts)(of: member.session)
        }
        guard own.hasPassword else {
            let language = context.language
            return services.pages.notice(
                200, language, title: .passwordTitle,
                Notice(
                    paragraphs: [language.say(.passwordNone)],
                    links: [Link(PortalPath.forgot, language.say(.forgotTitle), isSecondary: true)]))
        }
        return services.answer(page(member, context), context)
    }

    /// POST.
    @Sendable func change(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let (member, form) = try await services.memberForm(context)
        let language = context.language
        guard let current = form["current"], let new = form["password"] else {
            let missing = form["current"] == nil ? "current" : "password"
            return services.answer(
                page(member, context, FormTrouble(language, field: missing, language.say(.fieldNeeded))), context)
        }
        do {
            try await ChangePassword(services.accounts)(
                current: current, new: new, of: member.session, by: member.requester)
        } catch {
            guard let trouble = FormTrouble(error, language) else { throw .accounts(error) }
            return services.answer(page(member, context, trouble), context)
        }
        return .seeOther(PageNote.password.on(AccountTab.password.path))
    }

    private func page(_ member: Member, _ context: PortalContext, _ trouble: FormTrouble? = nil) -> FormPage {
        let language = context.language
        let lengthMin = services.accounts.settings.passwordLengthMin
        var page = FormPage(
            .password, title: language.say(.passwordTitle), action: AccountTab.password.path,
            button: language.say(.passwordChange))
        page.tab = .password
        page.lead = language.say(.passwordLead)
        page.note = PageNote.text(context)
        page.trouble = trouble
        page.login = member.session.principal.shownLogin
        page.fields = [
            FormField("current", .currentPassword, language.say(.passwordCurrent)),
            FormField(
                "password", .newPassword(lengthMin: lengthMin), language.say(.passwordNew),
                hint: language.say(.passwordHint, ["count": String(lengthMin)])),
        ]
        return page
    }
}
