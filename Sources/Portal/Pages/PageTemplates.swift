import Mustache

/// The pages, built from the templates in `Resources`.
///
/// Each page is the layout with one template inside. The two are put together as text, under a line that chooses our
/// escaping, so that no template can forget it.
struct PageTemplates: Sendable {
    /// A template that fills the layout.
    enum Name: String, CaseIterable, Sendable {
        case login, logout, home, notice, sessions, tokens, invitations, mails
        case register, verify, forgot, reset, invitation, profile, password, email, delete
        case confirmEmail = "confirm-email"
        case firstPassword = "first-password"

        /// The text of ours. Most pages are one form, and share one template.
        fileprivate var source: [UInt8] {
            switch self {
            case .login: PackageResources.login_mustache
            case .logout: PackageResources.logout_mustache
            case .home: PackageResources.home_mustache
            case .notice: PackageResources.notice_mustache
            case .sessions: PackageResources.sessions_mustache
            case .tokens: PackageResources.tokens_mustache
            case .invitations: PackageResources.invitations_mustache
            case .mails: PackageResources.mails_mustache
            default: PackageResources.form_mustache
            }
        }

        fileprivate var isForm: Bool {
            switch self {
            case .login, .logout, .home, .notice, .sessions, .tokens, .invitations, .mails: false
            default: true
            }
        }
    }

    /// What a site may put files of its own in place of: the layout, the form that many pages share, and each page.
    static let replaceable = ["layout", "form"] + Name.allCases.map(\.rawValue)

    private let templates: [Name: MustacheTemplate]

    /// Ours alone.
    static let gatehouse: PageTemplates = {
        do { return try PageTemplates(replacing: [:]) } catch {
            preconditionFailure("a page template of ours cannot be read: \(error)")
        }
    }()

    /// - Parameter own: a site's own texts by the names of `replaceable`.
    init(replacing own: [String: String]) throws(TemplateProblem) {
        MustacheContentTypes.register(HTMLEscaping(), named: HTMLEscaping.name)
        var templates: [Name: MustacheTemplate] = [:]
        for name in Name.allCases {
            do {
                templates[name] = try MustacheTemplate(string: PageTemplates.source(name, replacing: own))
            } catch {
                let culprit = [name.rawValue, "form", "layout"].first { own[$0] != nil } ?? name.rawValue
                throw TemplateProblem(template: culprit, description: "\(error)")
            }
        }
        self.templates = templates
    }

    /// The HTML of `sheet` as UTF-8.
    func render(_ name: Name, _ sheet: Sheet) -> [UInt8] { Array((templates[name]?.render(sheet) ?? "").utf8) }

    /// The whole text of a page: what is rendered, and what tests look through.
    static func source(_ name: Name, replacing own: [String: String] = [:]) -> String {
        let layout = own["layout"] ?? String(decoding: PackageResources.layout_mustache, as: UTF8.self)
        let content =
            own[name.rawValue] ?? (name.isForm ? own["form"] : nil) ?? String(decoding: name.source, as: UTF8.self)
        return "{{% CONTENT_TYPE: \(HTMLEscaping.name)}}\n" + layout.replacing("{{>content}}\n", with: content)
    }
}

/// Why a template cannot be used.
struct TemplateProblem: Error, Sendable {
    let template: String
    let description: String
}

/// All that a page shows: what the layout needs, and the page's own part.
struct Sheet: Sendable {
    let language: String
    let title: String
    /// The class of the page's one column: empty or `wide`.
    let width: String
    /// What the site is called.
    let site: String
    let stylesheet: String
    let icon: String
    /// The address of the site's own logo; nil shows ours.
    let logo: String?
    let say: Sayings
    let page: any Sendable

    init(_ language: Language, title: String, isWide: Bool = false, branding: Branding, page: any Sendable) {
        self.language = language.rawValue
        self.title = title
        width = isWide ? "wide" : "narrow"
        site = branding.name
        stylesheet = branding.stylesheet.path
        icon = branding.logo?.path ?? Asset.icon.path
        logo = branding.logo?.path
        say = Sayings(language: language)
        self.page = page
    }
}

/// The phrases of one language, as templates ask for them: `{{say.signIn}}`.
struct Sayings: MustacheParent, Sendable {
    let language: Language

    func child(named name: String) -> Any? { Phrase(rawValue: name).map { language.say($0) } }
}
