import Accounts
import GatehouseTesting
import Identity
import Portal
import Testing

@Suite struct `Registering` {
    private static let form = [("email", "new@example.com"), ("password", "four words in a row"), ("name", "New One")]

    @Test func `sends a link that opens the account with one click, and not without it`() async throws {
        let stage = try Stage()
        let browser = stage.browser()
        let answer = try await browser.submit("/.gatehouse/register", Self.form)
        #expect(answer.status == 303)
        #expect(try await browser.follow(answer).text.contains("Check your mail"))
        let link = try stage.mailedLink()
        // A scanner of mails follows links, and does no harm.
        for _ in 0..<2 { #expect(await browser.get(link).text.contains("Confirm your address")) }
        #expect(
            try await browser.submit(
                "/.gatehouse/login", [("username", "new@example.com"), ("password", "four words in a row")]
            ).status == 401)
        let done = try await browser.submit(link, [])
        #expect(done.status == 303)
        #expect(try await browser.follow(done).text.contains("Your address is confirmed."))
        #expect(
            try await browser.submit(
                "/.gatehouse/login", [("username", "new@example.com"), ("password", "four words in a row")]
            ).status == 303)
        #expect(try await browser.submit(link, []).status == 400, "the link is used up")
    }

    @Test func `answers alike whether or not the address has an account (ASVS 6.3.8)`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        var answers: [PortalResponse] = []
        for email in ["ada@example.com", "nobody@example.com"] {
            let sent = try await browser.submit(
                "/.gatehouse/register", [("email", email), ("password", "four words in a row")])
            answers += [sent, try await browser.follow(sent)]
        }
        #expect(answers[0].field("location") == answers[2].field("location"))
        #expect(answers[1].text == answers[3].text)
    }

    @Test(arguments: [
        ([("email", "new@example.com"), ("password", "short")], "password", "at least 15"),
        ([("email", "new@example.com"), ("password", "passwordpassword")], "password", "first that an attacker"),
        ([("email", "nonsense"), ("password", "four words in a row")], "email", "name@example.com"),
        ([("email", ""), ("password", "four words in a row")], "email", "fill this in"),
        (
            [("email", "new@example.com"), ("password", "four words in a row"), ("username", "a b")], "username",
            "without spaces"
        ),
    ])
    func `says beside the field what is wrong, and keeps what was right`(
        form: [(String, String)], field: String, text: String
    ) async throws {
        let page = try await Stage().browser().submit("/.gatehouse/register", form)
        #expect(page.status == 422)
        #expect(page.text.contains("<title>Problem: "))
        #expect(page.text.contains(#/<a href="\#\w+">\w+: /#), "the summary names the field")
        #expect(page.text.contains("<a href=\"#\(field)\">"), "and leads to it")
        #expect(page.text.contains("aria-describedby=\"") && page.text.contains("id=\"\(field)-error\""))
        #expect(page.text.contains(text), "\(page.text)")
        #expect(!page.text.contains("four words in a row"), "a password is not sent back")
    }

    @Test(arguments: [PeopleSettings.Registration.invite, .closed])
    func `is not offered where it is closed`(registration: PeopleSettings.Registration) async throws {
        let stage = try Stage(people: PeopleSettings(registration: registration))
        let browser = stage.browser()
        #expect(await !browser.get("/.gatehouse/login").text.contains("/.gatehouse/register"))
        #expect(await browser.get("/.gatehouse/register").status == 403)
        let login = await browser.get("/.gatehouse/login").hiddenFields.map { ($0.key, $0.value) }
        #expect(await browser.post("/.gatehouse/register", login + Self.form).status == 403)
        #expect(stage.stores.outbox.mails.isEmpty)
    }

    @Test(arguments: ["register", "forgot", "verify", "reset?token=x", "confirm-email?token=x", "account/password"])
    func `happens at public_url alone`(page: String) async throws {
        let answer = await (try Stage()).browser("spc.example.com").get("/.gatehouse/" + page)
        #expect(answer.status == 303)
        #expect(answer.field("location")?.hasPrefix("https://login.example.com/.gatehouse/") == true)
    }

    @Test(arguments: ["verify", "reset", "confirm-email", "invitation"])
    func `takes no link without the secret of its form (CSRF)`(page: String) async throws {
        let stage = try Stage()
        let answer = await stage.browser().post(
            "/.gatehouse/" + page, [("token", "ghv_" + String(repeating: "A", count: 43)), ("password", "x")])
        #expect(answer.status == 403)
    }

    @Test func `is off with accounts off`() async throws {
        let browser = try Stage(people: PeopleSettings(isOn: false)).browser()
        for page in ["register", "forgot", "verify", "reset?token=x", "invitation?token=x"] {
            #expect(await browser.get("/.gatehouse/" + page).status == 403, "\(page)")
        }
    }
}

@Suite struct `A forgotten password` {
    @Test func `is set anew by a link that works once, and ends every session`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        let other = stage.browser()
        _ = try await other.signIn()
        let sent = try await browser.submit("/.gatehouse/forgot", [("login", "ada@example.com")])
        #expect(try await browser.follow(sent).text.contains("If there is such an account"))
        let link = try stage.mailedLink()
        #expect(try await browser.submit(link, [("password", "short")]).status == 422, "and the link stays good")
        let done = try await browser.submit(link, [("password", "another four words here")])
        #expect(try await browser.follow(done).text.contains("Your password is changed."))
        #expect(await other.get("/.gatehouse/").status == 303, "signed out")
        #expect(try await browser.signIn().status == 401)
        let login = [("username", "ada"), ("password", "another four words here")]
        #expect(try await browser.submit("/.gatehouse/login", login).status == 303)
        #expect(try await browser.submit(link, [("password", "yet another four words")]).status == 400)
    }

    @Test func `is answered alike for those who have no account (ASVS 6.3.8)`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        let known = try await browser.submit("/.gatehouse/forgot", [("login", "ada")])
        let unknown = try await browser.submit("/.gatehouse/forgot", [("login", "nobody@example.com")])
        #expect(known.status == 303 && unknown.status == 303)
        #expect(known.field("location") == unknown.field("location"))
        #expect(stage.stores.outbox.mails.count == 1)
    }

    @Test func `gets its mail in the language of the page, with a link to public_url whatever the Host`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser("LOGIN.example.com:8443")
        browser.acceptLanguage = "de"
        _ = try await browser.submit("/.gatehouse/forgot", [("login", "ada")])
        let mail = try #require(stage.stores.outbox.mails.last)
        #expect(mail.language == "de")
        #expect(mail.link?.hasPrefix("https://login.example.com/.gatehouse/reset?token=ghv_") == true)
    }
}

@Suite struct `A password that must be changed` {
    @Test func `opens nothing but the page to change it, and then leads where one was going`() async throws {
        let stage = try Stage()
        try await stage.addUser("olivia", email: nil, mustChangePassword: true)
        let browser = stage.browser()
        let page = try await browser.submit(
            "/.gatehouse/login?rd=%2Fplants%2F1", [("username", "olivia"), ("password", Stage.password)])
        #expect(page.status == 200)
        #expect(page.text.contains("Choose your own password"))
        #expect(page.cookie("__Host-gatehouse") == nil)
        let hidden = page.hiddenFields.map { ($0.key, $0.value) }
        let same = await browser.post("/.gatehouse/first-password", hidden + [("password", Stage.password)])
        #expect(same.status == 422)
        #expect(same.text.contains("another one than before"))
        let done = await browser.post("/.gatehouse/first-password", hidden + [("password", "my own four words")])
        #expect(done.field("location") == "/.gatehouse/login?done=password&rd=%2Fplants%2F1")
        let location = try #require(done.field("location"))
        let signedIn = try await browser.submit(location, [("username", "olivia"), ("password", "my own four words")])
        #expect(signedIn.field("location") == "/plants/1")
    }
}

@Suite struct `An invitation` {
    private func invite(_ stage: Stage, _ email: String) async throws -> String {
        let admin = try await stage.addUser(
            "boss", email: "boss@example.com",
            memberships: [PlantMembership(plantID: PlantID(1), plantCode: "graz", plantName: "Werk Graz", role: .admin)]
        )
        let principal = try #require(try await stage.stores.roles.principal(of: admin))
        try await InviteUser(stage.environment)(
            email, to: "graz", as: .engineer, by: Requester(user: admin, principal: principal))
        return try stage.mailedLink()
    }

    @Test func `shows what is offered, and makes the account`() async throws {
        let stage = try Stage(people: PeopleSettings(registration: .invite))
        let link = try await invite(stage, "new@example.com")
        let browser = stage.browser()
        let page = await browser.get(link)
        for text in ["Werk Graz", "Engineer", "new@example.com", "autocomplete=\"new-password\""] {
            #expect(page.text.contains(text), "\(text)")
        }
        #expect(try await browser.submit(link, [("password", "short")]).status == 422)
        let done = try await browser.submit(link, [("password", "four words in a row"), ("name", "Nina New")])
        #expect(done.field("location") == "/.gatehouse/login?done=invited")
        let form = [("username", "new@example.com"), ("password", "four words in a row")]
        _ = try await browser.submit("/.gatehouse/login", form)
        #expect(await browser.get("/.gatehouse/").text.contains("Werk Graz"))
        #expect(await browser.get(link).status == 400, "it is used up")
    }

    @Test func `to somebody with an account needs one click, and no password`() async throws {
        let stage = try Stage(people: PeopleSettings(registration: .invite))
        try await stage.addUser()
        let link = try await invite(stage, "ada@example.com")
        let browser = stage.browser()
        #expect(await !browser.get(link).text.contains("type=\"password\""))
        #expect(try await browser.submit(link, []).status == 303)
    }
}
