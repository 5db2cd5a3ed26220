import Accounts
import Identity

/// Where whoever administers a plant offers somebody a role in it, and sees which offers are open.
struct InvitePage: Sendable {
    let services: PortalServices

    /// GET.
    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let member = try await services.member(context)
        return try await answer(member, context)
    }

    /// POST: sends an invitation. The answer is the same whether or not the address has an account.
    @Sendable func invite(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let (member, form) = try await services.memberForm(context)
        let language = context.language
        guard let email = form["email"] else {
            return try await answer(
                member, context, form, FormTrouble(language, field: "email", language.say(.fieldNeeded)))
        }
        guard let plant = form["plant"], let role = form["role"].flatMap({ Role($0) }) else { throw .malformed }
        do {
            try await InviteUser(services.accounts)(email, to: plant, as: role, by: member.requester)
        } catch {
            guard let trouble = FormTrouble(error, language) else { throw .accounts(error) }
            return try await answer(member, context, form, trouble)
        }
        return .seeOther(PageNote.inviting.on(PortalPath.invitations))
    }

    /// POST: takes one back. One that is over already is what was wanted.
    @Sendable func revoke(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let (member, form) = try await services.memberForm(context)
        guard let plant = form["plant"], let id = form["invitation"].flatMap({ InvitationID($0) }) else {
            throw .malformed
        }
        do {
            try await RevokeInvitation(services.accounts)(id, to: plant, by: member.requester)
        } catch .notFound(.invitation) {
        } catch {
            throw .accounts(error)
        }
        return .seeOther(PageNote.uninvited.on(PortalPath.invitations))
    }

    private func answer(
        _ member: Member, _ context: PortalContext, _ form: FormFields? = nil, _ trouble: FormTrouble? = nil
    ) async throws(PortalFailure) -> PortalResponse {
        let plants = try await services.administeredPlants(member.session.principal)
        guard !plants.isEmpty else { throw .accounts(.forbidden) }
        var open: [Invitation] = []
        for plant in plants {
            open += try await account { () async throws(AccountsError) in
                try await ListInvitations(services.accounts)(to: plant.code, by: member.requester)
            }
        }
        let language = context.language
        let guarding = FormGuard(context.cookies, random: services.accounts.random)
        let title = language.say(.inviteTitle)
        let sheet = InviteSheet(
            language, open, fields: fields(plants, language, form, trouble), csrf: guarding.secret,
            note: PageNote.text(context), trouble: trouble)
        let response = services.pages.answer(
            trouble?.status ?? 200, .invitations,
            Sheet(
                language, title: trouble == nil ? title : language.say(.titleWithProblem, ["title": title]),
                isWide: true, branding: services.pages.branding, page: sheet),
            policy: .ownForms)
        return guarding.cookie.map(response.setting) ?? response
    }

    private func fields(
        _ plants: [FormField.Choice.Plant], _ language: Language, _ form: FormFields?, _ trouble: FormTrouble?
    ) -> [FormField] {
        let roles = Role.allCases.map { FormField.Choice(value: $0.description, label: language.name(of: $0)) }
        let fields = [
            // Somebody else's address: no browser shall fill in one's own.
            FormField("email", .email(autocomplete: "off"), language.say(.email), value: form?["email"]),
            FormField(
                "plant", .choice(plants.map { FormField.Choice(value: $0.code, label: $0.name) }),
                language.say(.plant), value: form?["plant"]),
            FormField("role", .choice(roles), language.say(.role), value: form?["role"]),
        ]
        return fields.map { field in
            var field = field
            field.error = trouble?.fields.first { $0.name == field.name }?.text
            field.hasFocus = field.error != nil
            return field
        }
    }
}

extension PortalServices {
    /// The plants to which this person may invite; none where nobody may.
    func administeredPlants(_ principal: Principal) async throws(PortalFailure) -> [FormField.Choice.Plant] {
        let people = accounts.settings.people
        guard people.isOn, people.registration != .closed else { return [] }
        if principal.globalRoles.contains(APICaller.administrator) {
            let all = try await account { () async throws(AccountsError) in try await ListPlants(accounts)() }
            return all.filter(\.isActive).map { FormField.Choice.Plant(code: $0.code, name: $0.name) }
        }
        let now = accounts.clock.now()
        return principal.memberships
            .filter { $0.role == .admin && ($0.expiresAt.map { $0 > now } ?? true) }
            .map { FormField.Choice.Plant(code: $0.plantCode, name: $0.plantName) }
    }
}

extension FormField.Choice {
    /// A plant to choose.
    struct Plant: Sendable {
        let code: String
        let name: String
    }
}

/// The invitations as the template shows them.
private struct InviteSheet: Sendable {
    struct Row: Sendable {
        let id: String
        let email: String
        let plantCode: String
        let offer: String
        let ends: String
        let revokeLabel: String
    }

    let csrf: String
    let note: String?
    let trouble: TroubleSummary?
    let invitations: [Row]
    let fields: [FormField.Shown]
    let tabs: [AccountTab.Shown]

    init(
        _ language: Language, _ invitations: [Invitation], fields: [FormField], csrf: String, note: String?,
        trouble: FormTrouble?
    ) {
        self.csrf = csrf
        self.note = note
        self.trouble = trouble.map { TroubleSummary($0, of: fields) }
        self.fields = fields.map(\.shown)
        tabs = AccountTab.overview.all(language)
        self.invitations = invitations.map { invitation in
            Row(
                id: invitation.id.description, email: invitation.email, plantCode: invitation.plantCode,
                offer: "\(invitation.plantName) · \(language.name(of: invitation.role))",
                ends: language.say(.inviteEnds, ["date": invitation.expiresAt.day]),
                revokeLabel: language.say(.inviteRevokeLabel, ["email": invitation.email]))
        }
    }
}
