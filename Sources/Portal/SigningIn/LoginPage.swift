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
                login: username, password: password, host: context.request.host, remembered: wanted.isRemembered,
                by: context.requester)
        } catch .invalidCredentials {
            return form(context, wanted, .wrong, signedInAs: nil)
        } catch .throttled(let retryAfter) {
            return form(context, wanted, .throttled(retryAfter), signedInAs: nil)
        } catch .passwordChangeRequired(let token) {
            return FirstPasswordPage(services: services).answer(token, login: username, wanted, context)
        } catch {
            throw .accounts(error)
        }
        // A session that the browser brought along ends here, whoever's it was: nothing of it lives on in the new one.
        // If it cannot be ended, nobody is told that they are signed in: the new token reaches nobody, and they try again.
        if let former {
            do throws(AccountsError) {
                try await SignOut(services.accounts)(former, by: context.request.requester)
            } catch {
                throw .accounts(error)
            }
        }
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
        var page = LoginForm(
            language, csrf: guarding.secret, wanted: wanted, target: target, trouble: trouble, principal: principal)
        let settings = services.accounts.settings
        page.remember = settings.sessionRemembered != nil
        page.links = ways(settings.people, language)
        if trouble == nil, principal == nil, let done = PageNote.text(context) { page.note = done }
        let title = trouble == nil ? language.say(.signInTitle) : language.say(.signInFailed)
        var response = services.pages.answer(
            trouble?.status ?? 200, .login,
            Sheet(language, title: title, branding: services.pages.branding, page: page),
            policy: ContentSecurityPolicy(formsLeadingTo: target?.origin))
        if let seconds = trouble?.retryAfter { response.fields.append(("Retry-After", String(seconds))) }
        if case .wrong = trouble {
            // RFC 9110, section 15.5.2 demands a challenge with 401. Browsers know no scheme of this name, and so
            // show the page.
            response.fields.append(("WWW-Authenticate", "Form realm=\"gatehouse\""))
        }
        if let cookie = guarding.cookie { response = response.setting(cookie) }
        return response
    }

    /// What somebody without the password can do.
    private func ways(_ people: PeopleSettings, _ language: Language) -> [Link] {
        var links: [Link] = []
        if people.isOn { links.append(Link(PortalPath.forgot, language.say(.forgotTitle))) }
        if people.isOn, people.registration == .open {
            links.append(Link(PortalPath.register, language.say(.registerTitle)))
        }
        if services.mails != nil { links.append(Link(PortalPath.mails, language.say(.mailsTitle))) }
        return links
    }
}

/// What a browser brings to the login page.
struct LoginRequest: Sendable {
    /// Where the person was going, as the browser said.
    let rd: String?
    let attempt: String?
    let username: String?
    /// Whether the person asked to stay signed in.
    let isRemembered: Bool

    init(_ fields: FormFields?) {
        rd = fields?["rd"]
        isRemembered = fields?["remember"] == "1"
        attempt = fields?["attempt"].flatMap { TokenHash(base64URL: $0) == nil ? nil : $0 }
        username = fields?["username"].flatMap { $0.utf8.count <= 320 ? $0 : nil }
    }

    /// What the login page needs to lead on to where the person was going.
    var onward: [(name: String, value: String)] {
        [("rd", rd), ("attempt", attempt)].compactMap { name, value in value.map { (name: name, value: $0) } }
    }
}

/// The login form as the template shows it.
struct LoginForm: Sendable {
    /// Why the form is shown again.
    enum Trouble: Sendable {
        case wrong, missing, expired
        case throttled(Duration)

        var status: Int {
            switch self {
            case .wrong: 401
            case .missing: 422
            case .expired: 403
            case .throttled: 429
            }
        }

        /// In seconds.
        var retryAfter: Int? {
            if case .throttled(let length) = self { Int(max(1, length.components.seconds)) } else { nil }
        }

        var isAboutFields: Bool {
            switch self {
            case .wrong, .missing: true
            case .expired, .throttled: false
            }
        }

        func text(_ language: Language) -> String {
            switch self {
            case .wrong: language.say(.credentialsWrong)
            case .missing: language.say(.fieldsMissing)
            case .expired: language.say(.formExpired)
            case .throttled: language.say(.throttled, ["minutes": String(((retryAfter ?? 1) + 59) / 60)])
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
    var note: String?
    /// Whether one can ask to stay signed in.
    var remember = false
    let isRemembered: Bool
    var links: [Link] = []
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
        alert = trouble?.text(language)
        isWrong = trouble?.isAboutFields ?? false
        isRemembered = wanted.isRemembered
        note = principal.map { language.say(.alreadySignedIn, ["user": $0.shownLogin]) }
        stay = principal.map { Link(target?.url ?? PortalPath.home, language.say(.carryOn, ["user": $0.shownLogin])) }
    }
}
