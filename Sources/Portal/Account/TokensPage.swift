import Accounts
import Identity

/// A person's API tokens: the list, a form for one more, and the one time that a new one is shown.
struct TokensPage: Sendable {
    let services: PortalServices

    /// GET.
    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let member = try await services.member(context)
        return try await answer(member, context)
    }

    /// POST: makes one, and shows it.
    @Sendable func create(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let (member, form) = try await services.memberForm(context)
        let language = context.language
        guard let name = form["name"] else {
            return try await answer(
                member, context, form, FormTrouble(language, field: "name", language.say(.fieldNeeded)))
        }
        guard let lifetime = TokenLifetime(rawValue: form["lifetime"] ?? "") else { throw .malformed }
        let wish = APITokenWish(
            name: name, plant: form["plant"], roleMax: form["role"].flatMap { Role($0) }, lifetime: lifetime.duration)
        let created: CreatedAPIToken
        do {
            created = try await CreateAPIToken(services.accounts)(wish, of: member.session, by: member.requester)
        } catch {
            guard let trouble = FormTrouble(error, language) ?? refusal(error, language) else { throw .accounts(error) }
            return try await answer(member, context, form, trouble)
        }
        var notice = Notice(paragraphs: [language.say(.tokenCreatedLead)])
        notice.facts = [
            Fact(name: language.say(.tokenName), value: created.record.name),
            Fact(name: language.say(.tokenText), value: created.token.text, isCode: true),
        ]
        notice.links = [Link(AccountTab.tokens.path, language.say(.tokenCreatedDone))]
        return services.pages.notice(201, language, title: .tokenCreatedTitle, notice)
    }

    /// POST: ends one. One that is over already is what was wanted.
    @Sendable func revoke(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let (member, form) = try await services.memberForm(context)
        guard let id = form["token"].flatMap({ APITokenID($0) }) else { throw .malformed }
        do {
            try await RevokeAPIToken(services.accounts)(id, of: member.session, by: member.requester)
        } catch .notFound {
        } catch {
            throw .accounts(error)
        }
        return .seeOther(PageNote.revoked.on(AccountTab.tokens.path))
    }

    /// What no field is to blame for.
    private func refusal(_ error: AccountsError, _ language: Language) -> FormTrouble? {
        switch error {
        case .refused: FormTrouble(status: 409, message: language.say(.tokenLimit))
        case .notFound: FormTrouble(language, field: "plant", language.say(.fieldNeeded))
        default: nil
        }
    }

    private func answer(
        _ member: Member, _ context: PortalContext, _ form: FormFields? = nil, _ trouble: FormTrouble? = nil
    ) async throws(PortalFailure) -> PortalResponse {
        let tokens = try await account { () async throws(AccountsError) in
            try await ListAPITokens(services.accounts)(member.session)
        }
        let language = context.language
        let now = services.accounts.clock.now()
        let guarding = FormGuard(context.cookies, random: services.accounts.random)
        let live = tokens.filter { $0.revokedAt == nil && ($0.expiresAt.map { $0 > now } ?? true) }
        let sheet = TokensSheet(
            language, live, fields: fields(member, language, form, trouble), csrf: guarding.secret,
            note: PageNote.text(context), trouble: trouble)
        let title = language.say(.tokensTitle)
        let response = services.pages.answer(
            trouble?.status ?? 200, .tokens,
            Sheet(
                language, title: trouble == nil ? title : language.say(.titleWithProblem, ["title": title]),
                isWide: true, branding: services.pages.branding, page: sheet),
            policy: .ownForms)
        return guarding.cookie.map(response.setting) ?? response
    }

    private func fields(
        _ member: Member, _ language: Language, _ form: FormFields?, _ trouble: FormTrouble?
    ) -> [FormField] {
        let everywhere = FormField.Choice(value: "", label: language.say(.tokenEverywhere))
        let plants = member.session.principal.memberships.map {
            FormField.Choice(value: $0.plantCode, label: $0.plantName)
        }
        let everything = FormField.Choice(value: "", label: language.say(.tokenMyRole))
        let roles = Role.allCases.map { FormField.Choice(value: $0.description, label: language.name(of: $0)) }
        let lifetimes = TokenLifetime.allCases.map {
            FormField.Choice(value: $0.rawValue, label: language.say($0.phrase))
        }
        let fields = [
            FormField(
                "name", .text(autocomplete: "off"), language.say(.tokenName), value: form?["name"],
                hint: language.say(.tokenNameHint)),
            FormField("plant", .choice([everywhere] + plants), language.say(.plant), value: form?["plant"]),
            FormField("role", .choice([everything] + roles), language.say(.tokenRole), value: form?["role"]),
            FormField(
                "lifetime", .choice(lifetimes), language.say(.tokenLifetime),
                value: form?["lifetime"] ?? TokenLifetime.quarter.rawValue),
        ]
        return fields.map { field in
            var field = field
            field.error = trouble?.fields.first { $0.name == field.name }?.text
            field.hasFocus = field.error != nil
            return field
        }
    }
}

/// How long a new token shall be good.
private enum TokenLifetime: String, CaseIterable, Sendable {
    case week = "7d"
    case month = "30d"
    case quarter = "90d"
    case year = "365d"
    case always = "none"

    var duration: Duration? {
        switch self {
        case .week: .seconds(7 * 86_400)
        case .month: .seconds(30 * 86_400)
        case .quarter: .seconds(90 * 86_400)
        case .year: .seconds(365 * 86_400)
        case .always: nil
        }
    }

    var phrase: Phrase {
        switch self {
        case .week: .lifetimeWeek
        case .month: .lifetimeMonth
        case .quarter: .lifetimeQuarter
        case .year: .lifetimeYear
        case .always: .lifetimeAlways
        }
    }
}

/// The tokens as the template shows them.
private struct TokensSheet: Sendable {
    struct Row: Sendable {
        let id: String
        let name: String
        let reach: String
        let ends: String
        let lastUsed: String
        let revokeLabel: String
    }

    let csrf: String
    let note: String?
    let trouble: TroubleSummary?
    let tokens: [Row]
    let fields: [FormField.Shown]
    let tabs: [AccountTab.Shown]

    init(
        _ language: Language, _ tokens: [APIToken], fields: [FormField], csrf: String, note: String?,
        trouble: FormTrouble?
    ) {
        self.csrf = csrf
        self.note = note
        self.trouble = trouble.map { TroubleSummary($0, of: fields) }
        self.fields = fields.map(\.shown)
        tabs = AccountTab.tokens.all(language)
        self.tokens = tokens.map { token in
            let place = token.plantCode ?? language.say(.tokenEverywhere)
            let role = token.ceiling.role.map { language.name(of: $0) } ?? language.say(.tokenMyRole)
            return Row(
                id: token.id.description, name: token.name, reach: "\(place) · \(role)",
                ends: token.expiresAt.map { language.say(.tokenEnds, ["date": $0.day]) }
                    ?? language.say(.lifetimeAlways),
                lastUsed: token.lastUsedAt.map { language.say(.tokenUsed, ["date": $0.minute]) }
                    ?? language.say(.tokenNeverUsed),
                revokeLabel: language.say(.tokenRevokeLabel, ["name": token.name]))
        }
    }
}
