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
            // What notes the last use of sessions runs by the clock, however many requests there are.
            let lookups = statements(server).dropFirst(before.count).filter { !$0.contains("last_used_at =") }
            #expect(lookups.isEmpty, "\(lookups)")
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
            let stranger = site.gateway.client(session: "ghs_" + String(repeating: "A", count: 43))
            #expect(try await olivia.ask(url).status == 200)
            #expect(try await site.gateway.operations("/readyz").status == 200)

            let load = try await Child.start(
                ["curl", "--silent", "--rate", "200/s", "--output", "/dev/null"] + olivia.common
                    + ["--write-out", "%{http_code} %{time_total}\n", "\(url)?[1-2000]"])
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

            try await server.restart()
            try await eventually(15, "it serves again") { try await olivia.ask(url).status == 200 }
            #expect(try await stranger.ask(url).status == 401)
            #expect(try await site.gateway.operations("/readyz").status == 200)
            #expect(site.gateway.child.isRunning)
            await load.stop()
            // The last line may have been cut off with its writer.
            let codes = Set(load.outputText.split(separator: "\n").dropLast().map { $0.prefix(3) })
            #expect(codes.isSubset(of: ["200", "503"]), "\(codes)")
        }
        await server.remove()
    }
}
