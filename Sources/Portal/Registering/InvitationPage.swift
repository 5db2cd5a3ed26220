import Accounts
import Identity

/// Where the link of an invitation leads: what is offered, and what a new account needs.
struct InvitationPage: Sendable {
    let services: PortalServices

    /// GET: looks at the invitation, and uses nothing up.
    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        try services.requirePublicHost(context)
        try services.requireAccounts()
        guard let token = try context.query()[AccountLink.parameter] else { throw .linkRefused(retry: nil) }
        return services.answer(try await page(context, token), context)
    }

    /// POST.
    @Sendable func accept(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        try services.requirePublicHost(context)
        let form = try context.form()
        guard let token = form[AccountLink.parameter] else { throw .malformed }
        let account = form["password"].map {
            InvitedAccount(password: $0, username: form["username"], name: form["name"])
        }
        do {
            try await AcceptInvitation(services.accounts)(token, account: account, by: context.requester)
        } catch .linkRefused {
            throw .linkRefused(retry: nil)
        } catch .refused {
            let trouble = FormTrouble(status: 409, message: context.language.say(.invitationUnverified))
            return services.answer(try await page(context, token, form, trouble), context)
        } catch {
            guard let trouble = FormTrouble(error, context.language) else { throw .accounts(error) }
            return services.answer(try await page(context, token, form, trouble), context)
        }
        let isSignedIn = try await services.session(of: context) != nil
        return .seeOther(PageNote.invited.on(isSignedIn ? PortalPath.account : PortalPath.login))
    }

    private func page(
        _ context: PortalContext, _ token: String, _ form: FormFields? = nil, _ trouble: FormTrouble? = nil
    ) async throws(PortalFailure) -> FormPage {
        let open: OpenInvitation
        do {
            open = try await InspectInvitation(services.accounts)(token)
        } catch .linkRefused {
            throw .linkRefused(retry: nil)
        } catch {
            throw .accounts(error)
        }
        let language = context.language
        let invitation = open.invitation
        var page = FormPage(
            .invitation, title: language.say(.invitationTitle), action: AccountLink.invitation.rawValue,
            button: language.say(open.makesAccount ? .invitationRegister : .invitationAccept))
        page.lead = language.say(open.makesAccount ? .invitationNewLead : .invitationLead)
        page.trouble = trouble
        page.hidden = [(AccountLink.parameter, token)]
        page.facts = [
            Fact(name: language.say(.plant), value: invitation.plantName),
            Fact(name: language.say(.role), value: language.name(of: invitation.role)),
            Fact(name: language.say(.email), value: invitation.email),
        ]
        if let until = invitation.roleUntil {
            page.facts.append(Fact(name: language.say(.roleEnds), value: until.day))
        }
        guard open.makesAccount else { return page }
        let lengthMin = services.accounts.settings.passwordLengthMin
        page.login = invitation.email
        page.fields = [
            FormField(
                "password", .newPassword(lengthMin: lengthMin), language.say(.password),
                hint: language.say(.passwordHint, ["count": String(lengthMin)])),
            FormField(
                "name", .text(autocomplete: "name"), language.say(.name), value: form?["name"], isRequired: false),
            FormField(
                "username", .username, language.say(.username), value: form?["username"],
                hint: language.say(.usernameRule), isRequired: false),
        ]
        return page
    }
}
