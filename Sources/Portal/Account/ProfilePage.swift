import Accounts
import Identity

/// The profile: what a person tells of themselves, and the accounts elsewhere that they sign in with.
struct ProfilePage: Sendable {
    let services: PortalServices

    /// GET.
    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let member = try await services.member(context)
        return services.answer(try await page(member, context), context)
    }

    /// POST.
    @Sendable func save(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let (member, form) = try await services.memberForm(context)
        let changes = ProfileChanges(
            username: .set(form["username"]), name: .set(form["name"]), firstName: .set(form["first_name"]),
            lastName: .set(form["last_name"]), phone: .set(form["phone"]))
        do {
            try await UpdateProfile(services.accounts)(changes, of: member.session, by: member.requester)
        } catch {
            guard let trouble = FormTrouble(error, context.language) else { throw .accounts(error) }
            return services.answer(try await page(member, context, form, trouble), context)
        }
        return .seeOther(PageNote.saved.on(PortalPath.account))
    }

    private func page(
        _ member: Member, _ context: PortalContext, _ form: FormFields? = nil, _ trouble: FormTrouble? = nil
    ) async throws(PortalFailure) -> FormPage {
        let account = try await account { () async throws(AccountsError) in
            try await ShowOwnAccount(services.accounts)(of: member.session)
        }
        let language = context.language
        let user = account.user
        func value(_ name: String, _ kept: String?) -> String? { form == nil ? kept : form?[name] }
        var page = FormPage(
            .profile, title: language.say(.profileTitle), action: PortalPath.account, button: language.say(.save))
        page.tab = .profile
        page.note = PageNote.text(context)
        page.trouble = trouble
        page.fields = [
            FormField(
                "name", .text(autocomplete: "name"), language.say(.name), value: value("name", user.name),
                isRequired: false),
            FormField(
                "first_name", .text(autocomplete: "given-name"), language.say(.firstName),
                value: value("first_name", user.firstName), isRequired: false),
            FormField(
                "last_name", .text(autocomplete: "family-name"), language.say(.lastName),
                value: value("last_name", user.lastName), isRequired: false),
            FormField(
                "phone", .phone, language.say(.phone), value: value("phone", user.phone), isRequired: false),
            FormField(
                "username", .username, language.say(.username), value: value("username", user.username),
                hint: language.say(.usernameRule), isRequired: false),
        ]
        page.appendix = FormPage.Appendix(
            heading: language.say(.linkedAccounts), lead: language.say(.linkedNone),
            facts: account.identities.map { Fact(name: $0.provider, value: $0.email ?? $0.subject) })
        page.links = [Link(PortalPath.deleteAccount, language.say(.deleteTitle))]
        return page
    }
}
