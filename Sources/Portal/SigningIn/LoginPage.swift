import Accounts
import Identity

/// The login page: shows the form, and signs people in.
///
/// Passwords are typed on the host of `public_url` alone; on every other host this page sends the browser there.
struct LoginPage: Sendable {
    let services: PortalServices

    /// GET. Who is signed in already goes straight on, unless they came to switch accounts.
    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let query = try context.query()
        let isSwitching = query["switch"] != nil
        let session = try await services.session(of: context)
        guard services.isPublicHost(context) else {
            let path = query["rd"].flatMap(ReturnTargets.path) ?? PortalPath.home
            if session != nil, !isSwitching { return .seeOther(path) }
            return services.askAtPublicHost(context, path: path, isSwitching: isSwitching)
        }
        if let session, !isSwitching {
            return try await services.wayOn(query["rd"], attempt: query["attempt"], session: session.sessionID)
        }
        return form(context, LoginRequest(query), LoginForm.Trouble?.none, signedInAs: session?.principal)
    }

    /// POST. A wrong password, and a user that does not exist, get the same page with 401.
    @Sendable func signIn(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        guard services.isPublicHost(context) else { return .seeOther(services.settings.loginURL()) }
        let fields = try context.unguardedForm()
        let wanted = LoginRequest(fields)
        guard FormGuard.admits(context.request, context.cookies, fields) else {
            // Only what leads nowhere and pre-fills nothing is taken over from a form of unknown origin.
            return form(context, LoginRequest(FormFields(query: nil)), .expired, signedInAs: nil)
        }
        guard let username = fields["username"], let password = fields["password"] else {
            return form(context, wanted, .missing, signedInAs: nil)
        }
        let former = try await services.session(of: context)
        let signedIn: SignedIn
        do {
            signedIn = try await SignIn(services.accounts)(
                login: username, password: password, host: context.request.host, by: context.request.requester)
        } catch .invalidCredentials {
            return form(context, wanted, .wrong, signedInAs: nil)
        } catch {
            throw .accounts(error)
        }
        // A session that the browser brought along ends here, whoever's it was: nothing of it lives on in the new one.
        if let former { try? await SignOut(services.accounts)(former, by: context.request.requester) }
        return try await services.wayOn(wanted.rd, attempt: wanted.attempt, session: signedIn.session.id)
            .setting(PortalCookie.session.setting(signedIn.token.text, maxAge: signedIn.cookie.maxAge))
    }

    private func form(
        _ context: PortalContext, _ wanted: LoginRequest, _ trouble: LoginForm.Trouble?,
        signedInAs principal: Principal?
    ) -> PortalResponse {
        let language = context.language
        let guarding = FormGuard(context.cookies, random: services.accounts.random)
        let target = wanted.rd.flatMap(services.settings.returnTargets.target)
        let page = LoginForm(
            language, csrf: guarding.secret, wanted: wanted, target: target, trouble: trouble, principal: principal)
        let title = trouble == nil ? language.say(.signInTitle) : language.say(.signInFailed)
        var response = services.pages.answer(
            trouble?.status ?? 200, .login, Sheet(language, title: title, page: page),
            policy: ContentSecurityPolicy(formsLeadingTo: target?.origin))
        if trouble == .wrong {
            // RFC 9110, section 15.5.2 demands a challenge with 401. Browsers know no scheme of this name, and so
            // show the page.
            response.fields.append(("WWW-Authenticate", "Form realm=\"gatehouse\""))
        }
        if let cookie = guarding.cookie { response = response.setting(cookie) }
        return response
    }
}

/// What a browser brings to the login page.
struct LoginRequest: Sendable {
    /// Where the person was going, as the browser said.
    let rd: String?
    let attempt: String?
    let username: String?

    init(_ fields: FormFields?) {
        rd = fields?["rd"]
        attempt = fields?["attempt"].flatMap { TokenHash(base64URL: $0) == nil ? nil : $0 }
        username = fields?["username"].flatMap { $0.utf8.count <= 320 ? $0 : nil }
    }
}

/// The login form as the template shows it.
struct LoginForm: Sendable {
    /// Why the form is shown again.
    enum Trouble: Sendable {
        case wrong, missing, expired

        var status: Int {
            switch self {
            case .wrong: 401
            case .missing: 422
            case .expired: 403
            }
        }

        var phrase: Phrase {
            switch self {
            case .wrong: .credentialsWrong
            case .missing: .fieldsMissing
            case .expired: .formExpired
            }
        }
    }

    let csrf: String
    let rd: String?
    let attempt: String?
    let username: String?
    let destination: String?
    let alert: String?
    let isWrong: Bool
    let note: String?
    let stay: Link?

    init(
        _ language: Language, csrf: String, wanted: LoginRequest, target: ReturnTarget?, trouble: Trouble?,
        principal: Principal?
    ) {
        self.csrf = csrf
        rd = target?.url
        attempt = target?.origin == nil ? nil : wanted.attempt
        username = wanted.username
        destination = target?.origin.map { language.say(.signInTo, ["host": $0.authority]) }
        alert = trouble.map { language.say($0.phrase) }
        isWrong = trouble == .wrong || trouble == .missing
        note = principal.map { language.say(.alreadySignedIn, ["user": $0.shownLogin]) }
        stay = principal.map { Link(target?.url ?? PortalPath.home, language.say(.carryOn, ["user": $0.shownLogin])) }
    }
}
