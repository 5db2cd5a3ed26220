import Accounts
import Identity

/// The home page: who you are, and which roles you hold where.
struct HomePage: Sendable {
    let services: PortalServices

    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        guard let session = try await services.session(of: context) else {
            guard services.isPublicHost(context) else {
                return services.askAtPublicHost(context, path: PortalPath.home)
            }
            return .seeOther(PortalPath.login)
        }
        let language = context.language
        let guarding = FormGuard(context.cookies, random: services.accounts.random)
        var page = HomeSheet(
            language, session.principal, csrf: guarding.secret, now: services.accounts.clock.now())
        let mayInvite = try await !services.administeredPlants(session.principal).isEmpty
        page.invite = mayInvite ? PortalPath.invitations : nil
        let response = services.pages.answer(
            200, .home,
            Sheet(
                language, title: language.say(.homeTitle), isWide: true, branding: services.pages.branding, page: page),
            policy: .ownForms)
        return guarding.cookie.map(response.setting) ?? response
    }
}

/// The home page as the template shows it.
private struct HomeSheet: Sendable {
    struct Row: Sendable {
        let name: String
        /// Nil when it is the name as well.
        let code: String?
        let role: String
        let until: String?
    }

    let tabs: [AccountTab.Shown]
    let csrf: String
    let greeting: String
    let username: String?
    let email: String?
    let globalRoles: String?
    let plants: [Row]
    /// Where one invites others; nil for people who may not.
    var invite: String?

    init(_ language: Language, _ principal: Principal, csrf: String, now: Timestamp) {
        self.csrf = csrf
        tabs = AccountTab.overview.all(language)
        greeting = language.say(.homeGreeting, ["name": principal.shownName])
        username = principal.username
        email = principal.email
        globalRoles = principal.globalRoles.isEmpty ? nil : principal.globalRoles.joined(separator: ", ")
        plants = principal.memberships.filter { $0.expiresAt.map { $0 > now } ?? true }.map { membership in
            Row(
                name: membership.plantName,
                code: membership.plantCode == membership.plantName ? nil : membership.plantCode,
                role: language.name(of: membership.role),
                until: membership.expiresAt.map { language.say(.until, ["date": $0.day]) })
        }
    }
}
