import Accounts

/// Makes an account for a visitor, where `accounts.registration` is open.
struct RegisterPage: Sendable {
    let services: PortalServices

    /// GET.
    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        try services.requirePublicHost(context)
        try services.requireAccounts()
        if try context.query()["done"] == PageNote.mail.rawValue {
            return services.mailIsOnItsWay(context, .registeredTitle, .registeredLead)
        }
        guard services.accounts.settings.people.registration == .open else { throw .accounts(.registrationClosed) }
        return services.answer(page(context), context)
    }

    /// POST. The answer is the same whether or not the address has an account.
    @Sendable func register(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        try services.requirePublicHost(context)
        let form = try context.form()
        let language = context.language
        guard let email = form["email"], let password = form["password"] else {
            let missing = form["email"] == nil ? "email" : "password"
            return services.answer(
                page(context, form, FormTrouble(language, field: missing, language.say(.fieldNeeded))), context)
        }
        let answer: RegistrationAnswer
        do {
            answer = try await Register(services.accounts)(
                RegistrationForm(email: email, password: password, name: form["name"], username: form["username"]),
                by: context.requester)
        } catch {
            guard let trouble = FormTrouble(error, language) else { throw .accounts(error) }
            return services.answer(page(context, form, trouble), context)
        }
        switch answer {
        case .checkMail: return .seeOther(PageNote.mail.on(PortalPath.register))
        case .signIn: return .seeOther(PageNote.registered.on(PortalPath.login))
        }
    }

    private func page(
        _ context: PortalContext, _ form: FormFields? = nil, _ trouble: FormTrouble? = nil
    ) -> FormPage {
        let language = context.language
        let lengthMin = services.accounts.settings.passwordLengthMin
        var page = FormPage(
            .register, title: language.say(.registerTitle), action: PortalPath.register,
            button: language.say(.registerButton))
        page.trouble = trouble
        page.fields = [
            FormField("email", .email(autocomplete: "email"), language.say(.email), value: form?["email"]),
            FormField(
                "password", .newPassword(lengthMin: lengthMin), language.say(.password),
                hint: language.say(.passwordHint, ["count": String(lengthMin)])),
            FormField(
                "name", .text(autocomplete: "name"), language.say(.name), value: form?["name"], isRequired: false),
            FormField(
                "username", .username, language.say(.username), value: form?["username"],
                hint: language.say(.usernameRule), isRequired: false),
        ]
        page.links = [Link(PortalPath.login, language.say(.haveAccount))]
        return page
    }
}

extension PortalServices {
    /// Says that a mail is on its way, if there is anybody to send it to: nobody learns here who has an account.
    func mailIsOnItsWay(_ context: PortalContext, _ title: Phrase, _ lead: Phrase) -> PortalResponse {
        let language = context.language
        var notice = Notice(paragraphs: [language.say(lead), language.say(.mailHint)])
        notice.links = [Link(PortalPath.login, language.say(.backToSignIn), isSecondary: true)]
        if mails != nil { notice.links.insert(Link(PortalPath.mails, language.say(.mailsTitle)), at: 0) }
        return pages.notice(200, language, title: title, notice)
    }

    /// With `accounts: off` there is nothing to be had here.
    func requireAccounts() throws(PortalFailure) {
        guard accounts.settings.people.isOn else { throw .accounts(.accountsOff) }
    }
}
