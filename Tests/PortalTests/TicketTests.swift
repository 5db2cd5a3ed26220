import Accounts
import Identity
import Portal
import Testing

@Suite struct `One sign-in for every host` {
    /// Comes to another host as a visitor, and is sent to the login page by the portal.
    private func arrive(_ browser: Browser, rd: String = "/plants/graz?x=1") async throws -> String {
        browser.host = "spc.example.com"
        let answer = await browser.get("/.gatehouse/login?rd=" + encode(rd))
        #expect(answer.status == 303)
        return try #require(answer.field("location"))
    }

    /// The login page's address without its host.
    private func page(_ url: String) -> String { String(url.dropFirst("https://login.example.com".count)) }

    @Test func `leads through the login page and back, and sets the other host's own cookie`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        let login = try await arrive(browser)
        #expect(login.hasPrefix("https://login.example.com/.gatehouse/login?rd=https%3A%2F%2Fspc.example.com%2Fplants"))
        #expect(browser.cookies["spc.example.com"]?["__Host-gatehouse-attempt"] != nil)

        browser.host = Stage.publicHost
        let shown = await browser.get(page(login))
        #expect(shown.text.contains("to continue to spc.example.com"))
        let signedIn = try await browser.signIn(page(login))
        let handOver = try #require(signedIn.field("location"))
        #expect(handOver.hasPrefix("https://spc.example.com/.gatehouse/ticket?ticket=ghk_"))

        let landed = try await browser.follow(signedIn)
        #expect(landed.status == 303)
        #expect(landed.field("location") == "/plants/graz?x=1")
        #expect(landed.cookie("__Host-gatehouse-attempt")?.isRemoved == true)
        let token = try #require(landed.cookie("__Host-gatehouse")?.value)
        #expect(token != browser.cookies[Stage.publicHost]?["__Host-gatehouse"])
        #expect(await browser.get("/.gatehouse/").text.contains("Hello, Ada Lovelace"))
    }

    @Test func `needs no second password`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        _ = try await browser.signIn()
        let login = try await arrive(browser)
        browser.host = Stage.publicHost
        let straight = await browser.get(page(login))
        #expect(straight.status == 303)
        #expect(try await browser.follow(straight).field("location") == "/plants/graz?x=1")
    }

    @Test func `keeps the port of a host that has one`() async throws {
        let stage = try Stage(publicURL: "https://login.example.com:8443")
        try await stage.addUser()
        let browser = stage.browser("login.example.com:8443")
        let answer = try await browser.signIn(
            "/.gatehouse/login?rd=" + encode("https://spc.example.com:8443/a")
                + "&attempt=" + Base64URL.encode(TokenHash(ofText: "s").bytes))
        #expect(answer.field("location")?.hasPrefix("https://spc.example.com:8443/.gatehouse/ticket?") == true)
    }

    @Test(arguments: ["", "&attempt=", "&attempt=short", "&attempt=" + String(repeating: "!", count: 43)])
    func `goes to the host without a ticket when the attempt is missing or broken`(attempt: String) async throws {
        let stage = try Stage()
        try await stage.addUser()
        let answer = try await stage.browser().signIn(
            "/.gatehouse/login?rd=" + encode("https://spc.example.com/a") + attempt)
        #expect(answer.field("location") == "https://spc.example.com/a")
    }

    /// What is tried with a ticket that was made for `spc.example.com` and the browser that asked.
    enum Misuse: CaseIterable, Sendable {
        case twice, otherHost, otherBrowser, wrongSecret, late, altered, afterSignOut
    }

    @Test(arguments: Misuse.allCases)
    func `does not honour a ticket otherwise`(misuse: Misuse) async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        let login = try await arrive(browser)
        browser.host = Stage.publicHost
        var location = try #require(try await browser.signIn(page(login)).field("location"))
        var host = "spc.example.com"
        var attempt = browser.cookies["spc.example.com"] ?? [:]
        switch misuse {
        case .twice:
            let first = stage.browser(host)
            first.cookies[host] = attempt
            #expect(await first.get(String(location.dropFirst("https://spc.example.com".count))).status == 303)
        case .otherHost: host = "x.apps.example.com"
        case .otherBrowser: attempt = [:]
        case .wrongSecret: attempt = ["__Host-gatehouse-attempt": Base64URL.encode(SystemRandomSource().bytes(32))]
        case .late: stage.clock.advance(.seconds(31))
        case .altered: location.replace("ghk_", with: "ghk_A", maxReplacements: 1)
        case .afterSignOut: _ = try await browser.submit("/.gatehouse/logout", [])
        }
        let other = stage.browser(host)
        other.cookies[host] = attempt
        let answer = await other.get(String(location.dropFirst("https://spc.example.com".count)))
        #expect(answer.status == 400)
        #expect(answer.cookie("__Host-gatehouse") == nil)
        #expect(answer.text.contains("href=\"/plants/graz?x=1\""), "a click starts again")
    }

    @Test func `lets nobody plant their own session in another's browser (login CSRF)`() async throws {
        let stage = try Stage()
        try await stage.addUser("mallory", email: nil)
        let mallory = stage.browser()
        let login = try await arrive(mallory)
        mallory.host = Stage.publicHost
        let link = try #require(try await mallory.signIn(page(login), username: "mallory").field("location"))
        let victim = stage.browser("spc.example.com")
        _ = try await arrive(victim)
        let answer = await victim.get(String(link.dropFirst("https://spc.example.com".count)))
        #expect(answer.status == 400)
        #expect(victim.cookies["spc.example.com"]?["__Host-gatehouse"] == nil)
    }

    @Test func `is not used up by what only looks at links`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        let login = try await arrive(browser)
        browser.host = Stage.publicHost
        let link = try #require(try await browser.signIn(page(login)).field("location"))
        browser.host = "spc.example.com"
        let target = String(link.dropFirst("https://spc.example.com".count))
        #expect(await browser.get(target, method: "HEAD").status == 405)
        #expect(await browser.get(target).status == 303)
    }

    @Test func `takes a person back to where they were when they open a used link again`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        let login = try await arrive(browser)
        browser.host = Stage.publicHost
        let signedIn = try await browser.signIn(page(login))
        _ = try await browser.follow(signedIn)
        #expect(try await browser.follow(signedIn).field("location") == "/plants/graz?x=1")
    }

    @Test func `leads a ticket's rd nowhere else (open redirect)`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        _ = try await browser.signIn()
        for rd in ["//evil.com", "/\\evil.com", "https://evil.com/", "\t//evil.com"] {
            let answer = await browser.get("/.gatehouse/ticket?ticket=x&rd=" + encode(rd))
            #expect(answer.field("location") == "/.gatehouse/")
        }
    }

    @Test func `takes passwords on the public host alone`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser("spc.example.com")
        let answer = await browser.post("/.gatehouse/login", [("username", "ada"), ("password", Stage.password)])
        #expect(answer.status == 303)
        #expect(answer.field("location") == "https://login.example.com/.gatehouse/login")
        #expect(stage.hashingWork == (try await work(of: 1)))
    }

    /// The work of so many hashes, such as the one that adding a user takes.
    private func work(of hashes: Int) async throws -> UInt64 { UInt64(hashes) * 32 }
}

@Suite struct `Signing out` {
    @Test func `ends the session on every host`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        _ = try await browser.signIn()
        browser.host = "spc.example.com"
        let login = try #require(await browser.get("/.gatehouse/login?rd=%2F").field("location"))
        browser.host = Stage.publicHost
        let back = await browser.get(String(login.dropFirst("https://login.example.com".count)))
        _ = try await browser.follow(back)
        #expect(browser.host == "spc.example.com")
        #expect(await browser.get("/.gatehouse/").status == 200)

        let answer = try await browser.submit("/.gatehouse/logout", [])
        #expect(answer.status == 303)
        #expect(answer.cookie("__Host-gatehouse")?.isRemoved == true)
        #expect(try await browser.follow(answer).text.contains("You are signed out"))
        browser.host = Stage.publicHost
        #expect(browser.cookies[Stage.publicHost]?["__Host-gatehouse"] != nil)
        #expect(await browser.get("/.gatehouse/").field("location") == "/.gatehouse/login")
        #expect(try await stage.eventNames.contains("user.signed_out"))
    }

    @Test func `needs more than a link (logout CSRF)`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        _ = try await browser.signIn()
        #expect(await browser.get("/.gatehouse/logout").text.contains("Sign out?"))
        #expect(await browser.post("/.gatehouse/logout", []).status == 403)
        #expect(await browser.get("/.gatehouse/").status == 200)
    }

    @Test func `says so when it could not be done`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        _ = try await browser.signIn()
        let form = await browser.get("/.gatehouse/logout").hiddenFields.map { ($0.key, $0.value) }
        stage.loseDatabase()
        let answer = await browser.post("/.gatehouse/logout", form)
        #expect(answer.status == 503)
        #expect(answer.cookie("__Host-gatehouse") == nil, "the cookie stays, since the session does")
    }

    @Test func `is no error twice`() async throws {
        let stage = try Stage()
        #expect(await stage.browser().get("/.gatehouse/logout").status == 200)
    }
}
