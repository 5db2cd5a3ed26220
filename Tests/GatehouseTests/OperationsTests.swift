import Foundation
import Testing

/// The operations listener, the redirect listener and the access log.
struct OperationsTests {
    @Test func `the operations listener tells that all is well, and nothing else`() async throws {
        let gateway = try await Site.shared.gateway
        #expect(try await gateway.operations("/healthz").status == 200)
        #expect(try await gateway.operations("/readyz").status == 200)
        #expect(try await gateway.operations("/anything").status == 404)
        #expect(try await gateway.operations("/.gatehouse/login").status == 404)
    }

    @Test func `the metrics carry the names that dashboards rely on, and no path`() async throws {
        let site = try await Site.shared
        _ = try await site.client(as: "olivia").ask("https://spc.localhost/plants/detroit/secret-path-17")
        _ = try await site.gateway.client().signIn("olivia", at: "https://localhost/")
        let answer = try await site.gateway.operations("/metrics")
        #expect(answer["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        for name in [
            "gatehouse_requests_total{", "gatehouse_request_duration_seconds_bucket{",
            "gatehouse_upstream_duration_seconds_bucket{", "gatehouse_decisions_total{", "gatehouse_connections{",
            "gatehouse_session_cache_hits", "gatehouse_session_cache_misses", "gatehouse_session_cache_entries",
            "gatehouse_config_reload_success 1", "gatehouse_upstream_healthy{",
            "gatehouse_logins_total{", "gatehouse_password_queue_depth", "gatehouse_tunnels{",
            "gatehouse_tunnel_bytes_total{",
        ] { #expect(answer.body.contains("\n\(name)"), "\(name)") }
        #expect(!answer.body.contains("secret-path-17"))
        #expect(answer.body.contains("route=\"spc\"") && answer.body.contains("code=\"200\""))
    }

    @Test func `the redirect listener sends everything to https, and no further`() async throws {
        let gateway = try await Site.shared.gateway
        let answer = try await Curl.ask(
            ["--connect-to", "::127.0.0.1:\(gateway.redirectPort)", "http://spc.localhost/plants/detroit/x?y=1"])
        #expect([301, 308].contains(answer.status))
        #expect(answer["Location"] == "https://spc.localhost/plants/detroit/x?y=1")
    }

    @Test func `the access log is JSON without query values, cookies or tokens`() async throws {
        let site = try await Site.shared
        let session = try await site.session(of: "olivia")
        let bearer = try await site.session(of: "olivia")
        let client = site.gateway.client(session: session)
        let answer = try await client.ask(
            "https://spc.localhost/plants/detroit/logged?secret=query-value-17", "--cookie", "theme=cookie-17",
            "--header", "Referer: https://x.localhost/?q=referer-17")
        _ = try await site.gateway.client().ask(
            "https://spc.localhost/plants/detroit/logged", "--header", "Authorization: Bearer \(bearer)")
        let id = try answer.received["x-request-id"]
        try await eventually("the requests are in the access log") {
            try site.gateway.accessLog.filter { ($0["path"] as? String)?.hasSuffix("/logged") == true }.count >= 2
        }
        let record = try #require(try site.gateway.accessLog.first { $0["request_id"] as? String == id })
        #expect(record["status"] as? Int == 200 && record["method"] as? String == "GET")
        #expect(record["route"] as? String == "spc" && record["plant"] as? String == "detroit")
        #expect(
            UUID(uuidString: record["user_id"] as? String ?? "") != nil && record["outcome"] as? String == "allow")
        let text = site.gateway.child.outputText
        for secret in ["query-value-17", "cookie-17", "referer-17", session, bearer] {
            #expect(!text.contains(secret) && !site.gateway.child.errorText.contains(secret), "\(secret)")
        }
    }

    @Test func `an application that is down is told with 502, as JSON and as a page`() async throws {
        let gateway = try await Site.shared.gateway
        let answer = try await gateway.client().ask("https://www.localhost/gone/")
        #expect(answer.status == 502)
        #expect(try answer.object["code"] is String)
        let page = try await gateway.client().load("https://www.localhost/gone/")
        #expect(page.status == 502 && page["Content-Type"]?.hasPrefix("text/html") == true)
    }
}
