import Accounts
import Identity

/// Deletes the account of the person who is signed in, after they gave their password once more.
struct DeletePage: Sendable {
    let services: PortalServices

    /// GET.
    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let member = try await services.member(context)
        return services.answer(try await page(member, context), context)
    }

    /// POST.
    @Sendable func delete(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let (member, form) = try await services.memberForm(context)
        let language = context.language
        do {
            try await DeleteOwnAccount(services.accounts)(
                password: form["current"] ?? "", of: member.session, by: member.requester)
        } catch {
            guard let trouble = FormTrouble(error, language) else { throw .accounts(error) }
            return services.answer(try await page(member, context, trouble), context)
        }
        return services.pages.notice(
            200, language, title: .deletedTitle, Notice(paragraphs: [language.say(.deletedLead)])
        )
        .setting(PortalCookie.session.clearing)
        .setting(PortalCookie.formGuard.clearing)
    }

    private func page(
        _ member: Member, _ context: PortalContext, _ trouble: FormTrouble? = nil
    ) async throws(PortalFailure) -> FormPage {
        let language = context.language
        let own = try await account { () async throws(AccountsError) in
            try await ShowOwnAccount(services.accounts)(of: member.session)
        }
        var page = FormPage(
            .delete, title: language.say(.deleteTitle), action: PortalPath.deleteAccount,
            button: language.say(.deleteButton))
        page.tab = .profile
        page.isDangerous = true
        page.lead = language.say(.deleteLead, ["user": member.session.principal.shownLogin])
        page.trouble = trouble
        if own.hasPassword {
            page.fields = [FormField("current", .currentPassword, language.say(.passwordCurrent))]
        }
        page.links = [Link(PortalPath.account, language.say(.deleteKeep))]
        return page
    }
}
