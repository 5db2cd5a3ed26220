import Foundation
import Testing

/// SIGTERM, SIGINT and SIGHUP.
struct LifecycleTests {
    @Test(arguments: [SIGTERM, SIGINT])
    func `a signal to stop lets a running answer end, accepts nothing new, and ends with 0`(
        signal: Int32
    ) async throws {
        try await Site.with(application: try await .scripted()) { site in
            let anyone = site.gateway.client()
            let slow = Task { try await anyone.ask("https://www.localhost/slow") }
            try await eventually("the slow answer has begun") { try await site.application.polls == 1 }
            site.gateway.child.send(signal)
            try await eventually("new connections are refused") {
                do {
                    return try await site.gateway.client().ask("https://www.localhost/").status == 0
                } catch let failure as CurlFailure {
                    return failure.code == 7
                }
            }
            #expect(site.gateway.child.isRunning, "the slow answer has not ended yet")
            try await site.application.tell()
            let answer = try await slow.value
            #expect(answer.status == 200 && answer.body == "beginended")
            #expect(await site.gateway.child.exitCode == 0)
            #expect(
                site.gateway.child.errorText.contains("\"draining\"")
                    && site.gateway.child.errorText.contains("\"stopped\""))
        }
    }

    @Test func `an answer that takes longer than the drain is cut off`() async throws {
        try await Site.with(application: try await .scripted(), change: { $0.sections = "limits: {drain: 500ms}" }) {
            site in
            let anyone = site.gateway.client()
            let slow = Task { try await anyone.ask("https://www.localhost/slow") }
            try await eventually("the slow answer has begun") { try await site.application.polls == 1 }
            site.gateway.child.send(SIGTERM)
            try await eventually("the gateway ends") { !site.gateway.child.isRunning }
            #expect(await site.gateway.child.exitCode == 0)
            await #expect(throws: CurlFailure.self) { try await slow.value }
        }
    }

    /// Whoever tells the workers something must not outlive them, or it waits for ever.
    @Test func `a stop while changes of the database pour in is the end, too`() async throws {
        let database = try await People.database()
        try await Site.with(database: database) { site in
            let changes = try await Child.start(
                ["psql", "--no-psqlrc", "--quiet", "--output=/dev/null", "--dbname", database],
                input: "SELECT pg_notify('gatehouse_changes', '') \\watch 0.001\n")
            try await eventually("changes are heard of: \(changes.errorText)") {
                try await site.gateway.metric(#"gatehouse_feed_changes_total{kind="everything"}"#) ?? 0 > 10
            }
            site.gateway.child.send(SIGTERM)
            try await eventually("the gateway ends") { !site.gateway.child.isRunning }
            #expect(await site.gateway.child.exitCode == 0)
            await changes.stop()
        }
    }

    @Test func `SIGHUP changes a route without dropping a connection, and a bad configuration changes nothing`()
        async throws
    {
        try await Site.with(application: try await .scripted()) { site in
            let anyone = site.gateway.client()
            let file = site.gateway.configuration
            let first = Scratch.text(file)
            #expect(try await anyone.ask("https://spc.localhost/new").status == 404)
            let slow = Task { try await anyone.ask("https://www.localhost/slow") }
            try await eventually("the slow answer has begun") { try await site.application.polls == 1 }

            let added = "  - {name: new, match: {host: spc.localhost, path: /new}, require: anyone, upstream: app}\n"
            let second = first.replacing("routes:\n", with: "routes:\n" + added)
            try await site.gateway.reload(second)
            #expect(try await anyone.ask("https://spc.localhost/new").status == 200)
            #expect(try await site.gateway.metric("gatehouse_config_reload_success") == 1)
            try await site.application.tell()
            #expect(try await slow.value.body == "beginended")

            try await site.gateway.reload(first.replacing("routes:\n", with: "rotes:\n"))
            #expect(try await site.gateway.metric("gatehouse_config_reload_success") == 0)
            #expect(site.gateway.child.errorText.contains("routes"), "the log suggests the right word")
            #expect(try await anyone.ask("https://spc.localhost/new").status == 200, "the old one goes on")

            try await site.gateway.reload(second.replacing(try await Certificates.shared.key, with: "/nonexistent.key"))
            #expect(try await site.gateway.metric("gatehouse_config_reload_success") == 0)
            #expect(try await anyone.ask("https://spc.localhost/new").status == 200)

            try await site.gateway.reload(first)
            #expect(try await site.gateway.metric("gatehouse_config_reload_success") == 1)
            #expect(try await anyone.ask("https://spc.localhost/new").status == 404)
        }
    }

    @Test func `SIGHUP takes a renewed certificate`() async throws {
        let old = try await Certificates.make()
        try await Site.with(change: { ($0.certificate, $0.key) = (old.certificate, old.key) }) { site in
            let anyone = site.gateway.client()
            await #expect(throws: CurlFailure.self) { try await anyone.ask("https://localhost/") }
            let renewed = try await Certificates.shared
            for (from, to) in [(renewed.certificate, old.certificate), (renewed.key, old.key)] {
                try Data(contentsOf: URL(filePath: from)).write(to: URL(filePath: to))
            }
            try await site.gateway.reload(Scratch.text(site.gateway.configuration))
            #expect(try await anyone.ask("https://localhost/").status == 401)
        }
    }
}
