import Identity
import Testing

@testable import Portal

/// Texts that end a tag, an attribute or a template, or hide what follows.
private let hostileTexts = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' autofocus onfocus=alert(1) x='",
    "</title><script>",
    "{{say.signIn}}", "{{{page.csrf}}}", "&lt;b&gt;", "<\u{301}script>", "\"\u{301} onfocus=alert(1) x=\u{301}\"",
    "\u{600}\"\u{200D}><svg onload=alert(1)>", "a\u{0}b", "`x`", "\u{202E}gpj.exe", "]]><!--", "javascript:alert(1)",
]

extension PortalResponse {
    /// Whether the page's tags and attributes are those of our templates alone: no element or attribute of the hostile
    /// texts is read as one. The page is read as a browser does, code point by code point.
    var isIntact: Bool {
        var names: Set<String> = []
        var iterator = text.unicodeScalars.makeIterator()
        var inTag = false
        var quote: Unicode.Scalar?
        var word = ""
        while let scalar = iterator.next() {
            if inTag {
                if let open = quote {
                    if scalar == open { quote = nil }
                } else if scalar == "\"" || scalar == "'" {
                    quote = scalar
                } else if scalar == ">" || scalar == " " || scalar == "=" || scalar == "\n" {
                    if !word.isEmpty { names.insert(word) }
                    word = ""
                    if scalar == ">" { inTag = false }
                } else {
                    word.unicodeScalars.append(scalar)
                }
            } else if scalar == "<" {
                inTag = true
                word = ""
            }
        }
        let bad = names.filter {
            $0.lowercased().hasPrefix("on") || ["script", "img", "iframe"].contains($0.lowercased())
        }
        return bad.isEmpty && !inTag && quote == nil && names.isSubset(of: Self.known)
    }

    private static let known: Set<String> = {
        var known: Set<String> = []
        for name in PageTemplates.Name.allCases {
            for match in PageTemplates.source(name).matches(of: /[\/!a-zA-Z][-a-zA-Z0-9]*/) {
                known.insert(String(match.0))
            }
        }
        return known.union(known.map { "/" + $0 })
    }()
}

@Suite struct `What comes from outside` {
    @Test(arguments: hostileTexts)
    func `stays text on the login page (ASVS 1.2.1)`(text: String) async throws {
        let stage = try Stage()
        let browser = stage.browser()
        let answer = try await browser.submit("/.gatehouse/login", [("username", text), ("password", "x")])
        #expect(answer.status == 401)
        #expect(answer.isIntact)
        let page = await browser.get("/.gatehouse/login?rd=" + encode("/" + text) + "&attempt=" + encode(text))
        #expect(page.isIntact)
        #expect(page.hiddenFields["attempt"] == nil)
    }

    @Test(arguments: hostileTexts)
    func `stays text on the home and sign-out pages`(text: String) async throws {
        let stage = try Stage()
        // No database holds a NUL; the error pages below show one.
        let text = text.filter { $0 != "\u{0}" }
        try await stage.addUser(
            "ada", email: "a@" + text, name: text, roles: [text],
            memberships: [PlantMembership(plantID: PlantID(1), plantCode: "detroit", plantName: text, role: .admin)])
        let browser = stage.browser()
        _ = try await browser.signIn()
        for path in [
            "/.gatehouse/", "/.gatehouse/logout", "/.gatehouse/login?switch=1", "/.gatehouse/account",
            "/.gatehouse/account/email", "/.gatehouse/account/tokens", "/.gatehouse/account/delete",
        ] {
            let page = await browser.get(path)
            #expect(page.status == 200)
            #expect(page.isIntact)
        }
    }

    @Test(arguments: hostileTexts, [403, 404, 400, 502, 503])
    func `stays text on error pages`(text: String, status: Int) throws {
        let principal = Principal(
            userID: UserID(.init(high: 1, low: 2)), username: text, email: text, name: text, globalRoles: [],
            memberships: [PlantMembership(plantID: PlantID(1), plantCode: text, plantName: text, role: .operator)])
        let page = try Stage().portal.errorPage(
            PortalErrorPage(
                status: status, code: text, detail: text, requestID: text, decisionID: text, scheme: text, host: text,
                target: text, acceptLanguage: text, principal: principal, plant: text, neededRole: .admin))
        #expect(page.isIntact)
    }

    /// swift-mustache compares characters as people see them, so `"` with an accent after it was not escaped.
    @Test func `is escaped code point by code point`() {
        #expect(HTMLEscaping().escapeText("<\u{301}\"\u{301}\u{600}'") == "&lt;\u{301}&quot;\u{301}\u{600}&#39;")
        #expect(HTMLEscaping().escapeText("a\u{0}\u{1B}\u{9B}\r\n\t") == "a\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\n\t")
    }
}

@Suite struct `Every page` {
    private static let paths = [
        "/.gatehouse/login", "/.gatehouse/logout", "/.gatehouse/ticket", "/.gatehouse/nothing", "/.gatehouse/",
        "/.gatehouse/register", "/.gatehouse/verify", "/.gatehouse/verify?token=x", "/.gatehouse/forgot",
        "/.gatehouse/reset?token=x", "/.gatehouse/confirm-email?token=x", "/.gatehouse/invitation?token=x",
        "/.gatehouse/account", "/.gatehouse/account/password", "/.gatehouse/account/email",
        "/.gatehouse/account/sessions", "/.gatehouse/account/tokens", "/.gatehouse/account/delete",
        "/.gatehouse/account/invitations", "/.gatehouse/register?done=mail", "/.gatehouse/forgot?done=mail",
        "/.gatehouse/account?done=<b>",
        "/.gatehouse/login?a=%", "/.well-known/gatehouse/nothing", "/.gatehouse/assets/gatehouse.old.css",
    ]

    @Test(arguments: paths, [true, false])
    func `is guarded`(path: String, isSignedIn: Bool) async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        if isSignedIn { _ = try await browser.signIn() }
        let page = await browser.get(path)
        #expect(page.field("cache-control") == "no-store")
        #expect(page.field("x-content-type-options") == "nosniff")
        #expect(page.field("referrer-policy") == "same-origin")
        #expect(page.field("x-frame-options") == "DENY")
        #expect(page.field("cross-origin-opener-policy") == "same-origin")
        guard page.status != 303 else { return }
        #expect(page.field("content-type") == "text/html; charset=utf-8")
        let policy = try #require(page.field("content-security-policy"))
        #expect(policy.hasPrefix("default-src 'none'; "))
        #expect(policy.contains("frame-ancestors 'none'"))
        #expect(policy.contains("base-uri 'none'"))
        #expect(!policy.contains("script-src") && !policy.contains("unsafe"))
        #expect(page.text.hasPrefix("<!doctype html>"))
        #expect(page.text.contains("<html lang=\"en\">"))
        #expect(page.text.contains("<title>"))
        #expect(page.text.matches(of: /<h1>/).count == 1)
        #expect(page.text.matches(of: /<main/).count == 1)
        #expect(!page.text.contains("{{"))
    }

    @Test(arguments: paths)
    func `has a HEAD like its GET`(path: String) async throws {
        guard path != "/.gatehouse/ticket" else { return }
        let browser = try Stage().browser()
        _ = await browser.get("/.gatehouse/login")
        let get = await browser.get(path)
        let head = await browser.get(path, method: "HEAD")
        #expect(get.status == head.status)
        #expect(get.body.count == head.body.count, "for Content-Length; whoever sends it leaves it out")
    }

    @Test(
        arguments: ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW", "get", "", "G T", "PROPFIND"],
        ["login", "logout", "ticket", ""])
    func `knows its methods`(method: String, page: String) async throws {
        let answer = await (try Stage()).browser().get("/.gatehouse/" + page, method: method)
        #expect(answer.status == 405)
        #expect(answer.field("allow") == (page.hasPrefix("log") ? "GET, HEAD, POST" : "GET, HEAD"))
    }

    @Test(arguments: [
        "/.gatehouse/nothing", "/.gatehouse/login/x", "/.gatehouse/assets/", "/", "", "//", "/.gatehouse/../login",
    ])
    func `is not found where there is none`(path: String) async throws {
        #expect(await (try Stage()).browser().get(path).status == 404)
    }

    @Test func `refers to files that browsers may keep for ever`() async throws {
        let browser = try Stage().browser()
        let page = await browser.get("/.gatehouse/login").text
        for match in page.matches(of: /href="(\/\.gatehouse\/assets\/[^"]+)"/) {
            let file = await browser.get(String(match.1))
            #expect(file.status == 200)
            #expect(file.field("cache-control") == "public, max-age=31536000, immutable")
            #expect(file.field("x-content-type-options") == "nosniff")
            #expect(!file.body.isEmpty)
        }
        #expect(page.matches(of: /href="\/\.gatehouse\/assets\//).count == 2)
    }

    @Test func `has no script, no inline style, and a label for every field`() {
        for name in PageTemplates.Name.allCases {
            let source = PageTemplates.source(name)
            #expect(!source.contains("<script") && !source.contains("style=\"") && !source.contains("javascript:"))
            #expect(!source.contains("{{{") && !source.contains("{{&"), "nothing is shown unescaped")
            for input in source.matches(of: /<input id="(\w+)"/) {
                #expect(source.contains("<label for=\"\(input.1)\">"))
            }
        }
    }

    @Test func `names only phrases that there are`() {
        for name in PageTemplates.Name.allCases {
            for match in PageTemplates.source(name).matches(of: /say\.(\w+)/) {
                #expect(Phrase(rawValue: String(match.1)) != nil, "\(match.1)")
            }
        }
    }

    @Test func `lets its form lead to the host that the person is on the way to`() async throws {
        let browser = try Stage().browser()
        let page = await browser.get("/.gatehouse/login?rd=" + encode("https://spc.example.com/a"))
        #expect(
            page.field("content-security-policy")?.contains(
                "form-action 'self' https://spc.example.com https://*.spc.example.com https://example.com;") == true)
        #expect(
            await browser.get("/.gatehouse/login").field("content-security-policy")?.contains("form-action 'self';")
                == true)
    }
}

@Suite struct `Languages` {
    @Test(arguments: [
        (nil, "en"), ("", "en"), ("de", "de"), ("de-AT,en;q=0.5", "de"), ("en;q=0.5, de;q=0.8", "de"),
        ("fr, de;q=0.1", "de"),
        ("de;q=0, en", "en"), ("de;q=x", "en"), ("de;q=2", "en"), ("*", "en"), ("DE-de", "de"), (";;;,,,q=", "en"),
        ("en, de", "en"), ("de;q=0.1234", "en"), (String(repeating: "x,", count: 100) + "de", "en"),
    ])
    func `are chosen as the browser asks (RFC 9110, 12.5.4)`(header: String?, expected: String) {
        #expect(Language(acceptLanguage: header).rawValue == expected)
    }

    @Test(arguments: Phrase.allCases)
    func `have the same placeholders`(phrase: Phrase) {
        func placeholders(_ text: String) -> Set<String> { Set(text.matches(of: /\{\w+\}/).map { String($0.0) }) }
        for language in Language.allCases {
            #expect(!language.say(phrase).isEmpty)
            #expect(placeholders(language.say(phrase)) == placeholders(Language.english.say(phrase)))
        }
    }

    @Test func `put values in once`() {
        #expect(Language.english.say(.signInTo, ["host": "{host}"]) == "to continue to {host}")
    }

    @Test func `are told to the browser`() async throws {
        let browser = try Stage().browser()
        browser.acceptLanguage = "de"
        let page = await browser.get("/.gatehouse/login")
        #expect(page.text.contains("<html lang=\"de\">"))
        #expect(page.field("content-language") == "de")
        #expect(page.text.contains("Anmelden"))
    }

    @Test(arguments: [
        (0, "1970-01-01"), (951_782_400, "2000-02-29"), (1_709_164_800, "2024-02-29"), (4_102_444_799, "2099-12-31"),
        (-1, "1969-12-31"),
    ])
    func `write days as ISO 8601 does`(seconds: Int64, day: String) {
        #expect(Timestamp(seconds: seconds).day == day)
    }
}
