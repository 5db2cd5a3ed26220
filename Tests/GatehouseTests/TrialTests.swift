import Foundation
import Testing

/// What an operator asks after a refusal, and before a rule gets stricter.
@Suite struct `Looking into decisions` {
    private let url = "https://spc.localhost/plants/detroit/limits/7"

    @Test func `explain finds a refusal by the id that it was given, and decides it again`() async throws {
        let folder = Scratch.make()
        try await Site.with(change: { $0.sections = "log: {access: \(folder)/access.log}" }) { site in
            let olivia = try await site.client(as: "olivia")
            let refused = try await olivia.ask(url, "--request", "PUT", "--data", "x")
            #expect(refused.status == 403)
            let id = try #require(try refused.object["decision_id"] as? String)
            let config = site.gateway.configuration
            try await eventually("the log is written") { Scratch.text("\(folder)/access.log").contains(id) }

            let found = try await Binary.run("explain", "--config", config, "--json", id)
            try #require(found.code == 0, "\(found.errors)")
            let logged = try #require(try found.object["logged"] as? [String: Any])
            #expect(logged["reason"] as? String == "role_missing" && logged["status"] as? Int == 403)
            let now = try #require(try found.object["now"] as? [String: Any])
            #expect(
                now["is_allowed"] as? Bool == false && now["requirement"] as? String == "role engineer in the plant")
            // Which row gives the role that was too low.
            let grant = try #require((now["plant"] as? [String: Any])?["grant"] as? [String: Any])
            #expect(grant["role"] as? String == "operator" && grant["plant_id"] is Int)

            let text = try await Binary.run("explain", "--config", config, "--role", "detroit=admin", id.uppercased())
            #expect(text.output.contains("and decided: deny 403 role_missing by spc"), "\(text.output)\(text.errors)")
            #expect(text.output.contains("decision      allow"))

            let unknown = try await Binary.run("explain", "--config", config, "0123456789abcdef")
            #expect(unknown.code == 1 && unknown.errors.contains("--log"))
        }
    }

    @Test func `explain ID says what it lacks`() async throws {
        let config = try await Configuration(database: "postgresql:///nowhere", application: "http://127.0.0.1:1")
            .file()
        let id = "0123456789abcdef"
        let nowhere = try await Binary.run("explain", "--config", config, id)
        #expect(nowhere.code == 2 && nowhere.errors.contains("--log FILE"), "\(nowhere.errors)")
        #expect(try await Binary.run("explain", "--config", config, "--log", "/nonexistent", id).code == 2)
        #expect(try await Binary.run("explain", "--config", config, "no-id").code == 64)
        // What a client can write into a log must not confuse whoever reads it.
        let log = try Scratch.write(
            """
            nonsense \(id)
            {"path":"/\(id)","method":"GET","host":"spc.localhost","decision_id":"ffffffffffffffff"}
            {"decision_id":"\(id)","host":"spc.localhost","outcome":"deny"}

            """, "access.log")
        let cut = try await Binary.run("explain", "--config", config, "--log", log, id)
        #expect(cut.code == 1 && cut.errors.contains("not hold the whole"), "\(cut.errors)")
        let other = try await Binary.run("explain", "--config", config, "--log", log, "ffffffffffffffff")
        #expect(other.code == 0 && other.output.contains("by nobody who was signed in"), "\(other.errors)")
    }

    @Test func `a requirement on trial is counted and logged, and refuses nobody`() async throws {
        let routes = """
              - name: trial
                match: {host: www.localhost, path: "/trial/{plant}/**"}
                require: {role: operator}
                shadow: {role: supervisor}
                upstream: app
            """
        try await Site.with(change: { $0.routes = routes }) { site in
            let trial = "https://www.localhost/trial/detroit/x"
            for (name, status) in [("olivia", 200), ("erin", 200), ("nora", 403)] {
                let client = try await site.client(as: name)
                #expect(try await client.ask(trial).status == status, "\(name)")
            }
            let page = try await site.gateway.operations("/metrics").body
            for line in [
                #"{route="trial",outcome="deny",reason="role_missing",enforced="allow"} 1"#,
                #"{route="trial",outcome="allow",reason="allowed",enforced="allow"} 1"#,
                #"{route="trial",outcome="deny",reason="role_missing",enforced="deny"} 1"#,
            ] { #expect(page.contains("gatehouse_shadow_decisions_total" + line), "\(line)") }
            try await eventually("the log is written") {
                try site.gateway.accessLog.contains {
                    $0["shadow"] as? String == "deny" && $0["shadow_reason"] as? String == "role_missing"
                        && $0["outcome"] as? String == "allow"
                }
            }
        }
    }
}
