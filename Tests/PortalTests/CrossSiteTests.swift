import Testing

@testable import Portal

@Suite struct `A form` {
    private static let formType = ("Content-Type", "application/x-www-form-urlencoded")

    @Test(arguments: [
        ("another site", [("Sec-Fetch-Site", "cross-site")]), ("a sister host", [("Sec-Fetch-Site", "same-site")]),
        ("a foreign origin", [("Origin", "https://evil.com")]),
        (
            "a foreign origin that claims to be ours",
            [("Origin", "https://evil.com"), ("Sec-Fetch-Site", "same-origin")]
        ),
        ("a sandboxed frame", [("Origin", "null")]),
        ("a sandboxed frame of another site", [("Origin", "null"), ("Sec-Fetch-Site", "cross-site")]),
        ("the same host without TLS", [("Origin", "http://login.example.com")]),
        ("another port", [("Origin", "https://login.example.com:444")]),
        ("two origins", [("Origin", "https://login.example.com"), ("Origin", "https://login.example.com")]),
        ("an origin that is none", [("Origin", "login.example.com")]),
    ])
    func `from elsewhere is refused although its token is right`(who: String, fields: [(String, String)]) async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        let form = await browser.get("/.gatehouse/login").hiddenFields.map { ($0.key, $0.value) }
        let answer = await browser.post(
            "/.gatehouse/login", form + [("username", "ada"), ("password", Stage.password)],
            fields: [Self.formType] + fields)
        #expect(answer.status == 403, "\(who)")
        #expect(answer.cookie("__Host-gatehouse") == nil)
    }

    @Test(arguments: [
        [("Sec-Fetch-Site", "same-origin"), ("Origin", "https://login.example.com")],
        [("Sec-Fetch-Site", "same-origin"), ("Origin", "null")], [("Sec-Fetch-Site", "none")],
        [("Origin", "https://LOGIN.example.com:443")], [],
    ])
    func `from our own page is taken`(fields: [(String, String)]) async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        let form = await browser.get("/.gatehouse/login").hiddenFields.map { ($0.key, $0.value) }
        let answer = await browser.post(
            "/.gatehouse/login", form + [("username", "ada"), ("password", Stage.password)],
            fields: [Self.formType] + fields)
        #expect(answer.status == 303)
    }

    @Test(arguments: ["", "x", String(repeating: "A", count: 43), "own"])
    func `without the secret of its host's cookie is refused`(given: String) async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        let secret = try #require(await browser.get("/.gatehouse/login").hiddenFields["csrf"])
        let token = given == "own" ? secret : given
        if given == "own" { browser.cookies = [:] }
        let answer = await browser.post(
            "/.gatehouse/login", [("csrf", token), ("username", "ada"), ("password", Stage.password)])
        #expect(answer.status == 403)
        #expect(answer.cookie("__Host-gatehouse") == nil)
        #expect(answer.text.contains("role=\"alert\""), "and the form comes again, with a fresh secret")
        #expect(!answer.text.contains("value=\"ada\""))
    }

    @Test func `cannot be made with a cookie that is no secret of ours (planted cookie)`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        for planted in ["x", "", "a\"b"] {
            let browser = stage.browser()
            browser.cookies[Stage.publicHost] = ["__Host-gatehouse-csrf": planted]
            let answer = await browser.post(
                "/.gatehouse/login", [("csrf", planted), ("username", "ada"), ("password", Stage.password)])
            #expect(answer.status == 403)
        }
    }

    @Test func `works in two tabs at once`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        let first = await browser.get("/.gatehouse/login").hiddenFields
        let second = await browser.get("/.gatehouse/login")
        #expect(first["csrf"] == second.hiddenFields["csrf"])
        #expect(second.cookie("__Host-gatehouse-csrf") == nil)
    }

    @Test func `has a secret of 256 bits that no two browsers share`() async throws {
        let stage = try Stage()
        let secrets = await [stage.browser(), stage.browser()].asyncMap {
            await $0.get("/.gatehouse/login").hiddenFields["csrf"] ?? ""
        }
        #expect(Set(secrets).count == 2)
        #expect(secrets.allSatisfy { $0.utf8.count == 43 })
    }
}

@Suite struct `What a browser sends` {
    @Test(arguments: [nil, "application/json", "multipart/form-data; boundary=x", "text/plain", ""])
    func `is refused when it is no form`(type: String?) async throws {
        let stage = try Stage()
        let answer = await stage.browser().post(
            "/.gatehouse/login", [("a", "b")], fields: type.map { [("Content-Type", $0)] } ?? [])
        #expect(answer.status == 415)
        #expect(answer.field("accept-post") == "application/x-www-form-urlencoded")
    }

    @Test func `is a form whatever the case and parameters of its type`() async throws {
        let stage = try Stage()
        let answer = await stage.browser().post(
            "/.gatehouse/login", [("a", "b")],
            fields: [("Content-Type", "Application/X-WWW-Form-URLencoded; charset=UTF-8")])
        #expect(answer.status == 403)
    }

    @Test(arguments: ["a=%", "a=%4", "a=%zz", "a=%ff", "a=1&a=2", "%61=1&a=2", "username=x&username=y"])
    func `is refused when it can be read in two ways`(body: String) async throws {
        #expect(FormFields(Array(body.utf8)) == nil)
        let stage = try Stage()
        #expect(await stage.browser().get("/.gatehouse/login?" + body).status == 400)
    }

    @Test func `is bounded in number and size`() async throws {
        let many = (0..<33).map { "f\($0)=1" }.joined(separator: "&")
        #expect(FormFields(Array(many.utf8)) == nil)
        let stage = try Stage()
        let answer = await stage.browser().post(
            "/.gatehouse/login", [("username", String(repeating: "x", count: 17_000))])
        #expect(answer.status == 413)
    }

    @Test func `is decoded once`() throws {
        let form = try #require(FormFields(Array("a+b=%2541%20c&empty=&flag&=x".utf8)))
        #expect(form["a b"] == "%41 c")
        #expect(form["empty"] == nil)
        #expect(form["flag"] == nil)
    }
}

extension Sequence {
    /// Maps one after another.
    func asyncMap<Value>(_ transform: (Element) async -> Value) async -> [Value] {
        var values: [Value] = []
        for element in self { values.append(await transform(element)) }
        return values
    }
}
