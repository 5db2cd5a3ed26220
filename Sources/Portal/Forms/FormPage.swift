import Accounts
import Identity

/// A page that is one form: a title, what it is about, fields, a button.
///
/// All pages that ask for something are made of it, so that labels, hints, errors, the order of the keyboard and what
/// screen readers say are the same everywhere.
struct FormPage: Sendable {
    let template: PageTemplates.Name
    let title: String
    var lead: String?
    /// Good news on top.
    var note: String?
    /// What went wrong with what was sent.
    var trouble: FormTrouble?
    let action: String
    var hidden: [(name: String, value: String)] = []
    /// The name that a password manager shall keep the new password under.
    var login: String?
    var fields: [FormField] = []
    let button: String
    var isDangerous = false
    var facts: [Fact] = []
    /// What stands below the form, under a heading of its own.
    var appendix: Appendix?
    var links: [Link] = []
    /// The account page that it is, if it is one.
    var tab: AccountTab?

    struct Appendix: Sendable {
        let heading: String
        /// What it says where there are no facts.
        let lead: String
        let facts: [Fact]
    }

    init(_ template: PageTemplates.Name, title: String, action: String, button: String) {
        self.template = template
        self.title = title
        self.action = action
        self.button = button
    }
}

extension PortalServices {
    /// The page as an answer, with the secret that its form has to repeat.
    func answer(_ page: FormPage, _ context: PortalContext) -> PortalResponse {
        let guarding = FormGuard(context.cookies, random: accounts.random)
        var page = page
        page.fields = page.fields.map { field in
            var field = field
            field.error = page.trouble?.fields.first { $0.name == field.name }?.text
            return field
        }
        // The keyboard begins at what has to be mended, else at the first field that is empty.
        let focus =
            page.fields.firstIndex { $0.error != nil }
            ?? (page.tab == nil || page.trouble != nil ? page.fields.firstIndex { $0.value == nil } : nil)
        if let focus { page.fields[focus].hasFocus = true }
        let language = context.language
        let title = page.trouble == nil ? page.title : language.say(.titleWithProblem, ["title": page.title])
        let shown = Sheet(
            language, title: title, isWide: page.tab != nil, branding: pages.branding,
            page: FormSheet(page, csrf: guarding.secret, language))
        var response = pages.answer(page.trouble?.status ?? 200, page.template, shown, policy: .ownForms)
        if let seconds = page.trouble?.retryAfter { response.fields.append(("Retry-After", String(seconds))) }
        return guarding.cookie.map(response.setting) ?? response
    }
}

/// The form as the template shows it.
private struct FormSheet: Sendable {
    struct Hidden: Sendable {
        let name: String
        let value: String
    }

    let heading: String
    let lead: String?
    let note: String?
    let trouble: TroubleSummary?
    let action: String
    let csrf: String
    let hidden: [Hidden]
    let login: String?
    let fields: [FormField.Shown]
    let button: String
    let buttonStyle: String
    let facts: [Fact]
    let appendix: FormPage.Appendix?
    let links: [Link]
    let tabs: [AccountTab.Shown]

    init(_ page: FormPage, csrf: String, _ language: Language) {
        heading = page.title
        lead = page.lead
        note = page.note
        trouble = page.trouble.map { TroubleSummary($0, of: page.fields) }
        action = page.action
        self.csrf = csrf
        hidden = page.hidden.map { Hidden(name: $0.name, value: $0.value) }
        login = page.login
        fields = page.fields.map(\.shown)
        button = page.button
        buttonStyle = page.isDangerous ? "danger" : "primary"
        facts = page.facts
        appendix = page.appendix
        links = page.links
        tabs = page.tab.map { $0.all(language) } ?? []
    }
}
