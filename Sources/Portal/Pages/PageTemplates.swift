import Mustache

/// The pages, built from the templates in `Resources`.
///
/// Each page is the layout with one template inside. The two are put together as text, under a line that chooses our
/// escaping, so that no template can forget it.
struct PageTemplates: Sendable {
    /// A template that fills the layout.
    enum Name: CaseIterable, Sendable {
        case login, logout, home, notice

        fileprivate var source: [UInt8] {
            switch self {
            case .login: PackageResources.login_mustache
            case .logout: PackageResources.logout_mustache
            case .home: PackageResources.home_mustache
            case .notice: PackageResources.notice_mustache
            }
        }
    }

    private let templates: [Name: MustacheTemplate]

    init() {
        MustacheContentTypes.register(HTMLEscaping(), named: HTMLEscaping.name)
        templates = Dictionary(uniqueKeysWithValues: Name.allCases.map { ($0, PageTemplates.template($0)) })
    }

    /// The HTML of `sheet` as UTF-8.
    func render(_ name: Name, _ sheet: Sheet) -> [UInt8] { Array((templates[name]?.render(sheet) ?? "").utf8) }

    /// The whole text of a page: what is rendered, and what tests look through.
    static func source(_ name: Name) -> String {
        let layout = String(decoding: PackageResources.layout_mustache, as: UTF8.self)
        let content = String(decoding: name.source, as: UTF8.self)
        return "{{% CONTENT_TYPE: \(HTMLEscaping.name)}}\n" + layout.replacing("{{>content}}\n", with: content)
    }

    private static func template(_ name: Name) -> MustacheTemplate {
        do { return try MustacheTemplate(string: source(name)) } catch {
            preconditionFailure("a page template of ours cannot be read: \(error)")
        }
    }
}

/// All that a page shows: what the layout needs, and the page's own part.
struct Sheet: Sendable {
    let language: String
    let title: String
    /// The class of the page's one column: empty or `wide`.
    let width: String
    let stylesheet = Asset.stylesheet.path
    let icon = Asset.icon.path
    let say: Sayings
    let page: any Sendable

    init(_ language: Language, title: String, isWide: Bool = false, page: any Sendable) {
        self.language = language.rawValue
        self.title = title
        width = isWide ? "wide" : "narrow"
        say = Sayings(language: language)
        self.page = page
    }
}

/// The phrases of one language, as templates ask for them: `{{say.signIn}}`.
struct Sayings: MustacheParent, Sendable {
    let language: Language

    func child(named name: String) -> Any? { Phrase(rawValue: name).map { language.say($0) } }
}
