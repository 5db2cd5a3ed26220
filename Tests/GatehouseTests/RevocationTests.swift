import Foundation
import GatehouseTesting
import Testing

/// What the command line, or another gateway, takes away is gone at every gateway at once, whatever they remember.
@Suite struct RevocationTests {
    private static let url = "https://spc.localhost/plants/detroit/x"

    /// Two gateways on one database, which by themselves would trust what they know for ten minutes.
    private func withTwo(_ body: (_ site: Site, _ other: Gateway) async throws -> Void) async throws {
        try await Site.with(change: { $0.staleness = "10m" }) { site in
            let configuration = Configuration(
                database: site.shell.database, application: site.application.url, staleness: "10m", workers: 2)
            let other = try await Gateway.start(configuration)
            do {
                for gateway in [site.gateway, other] { try await listens(gateway) }
                try await body(site, other)
            } catch {
                await other.child.stop()
                throw error
            }
            await other.child.stop()
        }
    }

    private func listens(_ gateway: Gateway) async throws {
        try await eventually("it hears of changes") {
            try await gateway.operations("/metrics").body.contains("\ngatehouse_feed_up 1\n")
        }
    }

    @Test(arguments: [
        ("session", 401), ("suspension", 401), ("role", 403), ("lower role", 403), ("password", 401), ("plant", 403),
        ("expiry", 401), ("by hand", 401),
    ]) func `access ends at once on every gateway`(what: String, expected: Int) async throws {
        try await withTwo { site, other in
            let cookie = try await site.session(of: "erin")
            let clients = [site.gateway, other].map { $0.client(session: cookie) }
            for client in clients { #expect(try await client.ask(Self.url, "--request", "PUT").status == 200) }
            let shell = site.shell
            switch what {
            case "session":
                let id = try #require(try await shell.list("session", "list", "erin").first?["id"] as? String)
                _ = try await shell.object("session", "revoke", id)
            case "suspension": _ = try await shell.object("user", "suspend", "erin")
            case "role": _ = try await shell.object("role", "revoke", "erin", "detroit")
            case "lower role": _ = try await shell.object("role", "grant", "erin", "detroit", "supervisor")
            case "password": _ = try await shell.object("user", "set-password", "erin", input: "another pass phrase\n")
            case "plant": try await shell.sql("UPDATE plants SET is_active = false WHERE code = 'detroit'")
            case "expiry": try await shell.sql("UPDATE user_sessions SET expires_at = now() + interval '1 microsecond'")
            default:
                try await shell.sql("UPDATE user_sessions SET revoked_at = now(), revocation_reason = 'revoked'")
            }
            for client in clients {
                try await eventually("\(what) is heard of") {
                    try await client.ask(Self.url, "--request", "PUT").status == expected
                }
            }
            // And stays so.
            for client in clients { #expect(try await client.ask(Self.url, "--request", "PUT").status == expected) }
        }
    }

    /// A long poll: it was allowed when it was asked, and is not any more when its answer comes.
    @Test(arguments: ["--http1.1", "--http2"])
    func `an answer that was long in coming reaches whoever still has the right to it, and nobody else`(
        version: String
    ) async throws {
        try await Site.with(application: try await .scripted(), change: { $0.staleness = "10m" }) { site in
            try await listens(site.gateway)
            let cookie = try await site.session(of: "erin")
            let client = site.gateway.client(session: cookie)
            let other = site.gateway.client(session: try await site.session(of: "erin"))
            let poll = "https://spc.localhost/plants/detroit/poll"
            async let answer = try? await client.ask(poll, version)
            async let answerOfOther = other.ask(poll, version)
            try await eventually("the application is asked") {
                try await site.application.polls == 2
            }
            let ended = try #require(try await site.shell.list("session", "list", "erin").last?["id"] as? String)
            _ = try await site.shell.object("session", "revoke", ended)
            try await eventually("it is heard of") {
                let statuses = [try await client.ask(Self.url).status, try await other.ask(Self.url).status]
                return statuses.sorted() == [200, 401]
            }
            let isFirst = try await client.ask(Self.url).status == 401
            try await site.application.tell()
            let answers = (await answer, try? await answerOfOther)
            #expect((isFirst ? answers.0 : answers.1) == nil)
            #expect((isFirst ? answers.1 : answers.0)?.status == 200)
        }
    }

    @Test func `what is granted counts at once on every gateway`() async throws {
        try await withTwo { site, other in
            let cookie = try await site.session(of: "nora")
            let clients = [site.gateway, other].map { $0.client(session: cookie) }
            for client in clients { #expect(try await client.ask(Self.url).status == 403) }
            _ = try await site.shell.object("role", "grant", "nora", "detroit", "operator")
            for client in clients {
                try await eventually("the role is heard of") { try await client.ask(Self.url).status == 200 }
            }
            try await site.shell.sql("UPDATE plants SET is_active = false WHERE code = 'detroit'")
            for client in clients {
                try await eventually("the plant is heard of") { try await client.ask(Self.url).status == 403 }
            }
            try await site.shell.sql("UPDATE plants SET is_active = true WHERE code = 'detroit'")
            for client in clients {
                try await eventually("and again") { try await client.ask(Self.url).status == 200 }
            }
        }
    }

    @Test func `signing out on one gateway ends the session on the other`() async throws {
        try await withTwo { site, other in
            let here = site.gateway.client()
            _ = try await here.signIn("erin", at: "https://localhost/")
            // The last field of the jar's line.
            let line = Scratch.text(here.jar).split(separator: "\n").first { $0.contains("\t__Host-gatehouse\t") }
            let cookie = try #require(line?.split(separator: "\t").last.map { String($0) })
            let there = other.client(session: cookie)
            #expect(try await there.ask("https://localhost/x").status == 200)
            let page = try await here.load("https://localhost/.gatehouse/logout")
            _ = try await here.send(page.form(), to: page)
            try await eventually("it is heard of") { try await there.ask("https://localhost/x").status == 401 }
        }
    }

    @Test func `metrics tell of changes and how long they took`() async throws {
        try await withTwo { site, other in
            _ = try await site.shell.object("role", "grant", "nora", "lyon", "operator")
            try await eventually("it is counted") {
                let text = try await other.operations("/metrics").body
                return text.contains("gatehouse_feed_changes_total{kind=\"role\"} 1\n")
                    && text.contains("gatehouse_revocation_lag_seconds_count 1\n")
                    && text.contains("gatehouse_feed_losses_total 0\n")
            }
        }
    }
}

extension Shell {
    /// Runs SQL, as an administrator of the database does by hand.
    fileprivate func sql(_ text: String) async throws {
        let name = database.dropFirst("postgresql:///".count).prefix { $0 != "?" }
        try await PrivatePostgres.shared().psql(text, database: String(name))
    }
}
