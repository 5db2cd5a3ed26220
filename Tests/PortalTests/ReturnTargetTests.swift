import Testing

@testable import Portal

@Suite struct `The place to return to` {
    private static let targets = ReturnTargets(
        publicOrigin: WebOrigin(scheme: "https", host: "login.example.com", port: 8443),
        hostPatterns: ["spc.example.com", "*.apps.example.com", "{plant}.reports.example.com", "*", "**", "10.0.0.7"])

    @Test(arguments: [
        ("/", "/"), ("/plants/detroit?a=1&b=2", "/plants/detroit?a=1&b=2"), ("/a//b", "/a//b"),
        ("/%2f%2fevil", "/%2f%2fevil"),
        ("/search?q=\\d+", "/search?q=%5Cd+"), ("/ü?x=ö", "/%C3%BC?x=%C3%B6"), ("/a\"b<c>", "/a%22b%3Cc%3E"),
        ("https://login.example.com:8443/x", "https://login.example.com:8443/x"),
        ("https://login.example.com/x", "https://login.example.com/x"),
        ("https://spc.example.com", "https://spc.example.com/"),
        ("https://spc.example.com?a", "https://spc.example.com/?a"),
        ("https://SPC.Example.com:8443/a", "https://spc.example.com:8443/a"),
        ("https://spc.example.com:443/a", "https://spc.example.com/a"),
        ("https://x.apps.example.com/", "https://x.apps.example.com/"),
        ("https://detroit.reports.example.com/q", "https://detroit.reports.example.com/q"),
        ("https://10.0.0.7/", "https://10.0.0.7/"),
        ("https://spc.example.com/@evil.com", "https://spc.example.com/@evil.com"),
        ("https://spc.example.com/a?u=https://evil.com/", "https://spc.example.com/a?u=https://evil.com/"),
    ])
    func `is one of ours`(rd: String, expected: String) {
        #expect(Self.targets.target(rd)?.url == expected)
    }

    /// What oauth2-proxy, Keycloak, Authelia and browsers' URL parsers have stumbled over: CVE-2020-4037, CVE-2020-11053,
    /// CVE-2020-5233, CVE-2021-21291, CVE-2021-29456, CVE-2023-6927, and the URL standard’s own tests.
    @Test(arguments: [
        "", "//evil.com", "///evil.com", "////evil.com", "/\\evil.com", "\\/evil.com", "\\\\evil.com", "/\t/evil.com",
        "\t//evil.com", " //evil.com", "/\n/evil.com", "/\r\n/evil.com", "/a\r\nSet-Cookie: x=y", "/ /evil.com",
        "/\u{0}",
        "/\u{7f}", "/a\\b", "https:evil.com", "https:/evil.com", "https:///evil.com", "https://evil.com",
        "http://spc.example.com/", "HTTPS://spc.example.com/", "Https://spc.example.com/", "javascript:alert(1)",
        "data:text/html,x", "//spc.example.com/", "https://spc.example.com@evil.com/",
        "https://evil.com@spc.example.com/",
        "https://user:pass@spc.example.com/", "https://spc.example.com:8443@evil.com/",
        "https://evil.com\\@spc.example.com/",
        "https://evil.com\\.spc.example.com/", "https://spc.example.com\\.evil.com/",
        "https://spc.example.com.evil.com/",
        "https://evilspc.example.com/", "https://spc.example.com./", "https://spc.example.com%2eevil.com/",
        "https://spc.example.com%00.evil.com/", "https://evil.com#spc.example.com", "https://evil.com?spc.example.com",
        "https://evil.com/spc.example.com", "https://spc.example.com\t.evil.com/",
        "https://spc.example.com\u{3002}evil.com/",
        "https://spc\u{3002}example\u{3002}com/", "https://\u{FF53}pc.example.com/", "https://spc.example.c\u{3BF}m/",
        "https://spc.example.com\u{2044}evil.com/", "https://\u{212A}.apps.example.com/",
        "https://spc.example.com:/", "https://spc.example.com:22/", "https://spc.example.com:08443/",
        "https://spc.example.com:99999/", "https://spc.example.com:8443:8443/", "https://spc.example.com:+443/",
        "https://.apps.example.com/", "https://apps.example.com/", "https://y.x.apps.example.com/",
        "https://a..apps.example.com/",
        "https://apps.example.com.evil.com/", "https://a.b.reports.example.com/", "https://reports.example.com/",
        "https://-\u{0}.apps.example.com/", "https://[::1]/", "https://[spc.example.com]/", "https://[::1/",
        "https://[]/",
        "https://0x7f000001/", "https://2130706433/", "https://evil.com", "https://*/", "https://**/",
        "https://{plant}/",
        "login.example.com", "spc.example.com/x", "?x", "#x", "..", "./x", "\u{FEFF}/x",
        "https://\u{200B}spc.example.com/",
        "https://x\u{301}.apps.example.com/", "/\u{85}",
    ])
    func `is not elsewhere (ASVS 5.0, 3.7.2)`(rd: String) {
        if let target = Self.targets.target(rd) {
            // The only spelling in this table that is accepted is one that stays on the host whatever reads it.
            #expect(rd == "/\u{85}" && target.url == "/%C2%85")
        }
    }

    @Test func `has an end`() {
        #expect(Self.targets.target("/" + String(repeating: "a", count: 8_192)) == nil)
        #expect(Self.targets.target("/" + String(repeating: "a", count: 8_000)) != nil)
    }

    @Test(arguments: [
        "//evil.com", "/\\evil.com", "https://evil.com/", "https:evil.com", "https://spc.example.com@evil.com/",
        "/\t/evil.com",
        "javascript:alert(1)",
    ])
    func `is the home page when what was asked for is refused, and the page does not say so`(rd: String) async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        let page = await browser.get("/.gatehouse/login?rd=" + encode(rd))
        #expect(page.status == 200)
        #expect(!page.text.contains("evil"))
        #expect(page.hiddenFields["rd"] == nil)
        let answer = await browser.post(
            "/.gatehouse/login",
            [("csrf", page.hiddenFields["csrf"] ?? ""), ("rd", rd), ("username", "ada"), ("password", Stage.password)])
        #expect(answer.status == 303)
        #expect(answer.field("location") == "/.gatehouse/")
        #expect(await browser.get("/.gatehouse/login?rd=" + encode(rd)).field("location") == "/.gatehouse/")
    }

    @Test func `may be a host that no route names only when it is the public one`() throws {
        let everyHost = ReturnTargets(
            publicOrigin: WebOrigin(scheme: "https", host: "localhost", port: 8443), hostPatterns: [])
        #expect(everyHost.target("https://localhost:8443/x") != nil)
        #expect(everyHost.target("https://127.0.0.1:8443/x") == nil)
    }
}

@Suite struct `An origin` {
    @Test(arguments: [
        ("https://localhost:8443", "https://localhost:8443"), ("https://Example.com/", "https://example.com"),
        ("https://example.com:443", "https://example.com"), ("http://example.com:80", "http://example.com"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ])
    func `has one spelling`(text: String, expected: String) { #expect(WebOrigin(text)?.text == expected) }

    @Test(arguments: [
        "", "https://", "example.com", "ftp://example.com", "https://example.com/path", "https://a@b", "null",
    ])
    func `is nothing else`(text: String) { #expect(WebOrigin(text) == nil) }
}
