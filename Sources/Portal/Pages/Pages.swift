/// Makes answers that are pages: a template, and the fields that every page of ours carries.
struct Pages: Sendable {
    let branding: Branding
    private let templates: PageTemplates

    init(_ branding: Branding) {
        self.branding = branding
        templates = branding.templates
    }

    /// - Parameter policy: where the page's forms may lead.
    func answer(
        _ status: Int, _ template: PageTemplates.Name, _ sheet: Sheet,
        policy: ContentSecurityPolicy = .withoutForms
    ) -> PortalResponse {
        PortalResponse(
            status: status,
            fields: [
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Language", sheet.language),
                ("Content-Security-Policy", policy.text),
            ] + Pages.guards,
            body: templates.render(template, sheet))
    }

    /// A page that tells one thing.
    func notice(_ status: Int, _ language: Language, title: Phrase, _ notice: Notice) -> PortalResponse {
        var notice = notice
        if status >= 400 { notice.status = String(status) }
        return answer(status, .notice, Sheet(language, title: language.say(title), branding: branding, page: notice))
    }

    /// What every page and every redirect of ours carries.
    ///
    /// The referrer policy is not `no-referrer`, or browsers would send `Origin: null` with our own forms.
    static let guards: [(name: String, value: String)] = [
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ]
}

/// A page that tells one thing: what happened, the facts, what to do now.
struct Notice: Sendable {
    /// The status as the page shows it; nil when it is no error.
    var status: String?
    var paragraphs: [String]
    var facts: [Fact] = []
    var advice: String?
    var links: [Link] = []
}

/// A name and what goes with it.
struct Fact: Sendable {
    let name: String
    let value: String
    /// Whether the value is a number to read out or copy.
    var isCode = false
}

/// A way on from a page.
struct Link: Sendable {
    let url: String
    let label: String
    let style: String

    init(_ url: String, _ label: String, isSecondary: Bool = false) {
        self.url = url
        self.label = label
        style = isSecondary ? "button secondary" : "button"
    }
}
