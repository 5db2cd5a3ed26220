import Accounts
import Identity
import Portal
import Testing

@Suite struct `One's own account` {
    private func signedIn(_ stage: Stage) async throws -> Browser {
        let browser = stage.browser()
        _ = try await browser.signIn()
        return browser
    }

    @Test(arguments: ["", "/password", "/email", "/sessions", "/tokens", "/delete"])
    func `is for those who are signed in, and leads back after`(page: String) async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        let path = "/.gatehouse/account" + page
        let answer = await browser.get(path)
        #expect(answer.field("location")?.contains("/.gatehouse/login?rd=" + path.replacing("/", with: "%2F")) == true)
        let back = try await browser.signIn("/.gatehouse/login?rd=" + encode(path))
        #expect(back.field("location") == path)
        #expect(await browser.get(path).status == 200)
    }

    @Test(arguments: ["", "/password", "/email", "/sessions/end", "/sessions/end-all", "/tokens", "/delete"])
    func `changes nothing without the secret of its form (CSRF)`(page: String) async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = try await signedIn(stage)
        #expect(await browser.post("/.gatehouse/account" + page, [("name", "x")]).status == 403)
        #expect(await browser.get("/.gatehouse/account").status == 200)
    }

    @Test func `says plainly that a form was not sent when the session was over`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = try await signedIn(stage)
        let form = await browser.get("/.gatehouse/account").hiddenFields.map { ($0.key, $0.value) }
        stage.clock.advance(.seconds(100 * 3_600))
        let answer = await browser.post("/.gatehouse/account", form + [("name", "Lost")])
        let login = try await browser.follow(answer)
        #expect(login.text.contains("what you had just sent was not done"))
        #expect(login.hiddenFields["rd"] == "/.gatehouse/account")
    }

    @Test func `keeps a profile`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = try await signedIn(stage)
        let fields = [
            ("name", "Ada L."), ("first_name", "Ada"), ("last_name", "Lovelace"), ("phone", "+43 1 234"),
            ("username", "countess"),
        ]
        let saved = try await browser.submit("/.gatehouse/account", fields)
        let page = try await browser.follow(saved)
        #expect(page.text.contains("Saved."))
        for (name, value) in fields { #expect(page.text.contains("value=\"\(value)\""), "\(name)") }
    }

    @Test func `does not take a username that somebody has`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        try await stage.addUser("bob", email: "bob@example.com")
        let page = try await signedIn(stage).submit("/.gatehouse/account", [("username", "BOB")])
        #expect(page.status == 409)
        #expect(page.text.contains("Somebody has this username."))
    }

    @Test func `changes its password with the present one alone, and signs out elsewhere`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = try await signedIn(stage)
        let other = try await signedIn(stage)
        let path = "/.gatehouse/account/password"
        let wrong = try await browser.submit(path, [("current", "not it"), ("password", "another four words")])
        #expect(wrong.status == 401)
        #expect(wrong.text.contains("not your present password"))
        let done = try await browser.submit(path, [("current", Stage.password), ("password", "another four words")])
        #expect(try await browser.follow(done).text.contains("Your password is changed."))
        #expect(await browser.get("/.gatehouse/").status == 200)
        #expect(await other.get("/.gatehouse/").status == 303)
    }

    @Test func `gets another address once its link is followed`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = try await signedIn(stage)
        let sent = try await browser.submit(
            "/.gatehouse/account/email", [("email", "countess@example.com"), ("current", Stage.password)])
        #expect(try await browser.follow(sent).text.contains("ada@example.com"), "the former one still counts")
        let link = try stage.mailedLink()
        #expect(link.hasPrefix("/.gatehouse/confirm-email?token="))
        let done = try await browser.submit(link, [])
        #expect(try await browser.follow(done).text.contains("countess@example.com"))
    }

    @Test func `lists where it is signed in, and ends one, the others or all`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = try await signedIn(stage)
        let others = [try await signedIn(stage), try await signedIn(stage), try await signedIn(stage)]
        let page = await browser.get("/.gatehouse/account/sessions")
        #expect(page.text.matches(of: /<li class="card">/).count == 4)
        #expect(page.text.matches(of: /this one/).count == 1)
        #expect(page.text.contains("192.0.2.7"))
        let csrf = try #require(page.hiddenFields["csrf"])
        let ids = page.text.matches(of: /name="session" value="([^"]+)"/).map { String($0.1) }
        let one = await browser.post("/.gatehouse/account/sessions/end", [("csrf", csrf), ("session", ids[1])])
        #expect(try await browser.follow(one).text.matches(of: /<li class="card">/).count == 3)
        _ = await browser.post("/.gatehouse/account/sessions/end-others", [("csrf", csrf)])
        for other in others { #expect(await other.get("/.gatehouse/").status == 303) }
        #expect(await browser.get("/.gatehouse/").status == 200)
        let all = await browser.post("/.gatehouse/account/sessions/end-all", [("csrf", csrf)])
        #expect(all.cookie("__Host-gatehouse")?.isRemoved == true)
        #expect(await browser.get("/.gatehouse/").status == 303)
    }

    @Test func `does not end somebody else's session`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        try await stage.addUser("bob", email: "bob@example.com")
        let browser = try await signedIn(stage)
        let bob = stage.browser()
        _ = try await bob.signIn(username: "bob")
        let page = await bob.get("/.gatehouse/account/sessions").text
        let id = try #require(page.firstMatch(of: /name="session" value="([^"]+)"/)?.1)
        let csrf = try #require(await browser.get("/.gatehouse/account/sessions").hiddenFields["csrf"])
        _ = await browser.post("/.gatehouse/account/sessions/end", [("csrf", csrf), ("session", String(id))])
        #expect(await bob.get("/.gatehouse/").status == 200)
    }

    @Test func `shows a new API token once, and ends it`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = try await signedIn(stage)
        let made = try await browser.submit(
            "/.gatehouse/account/tokens", [("name", "reports"), ("lifetime", "30d"), ("role", "operator")])
        #expect(made.status == 201)
        let token = try #require(made.text.firstMatch(of: /ght_[\w-]{43}/)).0
        let page = await browser.get("/.gatehouse/account/tokens")
        #expect(page.text.contains("reports") && !page.text.contains(token))
        let id = try #require(page.text.firstMatch(of: /name="token" value="([^"]+)"/)?.1)
        let csrf = try #require(page.hiddenFields["csrf"])
        let ended = await browser.post(
            "/.gatehouse/account/tokens/revoke", [("csrf", csrf), ("token", String(id))])
        #expect(try await browser.follow(ended).text.contains("You have none."))
    }

    @Test func `is deleted with the password alone, and nobody signs in any more`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = try await signedIn(stage)
        #expect(try await browser.submit("/.gatehouse/account/delete", [("current", "not it")]).status == 401)
        let gone = try await browser.submit("/.gatehouse/account/delete", [("current", Stage.password)])
        #expect(gone.text.contains("Your account is deleted"))
        #expect(gone.cookie("__Host-gatehouse")?.isRemoved == true)
        #expect(try await browser.signIn().status == 401)
    }

    @Test func `can be kept signed in`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let form = [("username", "ada"), ("password", Stage.password)]
        let short = try await stage.browser().submit("/.gatehouse/login", form)
        #expect(short.cookie("__Host-gatehouse")?.attributes.contains { $0.hasPrefix("Max-Age") } == false)
        let long = try await stage.browser().submit("/.gatehouse/login", form + [("remember", "1")])
        #expect(long.cookie("__Host-gatehouse")?.attributes.contains("Max-Age=\(30 * 86_400)") == true)
    }
}
