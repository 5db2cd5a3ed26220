import Foundation
import GatehouseTesting
import Testing

/// What a gateway asks its database, and what it does without one.
struct DatabaseFailureTests {
    private let url = "https://spc.localhost/plants/detroit/x"

    @Test func `a warm request makes no database query`() async throws {
        let server = try await PrivatePostgres.start(
            settings: ["log_statement": "all", "log_line_prefix": "%a|"])
        let database = try await server.createDatabase()
        try await People.fill(database)
        try await Site.with(database: database, change: { $0.staleness = "10m" }) { site in
            let erin = try await site.client(as: "erin")
            #expect(try await erin.ask(url).status == 200)
            try await Task.sleep(for: .milliseconds(300))
            let before = statements(server)
            #expect(before.contains { $0.contains("session_tokens") }, "the log tells of the first lookup")

            let answers = try await Child.start(
                ["curl", "--silent", "--write-out", "%{http_code}\n", "--output", "/dev/null"] + erin.common
                    + ["\(url)?[1-1000]"])
            _ = await answers.exitCode
            #expect(answers.outputText.split(separator: "\n").filter { $0 == "200" }.count == 1_000)
            // What notes the last use of sessions, and what proves that the feed of changes is up, run by the clock, however
            // many requests there are; and so does what removes old rows, for the first time soon after the start.
            let others = statements(server).dropFirst(before.count)
                .filter { !$0.contains("last_used_at =") && !$0.contains("pg_notify(") && !$0.contains("DELETE") }
            #expect(!others.contains { $0.contains("session_tokens") }, "\(others)")
            #expect(others.count < 30, "\(others)")
        }
        await server.remove()
    }

    private func statements(_ server: PrivatePostgres) -> [Substring] {
        // A statement of several lines goes on with tabs.
        Scratch.text("\(server.folder)/server.log").replacing("\n\t", with: " ").split(separator: "\n")
            .filter { $0.contains("execute ") || $0.contains("statement: ") }
    }

    @Test func `kill -9 of PostgreSQL during load opens nothing, ends nothing, and heals by itself`() async throws {
        let server = try await PrivatePostgres.start()
        let database = try await server.createDatabase()
        try await People.fill(database)
        try await Site.with(database: database, change: { $0.staleness = "6s" }) { site in
            let olivia = try await site.client(as: "olivia")
            let erin = try await site.client(as: "erin")
            let nora = try await site.client(as: "nora")
            // That one of them is nobody is remembered for some seconds; the other is new.
            let anotherStranger = site.gateway.client(session: "ghs_" + String(repeating: "A", count: 43))
            let stranger = site.gateway.client(session: "ghs_" + String(repeating: "B", count: 43))
            #expect(try await olivia.ask(url).status == 200)
            #expect(try await site.gateway.operations("/readyz").status == 200)

            var loads: [(name: String, codes: Set<String>, child: Child)] = []
            for (name, client, codes) in [
                ("olivia", olivia, ["200", "503"]), ("erin", erin, ["200", "503"]),
                // Who may not, may not at any moment.
                ("nora", nora, ["403", "503"]), ("another stranger", anotherStranger, ["401", "503"]),
                ("anyone", site.gateway.client(), ["401"]),
            ] { loads.append((name, Set(codes), try await load(client))) }
            try await Task.sleep(for: .milliseconds(500))
            try await server.kill()
            let killed = ContinuousClock.now
            #expect(try await olivia.ask(url).status == 200, "what is cached serves on for a while")

            // The last answer of the database is at most as old as the kill.
            try await Task.sleep(until: killed + .seconds(6))
            for _ in 0..<5 {
                let answer = try await olivia.ask(url)
                #expect(answer.status == 503)
                #expect(answer["Retry-After"].flatMap { Int($0) } ?? 0 > 0)
                #expect(try await olivia.ask(url, "--request", "PUT").status == 503, "no wrong allow, no wrong denial")
                #expect(try await stranger.ask(url).status == 503)
                #expect(try await olivia.ask("https://spc.localhost/assets/logo").status == 200, "public routes go on")
            }
            #expect(try await site.gateway.operations("/readyz").status == 503)
            #expect(try await site.gateway.operations("/healthz").status == 200)
            for load in loads { #expect(load.child.isRunning, "all this under load") }

            // What is revoked before the gateway has asked again is never let in by what it knew.
            try await server.restart()
            #expect(try await site.shell.run("session", "revoke-all", "erin").code == 0)
            let revoked = ContinuousClock.now
            var codes: Set<Int> = []
            try await eventually("it serves again") {
                codes.insert(try await erin.ask(url).status)
                return try await olivia.ask(url).status == 200
            }
            codes.insert(try await erin.ask(url).status)
            // Between the restart and the revocation the load of erin's may have brought her session back: for as long
            // as an answer holds, and no longer.
            if codes.contains(200) { try await Task.sleep(until: revoked + .seconds(7)) }
            #expect(try await erin.ask(url).status == 401)
            #expect(try await stranger.ask(url).status == 401)
            #expect(try await nora.ask(url).status == 403)
            try await eventually("it is ready") { try await site.gateway.operations("/readyz").status == 200 }
            #expect(site.gateway.child.isRunning)
            for (name, allowed, child) in loads {
                await child.stop()
                // The last line may have been cut off with its writer.
                let codes = Set(child.outputText.split(separator: "\n").dropLast().map { String($0.prefix(3)) })
                #expect(codes.isSubset(of: allowed.union(name == "erin" ? ["401"] : [])), "\(name) got \(codes)")
                #expect(!codes.isEmpty)
            }
        }
        await server.remove()
    }

    /// Requests of one client, one after the other, until they are stopped.
    private func load(_ client: Client) async throws -> Child {
        try await Child.start(
            ["stdbuf", "-oL", "curl", "--silent", "--rate", "100/s", "--output", "/dev/null"] + client.common
                + ["--write-out", "%{http_code} %{time_total}\n", "\(url)?[1-1000000]"])
    }
}
