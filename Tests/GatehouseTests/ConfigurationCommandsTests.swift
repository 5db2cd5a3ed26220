import Foundation
import GatehouseTesting
import Testing

/// `gatehouse check` and `explain`, and what `serve` says when it cannot start.
struct ConfigurationCommandsTests {
    private let nowhere = Configuration(
        database: "postgresql:///x?host=/nonexistent", application: "http://127.0.0.1:1")

    @Test func `a configuration in order passes, and its tests have been run`() async throws {
        var configuration = nowhere
        configuration.sections = """
            tests:
              - {name: operators read, request: "GET https://spc.localhost/plants/detroit/x", as: {detroit: operator}, expect: allow}
            """
        let file = try await configuration.file()
        let outcome = try await Binary.run("check", "--config", file)
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output.contains("1 tests passed") || outcome.output.contains("1 test passed"))
        #expect(try await Binary.run("check", "--config", file, "--json").list.isEmpty)
    }

    @Test func `every problem of a configuration is told at its place, at once`() async throws {
        var configuration = nowhere
        configuration.staleness = "soon"
        configuration.sections = """
            sesions: {idle: 8h}
            tests:
              - {name: wrong, request: "GET https://spc.localhost/plants/detroit/x", as: {detroit: operator}, expect: deny}
            """
        let file = try await configuration.file()
        let outcome = try await Binary.run("check", "--config", file)
        #expect(outcome.code == 2)
        #expect(outcome.output.contains("sessions"), "a suggestion: \(outcome.output)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count >= 2)
        for line in lines { #expect(line.contains(#/^\/.*gatehouse\.yaml:\d+:\d+: (error|warning): /#), "\(line)") }

        let problems = try await Binary.run("check", "--config", file, "--json").list
        #expect(problems.count == lines.count)
        for problem in problems {
            #expect(problem["file"] as? String == file && problem["line"] is Int && problem["column"] is Int)
        }
        let serving = try await Binary.run("serve", "--config", file)
        #expect(serving.code == 2 && serving.errors.contains("nothing was started"), "\(serving.errors)")
    }

    @Test func `a failed test of the file itself is an error`() async throws {
        var configuration = nowhere
        configuration.sections = """
            tests:
              - {name: wrong, request: "GET https://spc.localhost/plants/detroit/x", as: {detroit: operator}, expect: deny}
            """
        let outcome = try await Binary.run("check", "--config", try await configuration.file())
        #expect(outcome.code == 2 && outcome.output.contains("wrong"), "\(outcome.output)")
    }

    @Test func `a configuration that is not there is told`() async throws {
        for verb in ["check", "serve"] {
            let outcome = try await Binary.run(verb, "--config", "/nonexistent/gatehouse.yaml")
            #expect(outcome.code == 2)
            #expect((outcome.output + outcome.errors).contains("no such file"))
        }
        #expect(try await Binary.run("serve").code == 64)
    }

    @Test func `certificates that cannot be served are found by check and by serve`() async throws {
        let good = try await Certificates.shared
        let other = try await Certificates.make()
        let database = try await People.database()
        let text = try Scratch.write("no certificate", "site.pem")
        for (certificate, key, sentence) in [
            ("/nonexistent.pem", good.key, "/nonexistent.pem"),
            (good.certificate, "/nonexistent.key", "/nonexistent.key"),
            (good.certificate, other.key, "is not the key"), (text, good.key, "PEM"),
        ] {
            var configuration = nowhere
            configuration.database = database
            configuration.certificate = certificate
            configuration.key = key
            let file = try await configuration.file()
            let checked = try await Binary.run("check", "--config", file)
            #expect(checked.code == 2)
            #expect(checked.output.contains(#/gatehouse\.yaml:5:\d+: error: /#), "\(checked.output)")
            #expect(checked.output.contains(sentence), "\(checked.output)")
            let served = try await Binary.run("serve", "--config", file)
            #expect(served.code != 0 && served.errors.contains(sentence), "\(served.errors)")
        }
    }

    @Test func `a look that people could not read, or that would be unsafe, is found by check and by serve`()
        async throws
    {
        let good = try await Certificates.shared
        let unsafe = Scratch.make()
        try Scratch.write("<h1>{{{page.username}}}</h1>", "login.mustache", in: unsafe)
        for (look, sentence) in [
            ("colour: \"#ffee00\"", "text needs 4.5"), ("logo: /nonexistent.svg", "cannot be read"),
            ("templates: \(unsafe)", "login.mustache shows a value unescaped"),
        ] {
            var configuration = nowhere
            configuration.certificate = good.certificate
            configuration.key = good.key
            configuration.database = try await People.database()
            configuration.sections = "portal: {\(look)}"
            let file = try await configuration.file()
            let checked = try await Binary.run("check", "--config", file)
            #expect(checked.code == 2)
            #expect(checked.output.contains(#/gatehouse\.yaml:\d+:\d+: error: portal\./#), "\(checked.output)")
            #expect(checked.output.contains(sentence), "\(checked.output)")
            let served = try await Binary.run("serve", "--config", file)
            #expect(served.code != 0 && served.errors.contains(sentence), "\(served.errors)")
        }
    }

    @Test func `serve says when the database is away, or has no schema`() async throws {
        let away = try await Binary.run("serve", "--config", try await nowhere.file())
        #expect(away.code == 1 && away.errors.contains("Is PostgreSQL running"), "\(away.errors)")
        let empty = try await PrivatePostgres.shared().createDatabase()
        let missing = try await Binary.run("serve", "--config", try await nowhere.file(), "--database", empty)
        #expect(missing.code == 1 && missing.errors.contains("gatehouse migrate up"), "\(missing.errors)")
    }

    @Test func `serve says when its port is taken`() async throws {
        let taken = try await Application.demo()
        var configuration = nowhere
        configuration.database = try await People.database()
        configuration.address = String(taken.url.dropFirst("http://".count))
        let outcome = try await Binary.run("serve", "--config", try await configuration.file())
        await taken.child.stop()
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("in use") && outcome.errors.contains("ss -ltnp"), "\(outcome.errors)")
    }

    @Test func `the demo application says when its address cannot be had`() async throws {
        #expect(try await Binary.run("demo-app", "--listen", "nowhere").code == 2)
        let taken = try await Application.demo()
        let outcome = try await Binary.run("demo-app", "--listen", String(taken.url.dropFirst("http://".count)))
        await taken.child.stop()
        #expect(outcome.code == 1 && outcome.errors.contains("in use"), "\(outcome.errors)")
    }

    @Test func `explain decides as the gateway does, for nobody, for somebody, and for assumed roles`() async throws {
        var configuration = nowhere
        configuration.database = try await People.database()
        let file = try await configuration.file()
        func explain(_ arguments: String...) async throws -> [String: Any] {
            let outcome = try await Binary.run(["explain", "--config", file, "--json"] + arguments)
            try #require(outcome.code == 0, "\(outcome.errors)")
            return try outcome.object
        }
        let url = "https://spc.localhost/plants/detroit/limits/7"
        let nobody = try await explain("--anonymous", "GET", url)
        #expect(nobody["is_allowed"] as? Bool == false && nobody["status"] as? Int == 401)
        let olivia = try await explain("--user", "olivia", "GET", url)
        #expect(olivia["is_allowed"] as? Bool == true && olivia["route"] as? String == "spc")
        #expect(try await explain("--user", "olivia", "PUT", url)["status"] as? Int == 403)
        #expect(try await explain("--role", "detroit=engineer", "PUT", url)["is_allowed"] as? Bool == true)
        #expect(try await explain("GET", "https://elsewhere.example/")["status"] as? Int == 404)

        let text = try await Binary.run("explain", "--config", file, "--user", "olivia", "PUT", url)
        #expect(text.code == 0 && text.output.contains("engineer") && text.output.contains("detroit"))
        #expect(try await Binary.run("explain", "--config", file, "--user", "nobody", "GET", url).code == 1)
        #expect(try await Binary.run("explain", "--config", file, "GET", "nonsense").code == 2)
        #expect(try await Binary.run("explain", "--config", file, "--role", "x=boss", "GET", url).code == 2)
        #expect(try await Binary.run("explain", "--config", file, "--anonymous", "--user", "x", "GET", url).code == 64)
    }
}

/// `gatehouse diff`.
@Suite struct `A difference of configurations` {
    /// Two files, the second of which is made of the first.
    private func files(
        _ configuration: Configuration, _ changes: [(String, String)]
    ) async throws -> (old: String, new: String) {
        let text = try await configuration.text()
        var changed = text
        for (from, to) in changes {
            try #require(changed.contains(from), "\(from)")
            changed = changed.replacing(from, with: to)
        }
        return (try Scratch.write(text, "old.yaml"), try Scratch.write(changed, "new.yaml"))
    }

    private var nowhere: Configuration {
        Configuration(database: "postgresql://nobody@127.0.0.1:1/none", application: "http://127.0.0.1:1")
    }

    @Test func `between a file and itself is none`() async throws {
        let file = try await nowhere.file()
        let same = try await Binary.run("diff", file, file, "--exit-code")
        #expect(same.code == 0 && same.output == "Nothing changes.\n", "\(same.output)\(same.errors)")
    }

    @Test func `names routes, upstreams and tests that flip`() async throws {
        var configuration = nowhere
        configuration.sections =
            "tests: [{name: operators read, request: \"GET https://spc.localhost/plants/detroit\", as: {detroit: operator}, expect: allow}]"
        let (old, new) = try await files(
            configuration,
            [
                ("{methods: [GET, HEAD], role: operator}", "{methods: [GET, HEAD], role: supervisor}"),
                ("as: {detroit: operator}, expect: allow", "as: {detroit: operator}, expect: deny"),
                ("  - {name: assets,", "  - {name: wares,"),
                ("http://127.0.0.1:1\"]}\n  gone", "http://127.0.0.1:2\"]}\n  gone"),
            ])
        let text = try await Binary.run("diff", old, new)
        #expect(text.code == 0, "\(text.errors)")
        for line in [
            "+ route wares: match spc.localhost /assets/**", "- route assets: match spc.localhost /assets/**",
            "~ route spc: require GET,HEAD: role operator in the plant",
            "~ upstream app: endpoints http://127.0.0.1:1 -> http://127.0.0.1:2",
            "~ test \"operators read\" (GET https://spc.localhost/plants/detroit): allow by spc -> deny role_missing by spc",
        ] {
            #expect(text.output.contains(line), "\(line) in \(text.output)")
        }
        #expect(try await Binary.run("diff", old, new, "--exit-code").code == 1)
        let object = try await Binary.run("diff", old, new, "--json").object
        let configurationPart = try #require(object["configuration"] as? [String: Any])
        #expect((configurationPart["tests"] as? [Any])?.count == 1)
    }

    @Test func `says who gains and who loses what, and nobody else`() async throws {
        var configuration = nowhere
        configuration.database = try await People.database()
        let (old, new) = try await files(
            configuration, [("{methods: [GET, HEAD], role: operator}", "{methods: [GET, HEAD], role: supervisor}")])
        let found = try await Binary.run("diff", old, new, "--database")
        #expect(found.code == 0, "\(found.errors)")
        #expect(found.output.contains("- olivia loses spc in detroit: GET HEAD"), "\(found.output)")
        #expect(!found.output.contains("gains"), "\(found.output)")
        let back = try await Binary.run("diff", new, old, "--database")
        #expect(back.output.contains("+ olivia gains spc in detroit: GET HEAD"), "\(back.output)")
        #expect(!back.output.contains("loses"))
    }

    @Test func `decides the requests of a log again`() async throws {
        try await Site.with { site in
            let olivia = try await site.client(as: "olivia")
            for _ in 0..<3 { #expect(try await olivia.ask("https://spc.localhost/plants/detroit/x").status == 200) }
            try await eventually("the log is written") { try site.gateway.accessLog.count >= 3 }
            let log = try Scratch.write(site.gateway.child.outputText + "nonsense\n", "access.log")
            let text = Scratch.text(site.gateway.configuration)
            let new = try Scratch.write(
                text.replacing("[GET, HEAD], role: operator", with: "[GET, HEAD], role: admin"), "new.yaml")
            let found = try await Binary.run("diff", site.gateway.configuration, new, "--log", log)
            #expect(
                found.output.contains(
                    "~ 3 × GET https://spc.localhost/plants/detroit/x by olivia: allow by spc -> deny role_missing by spc"
                ),
                "\(found.output)\(found.errors)")
            #expect(found.output.contains("1 lines passed over"))
        }
    }

    @Test func `with a file that is no configuration is bad input`() async throws {
        let file = try await nowhere.file()
        #expect(try await Binary.run("diff", file, "/nonexistent.yaml").code == 2)
        #expect(try await Binary.run("diff", file).code == 64)
        #expect(try await Binary.run("diff", file, file, "--database").code == 1)
    }
}
