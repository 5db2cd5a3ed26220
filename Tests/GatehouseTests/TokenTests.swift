import Foundation
import Testing

/// API tokens and rotated cookies, from the command line and the browser to the application.
struct TokenTests {
    private let detroit = "https://spc.localhost/plants/detroit/limits"

    @Test func `an API token opens what its user may do, held to its ceiling, until it is revoked`() async throws {
        try await Site.with { site in
            let client = site.gateway.client()
            let token = try await site.shell.run("token", "create", "erin", "--name", "robot").output
                .trimmingCharacters(in: .newlines)
            #expect(token.hasPrefix("ght_") && token.utf8.count == 47)
            let bearer = "Authorization: Bearer \(token)"
            let seen = try await client.ask(detroit, "--header", bearer).received
            #expect(seen["x-gatehouse-user"] == "erin" && seen["x-gatehouse-role"] == "engineer")
            #expect(seen["authorization"] == nil)
            #expect(try await client.ask(detroit, "--header", bearer, "--request", "PUT").status == 200)
            #expect(try await client.ask(detroit, "--cookie", "__Host-gatehouse=\(token)").status == 401)

            let narrow = try await site.shell.object(
                "token", "create", "erin", "--name", "reader", "--plant", "detroit", "--max-role", "operator",
                "--expires", "90d")
            let reader = "Authorization: Bearer \(try #require(narrow["token"] as? String))"
            #expect(try await client.ask(detroit, "--header", reader).received["x-gatehouse-role"] == "operator")
            #expect(try await client.ask(detroit, "--header", reader, "--request", "PUT").status == 403)
            #expect(try await client.ask("https://lyon.reports.localhost/q3", "--header", reader).status == 403)
            #expect(try await client.ask("https://lyon.reports.localhost/q3", "--header", bearer).status == 200)

            let listed = try await site.shell.list("token", "list", "erin")
            #expect(Set(listed.compactMap { $0["name"] as? String }) == ["robot", "reader"])
            #expect(listed.allSatisfy { $0["token"] == nil }, "it can be seen once")
            let id = try #require(listed.first { $0["name"] as? String == "robot" }?["id"] as? String)
            _ = try await site.shell.object("token", "revoke", id)
            try await eventually("the token is revoked") {
                try await client.ask(detroit, "--header", bearer).status == 401
            }
            #expect(try await client.ask(detroit, "--header", reader).status == 200)
            _ = try await site.shell.object("role", "revoke", "erin", "detroit")
            try await eventually("the role is gone") {
                try await client.ask(detroit, "--header", reader).status == 403
            }
        }
    }

    @Test(arguments: [
        (["token", "create", "nobody", "--name", "x"], 1, "no such user"),
        (["token", "create", "erin"], 64, "--name"),
        (["token", "create", "erin", "--name", ""], 2, "1 to 100"),
        (["token", "create", "erin", "--name", "x", "--max-role", "boss"], 2, "operator, supervisor"),
        (["token", "create", "erin", "--name", "x", "--plant", "atlantis"], 1, "no such plant"),
        (["token", "create", "erin", "--name", "x", "--expires", "soon"], 2, "90d"),
        (["token", "revoke", "17"], 2, "token list"),
        (["token", "revoke", "00000000-0000-4000-8000-000000000000"], 1, "no such live API token"),
    ])
    func `what cannot be done with tokens ends with its code and a sentence`(
        arguments: [String], code: Int, sentence: String
    ) async throws {
        let shell = Shell(database: try await People.database())
        let outcome = try await shell.run(arguments)
        #expect(Int(outcome.code) == code)
        #expect(outcome.errors.localizedCaseInsensitiveContains(sentence), "\(outcome.errors)")
        #expect(outcome.output.isEmpty)
    }

    @Test func `a page load rotates the cookie, once for all; the former one used late ends the session`() async throws
    {
        try await Site.with(change: {
            $0.workers = 2
            $0.sections = "sessions: {rotate: 8s, rotation_grace: 60s}"
        }) { site in
            let person = site.gateway.client()
            #expect(try await person.signIn("erin", at: detroit).status == 200)
            let first = try #require(person.cookie(of: "spc.localhost"))
            try await Task.sleep(for: .milliseconds(8_100))

            // Whatever the browser asks for at that moment, in whatever order it arrives.
            let holder = site.gateway.client(session: first)
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for number in 0..<24 {
                    group.addTask {
                        number % 2 == 0 ? try await holder.load(detroit) : try await holder.ask(detroit)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.map(\.status) == Array(repeating: 200, count: 24))
            let next: Set<String> = Set(answers.flatMap { $0.sessionCookies })
            #expect(next.count == 1)
            let token: String = try #require(next.first)
            let second = site.gateway.client(session: token)
            #expect(try await second.ask(detroit).status == 200)
            #expect(try await holder.ask(detroit).status == 200, "within the grace")

            // A minute later, or with a grace that has become shorter.
            let text = Scratch.text(site.gateway.configuration)
            try await site.gateway.reload(text.replacing("rotation_grace: 60s", with: "rotation_grace: 0s"))
            try await eventually("the former cookie is taken for stolen") {
                try await holder.ask(detroit).status == 401
            }
            try await eventually("the whole session is over") { try await second.ask(detroit).status == 401 }
            let reasons = try await site.shell.list("session", "list", "erin")
            #expect(reasons.compactMap { $0["revocation_reason"] as? String } == ["token_reused"])
        }
    }
}

extension Client {
    /// The session cookie that the jar holds for a host.
    fileprivate func cookie(of host: String) -> String? {
        for line in Scratch.text(jar).split(separator: "\n") {
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard columns.count == 7, columns[0].hasSuffix(host), columns[5] == "__Host-gatehouse" else { continue }
            return columns[6]
        }
        return nil
    }
}

extension Answer {
    /// The session cookies that the last head sets.
    fileprivate var sessionCookies: [String] {
        let name = "__Host-gatehouse="
        var cookies: [String] = []
        for field in fields where field.name.lowercased() == "set-cookie" && field.value.hasPrefix(name) {
            cookies.append(String(field.value.dropFirst(name.count).prefix { $0 != ";" }))
        }
        return cookies
    }
}
