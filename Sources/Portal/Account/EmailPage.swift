import Accounts
import Identity

/// Changes the address of the person who is signed in: it takes effect when they follow the link that is sent to it.
struct EmailPage: Sendable {
    let services: PortalServices

    /// GET.
    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let member = try await services.member(context)
        return services.answer(page(member, context), context)
    }

    /// POST. The answer is the same whether or not somebody else has the address.
    @Sendable func change(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let (member, form) = try await services.memberForm(context)
        let language = context.language
        guard let email = form["email"] else {
            return services.answer(
                page(member, context, form, FormTrouble(language, field: "email", language.say(.fieldNeeded))), context)
        }
        do {
            try await RequestEmailChange(services.accounts)(
                to: email, password: form["current"] ?? "", of: member.session, by: member.requester)
        } catch {
            guard let trouble = FormTrouble(error, language) else { throw .accounts(error) }
            return services.answer(page(member, context, form, trouble), context)
        }
        return .seeOther(PageNote.mail.on(AccountTab.email.path))
    }

    private func page(
        _ member: Member, _ context: PortalContext, _ form: FormFields? = nil, _ trouble: FormTrouble? = nil
    ) -> FormPage {
        let language = context.language
        var page = FormPage(
            .email, title: language.say(.emailTitle), action: AccountTab.email.path, button: language.say(.emailChange))
        page.tab = .email
        page.lead = language.say(.emailLead)
        page.note = PageNote.text(context)
        page.trouble = trouble
        page.facts = [
            Fact(name: language.say(.emailPresent), value: member.session.principal.email ?? language.say(.noEmail))
        ]
        page.fields = [
            FormField("email", .email(autocomplete: "email"), language.say(.emailNew), value: form?["email"]),
            FormField("current", .currentPassword, language.say(.passwordCurrent)),
        ]
        return page
    }
}
