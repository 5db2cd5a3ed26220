import Accounts
import Identity
import Portal
import Testing

@Suite struct `Signing in` {
    @Test(arguments: ["ada", "ADA", "ada@example.com", "Ada@Example.COM"])
    func `works with username or email in any case, and lands where one was going`(login: String) async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        let answer = try await browser.signIn("/.gatehouse/login?rd=%2Fplants%2Fdetroit%3Fview%3D1", username: login)
        #expect(answer.status == 303)
        #expect(answer.field("location") == "/plants/detroit?view=1")
        let home = await browser.get("/.gatehouse/")
        #expect(home.status == 200)
        #expect(home.text.contains("Hello, Ada Lovelace"))
    }

    @Test func `sets a host cookie that scripts and other sites never see (RFC 6265bis)`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let cookie = try #require(try await stage.browser().signIn().cookie("__Host-gatehouse"))
        #expect(Token(cookie.value, kind: .session) != nil)
        #expect(Set(cookie.attributes) == ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"])
    }

    @Test func `without a place to go to ends at the home page`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        #expect(try await stage.browser().signIn().field("location") == "/.gatehouse/")
    }

    @Test func `answers an unknown user and a wrong password alike (ASVS 6.3.8)`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        let before = stage.hashingWork
        let wrong = try await browser.submit(
            "/.gatehouse/login?rd=%2Fa", [("username", "ada"), ("password", "not it at all")])
        let between = stage.hashingWork
        let unknown = try await browser.submit(
            "/.gatehouse/login?rd=%2Fa", [("username", "bob"), ("password", "not it at all")])
        #expect(wrong.status == 401)
        #expect(wrong.text.contains("role=\"alert\""))
        #expect(wrong.text.contains("value=\"ada\""), "the username is kept")
        #expect(!wrong.text.contains("not it at all"), "the password is not")
        #expect(wrong.text.replacing("\"ada\"", with: "\"bob\"") == unknown.text)
        #expect(unknown.status == wrong.status)
        #expect(unknown.fields.map(\.value) == wrong.fields.map(\.value))
        #expect(stage.hashingWork - between == between - before, "both take one hash")
        #expect(wrong.cookie("__Host-gatehouse") == nil)
    }

    @Test func `keeps the destination through a wrong password`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        let wrong = try await browser.submit("/.gatehouse/login?rd=%2Fa%3Fb", [("username", "ada"), ("password", "x")])
        let form = wrong.hiddenFields.map { ($0.key, $0.value) }
        let right = await browser.post(
            "/.gatehouse/login", form + [("username", "ada"), ("password", Stage.password)])
        #expect(right.field("location") == "/a?b")
    }

    @Test(arguments: [[("username", "ada")], [("password", "x")], [("username", ""), ("password", "")]])
    func `asks for what is missing`(form: [(String, String)]) async throws {
        let stage = try Stage()
        let answer = try await stage.browser().submit("/.gatehouse/login", form)
        #expect(answer.status == 422)
        #expect(answer.text.contains("role=\"alert\""))
    }

    @Test func `never takes over a session: a new one begins and the old one ends (session fixation)`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        try await stage.addUser("grace", email: nil, name: nil)
        let browser = stage.browser()
        let first = try #require(try await browser.signIn().cookie("__Host-gatehouse")?.value)
        let second = try #require(
            try await browser.signIn("/.gatehouse/login?switch=1", username: "grace").cookie("__Host-gatehouse")?.value)
        #expect(first != second)
        let former = stage.browser()
        former.cookies[Stage.publicHost] = ["__Host-gatehouse": first]
        #expect(await former.get("/.gatehouse/").status == 303, "the old cookie opens nothing any more")
        #expect(await browser.get("/.gatehouse/").text.contains("Hello, grace"))
    }

    @Test func `does not adopt a planted token`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let planted = Token(.session, from: SystemRandomSource()).text
        let browser = stage.browser()
        browser.cookies[Stage.publicHost] = ["__Host-gatehouse": planted]
        #expect(try await browser.signIn().cookie("__Host-gatehouse")?.value != planted)
    }

    @Test func `goes straight on for a person who is signed in already`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        _ = try await browser.signIn()
        #expect(await browser.get("/.gatehouse/login?rd=%2Fx").field("location") == "/x")
        #expect(await browser.get("/.gatehouse/login").field("location") == "/.gatehouse/")
    }

    @Test func `offers to continue to a person who comes to switch accounts`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        _ = try await browser.signIn()
        let page = await browser.get("/.gatehouse/login?switch=1&rd=%2Fx")
        #expect(page.status == 200)
        #expect(page.text.contains("You are signed in as ada."))
        #expect(page.text.contains("<a href=\"/x\">Continue as ada</a>"))
    }

    @Test func `tells a crowd when to come again`() async throws {
        let stage = try Stage(queueMax: 0)
        let answer = try await stage.browser().signIn()
        #expect(answer.status == 503)
        #expect(Int(answer.field("retry-after") ?? "") ?? 0 >= 1)
        #expect(answer.text.contains("Too many people are signing in"))
    }

    @Test func `lets nobody in while the database is away`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        let page = await browser.get("/.gatehouse/login")
        stage.loseDatabase()
        let form = page.hiddenFields.map { ($0.key, $0.value) }
        let answer = await browser.post(
            "/.gatehouse/login", form + [("username", "ada"), ("password", Stage.password)])
        #expect(answer.status == 503)
        #expect(answer.field("retry-after") == "5")
        #expect(answer.cookie("__Host-gatehouse") == nil)
        #expect(!answer.text.contains("away"), "what the database said is not for visitors")
    }

    @Test func `takes a password as it is, whatever is in it`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        for odd in ["\u{0}", String(repeating: "x", count: 5_000), "a&b=c+d%20", "\u{301}<\">"] {
            let answer = try await stage.browser().submit(
                "/.gatehouse/login", [("username", "ada"), ("password", odd)])
            #expect(answer.status == 401)
        }
    }

    @Test func `knows which host a cookie is for (CVE-2026-25748)`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let token = try #require(try await stage.browser().signIn().cookie("__Host-gatehouse")?.value)
        for odd in [
            token.uppercased(), String(token.dropLast()), token + "A", "", "ghs_", " ", token + ";__Host-gatehouse=x",
        ] {
            let browser = stage.browser()
            browser.cookies[Stage.publicHost] = ["__Host-gatehouse": odd]
            #expect(await browser.get("/.gatehouse/").status == 303)
        }
        let elsewhere = stage.browser("spc.example.com")
        elsewhere.cookies["spc.example.com"] = ["__Host-gatehouse": token]
        #expect(await elsewhere.get("/.gatehouse/").status == 303)
    }
}
