import Foundation
import Testing

/// The main job, from the login page to the application and out again.
struct SignInTests {
    private let detroit = "https://spc.localhost/plants/detroit/limits"

    @Test func `whoever signs in lands where they were going, and the application knows who they are`() async throws {
        let site = try await Site.shared
        let answer = try await site.gateway.client().signIn("olivia", at: "\(detroit)?from=monday&x=%C3%BC")
        #expect(answer.status == 200)
        #expect(answer.url == "\(detroit)?from=monday&x=%C3%BC")
        #expect(answer.body.contains("Hello, Olivia Operator") && answer.body.contains("<dd>detroit</dd>"))
    }

    @Test func `an application is told the person, the plant and the role, and never the cookie`() async throws {
        let site = try await Site.shared
        let seen = try await site.client(as: "erin").ask(detroit, "--cookie", "theme=dark").received
        #expect(seen["x-gatehouse-user"] == "erin" && seen["x-gatehouse-email"] == "erin@example.com")
        #expect(seen["x-gatehouse-name"] == "Erin%20Engineer" || seen["x-gatehouse-name"] == "Erin Engineer")
        #expect(seen["x-gatehouse-plant"] == "detroit" && seen["x-gatehouse-role"] == "engineer")
        #expect(seen["x-gatehouse-plant-id"].flatMap { Int($0) } != nil)
        #expect(UUID(uuidString: seen["x-gatehouse-user-id"] ?? "") != nil)
        #expect(UUID(uuidString: seen["x-gatehouse-session-id"] ?? "") != nil)
        #expect(seen["x-forwarded-proto"] == "https" && seen["x-forwarded-host"] == "spc.localhost")
        #expect(seen["x-forwarded-for"] == "127.0.0.1" && seen["x-request-id"] != nil)
        #expect(seen["cookie"] == "theme=dark")
    }

    @Test func `one sign-in serves every host, and signing out ends all of it at once`() async throws {
        let site = try await Site.shared
        let person = site.gateway.client()
        #expect(try await person.signIn("erin@example.com", at: "https://localhost/").status == 200)
        for url in [detroit, "https://lyon.reports.localhost/q3"] {
            let answer = try await person.load(url)
            #expect(answer.status == 200 && answer.url == url, "no second password is asked for")
            #expect(answer.body.contains("Erin Engineer"))
        }
        let out = try await person.load("https://spc.localhost/.gatehouse/logout")
        #expect(try await person.send(out.form(), to: out).body.contains("You are signed out"))
        for url in ["https://localhost/", detroit, "https://lyon.reports.localhost/q3"] {
            #expect(try await person.ask(url).status == 401, "\(url)")
        }
    }

    @Test func `a wrong password, an unknown user and a suspended one are answered alike`() async throws {
        let site = try await Site.shared
        try await site.shell.create("alike")
        _ = try await site.shell.run("user", "suspend", "alike")
        var pages: Set<String> = []
        for (username, password) in [
            ("olivia", "not the right one"), ("nobody", People.password), ("alike", People.password),
        ] {
            let answer = try await site.gateway.client().signIn(username, password: password, at: "https://localhost/")
            #expect(answer.status == 401)
            pages.insert(
                answer.body.replacing(username, with: "USER").replacing(#/name="csrf" value="[^"]*"/#, with: "CSRF"))
        }
        #expect(pages.count == 1)
    }

    @Test func `a program that is not signed in gets 401 with the way to the login page`() async throws {
        let answer = try await Site.shared.gateway.client().ask(detroit)
        #expect(answer.status == 401)
        #expect(answer["Content-Type"] == "application/problem+json")
        #expect((try answer.object["login_url"] as? String)?.hasPrefix("https://localhost/.gatehouse/login") == true)
    }

    @Test func `the wrong role is 403 with a decision id, as a page and as JSON`() async throws {
        let site = try await Site.shared
        let olivia = try await site.client(as: "olivia")
        let answer = try await olivia.ask(detroit, "--request", "PUT", "--data", "x")
        #expect(answer.status == 403)
        let problem = try answer.object
        #expect(problem["role_needed"] as? String == "engineer" && problem["plant"] as? String == "detroit")
        let decision = try #require(problem["decision_id"] as? String)
        #expect(problem["code"] is String && !decision.isEmpty)
        try await eventually("the decision is in the access log") {
            try site.gateway.accessLog.contains { $0["decision_id"] as? String == decision }
        }
        let page = try await site.client(as: "olivia").load("https://lyon.reports.localhost/q3")
        #expect(page.status == 403 && page["Content-Type"]?.hasPrefix("text/html") == true)
        #expect(page.body.contains("olivia") && page.body.contains("lyon"))
    }

    @Test func `a plant is found by its id as by its code`() async throws {
        let site = try await Site.shared
        let plants = try await site.shell.list("plant", "list")
        let id = try #require(plants.first { $0["code"] as? String == "detroit" }?["id"] as? Int)
        let seen = try await site.client(as: "olivia").ask("https://spc.localhost/plants/\(id)/limits").received
        #expect(seen["x-gatehouse-plant"] == "detroit" && seen["x-gatehouse-plant-id"] == String(id))
    }

    @Test func `a plant without a role and one that does not exist answer byte for byte alike`() async throws {
        let olivia = try await Site.shared.client(as: "olivia")
        var answers: Set<String> = []
        for plant in ["lyon", "atlantis"] {
            let answer = try await olivia.ask("https://spc.localhost/plants/\(plant)/limits")
            #expect(answer.status == 403)
            let ids = try ["request_id", "decision_id"].map { try #require(try answer.object[$0] as? String) }
            let body = ids.reduce(answer.body.replacing(plant, with: "PLANT")) { $0.replacing($1, with: "ID") }
            let names = answer.fields.map(\.name).joined(separator: ",")
            answers.insert("\(answer.status) \(names) \(body)")
        }
        #expect(answers.count == 1, "\(answers)")
    }

    @Test(arguments: [
        "X-Gatehouse-User: root", "x-gatehouse-role: admin", "X_Gatehouse_Plant: lyon", "X-GATEHOUSE_ROLES: ADMIN",
        "X-Forwarded-User: root", "Remote-User: root", "X-WEBAUTH-USER: root", "X-Gatehouse-Anything: root",
        "Connection: close, X-Gatehouse-User\nX-Gatehouse-User: root",
    ])
    func `forged identity headers do not arrive, neither at a protected route nor at a public one`(
        header: String
    ) async throws {
        let site = try await Site.shared
        let olivia = try await site.client(as: "olivia")
        let options = header.split(separator: "\n").flatMap { ["--header", String($0)] }
        for url in [detroit, "https://spc.localhost/assets/logo"] {
            let answer = try await Curl.ask(try await olivia.common + options + [url])
            #expect(answer.status == 200)
            let seen = try answer.received
            #expect(!seen.values.contains("root") && !seen.keys.contains { $0.contains("_") }, "\(seen)")
            #expect(seen["x-gatehouse-role"] != "admin" && seen["x-gatehouse-plant"] != "lyon")
            if url == detroit { #expect(seen["x-gatehouse-user"] == "olivia") }
        }
    }
}

extension Shell {
    /// Makes a person with the usual password.
    func create(_ username: String) async throws {
        let outcome = try await run("user", "create", username, input: "\(People.password)\n")
        try #require(outcome.code == 0, "\(outcome.errors)")
    }
}
