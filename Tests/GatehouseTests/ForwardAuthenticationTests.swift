import Foundation
import Testing

/// Real proxies that ask a real gateway, configured by the examples that we ship.
@Suite(.serialized) struct ForwardAuthenticationTests {
    private func with(
        _ kind: FrontProxy.Kind, _ body: (FrontProxy, Site) async throws -> Void
    ) async throws {
        try await Site.with(change: {
            $0.servesPlainHTTP = true
            $0.sections = "trusted_proxies: [127.0.0.1]"
        }) { site in
            try await FrontProxy.with(kind, asking: site.gateway, before: site.application) { try await body($0, site) }
        }
    }

    private static let forged = [
        "X-Gatehouse-Role: admin", "X_Gatehouse_Role: admin", "x-gatehouse-USER: root", "X-Gatehouse-Assertion: root",
    ]

    @Test(arguments: FrontProxy.Kind.allCases)
    func `a real proxy lets through what the gateway allows, and nothing else`(kind: FrontProxy.Kind) async throws {
        try await with(kind) { proxy, site in
            let cookie = "__Host-gatehouse=\(try await site.session(of: "olivia"))"
            let page = "/plants/detroit/limits"

            let answer = try await proxy.ask("\(page)?a=%C3%BC", "--cookie", cookie)
            #expect(answer.status == 200)
            let seen = try answer.received
            #expect(seen["x-gatehouse-user"] == "olivia" && seen["x-gatehouse-role"] == "operator")
            #expect(seen["x-gatehouse-plant"] == "detroit" && seen["x-gatehouse-email"] == "olivia@example.com")

            let denied = try await proxy.ask(page, "--cookie", cookie, "--request", "PUT", "--data", "x")
            #expect(denied.status == 403)
            #expect(try await proxy.ask("/plants/lyon/limits", "--cookie", cookie).status == 403)
            #expect(try await proxy.ask(page).status == 401)
            #expect(try await proxy.ask(page, "--cookie", "__Host-gatehouse=ghs_forged").status == 401)

            let away = try await proxy.ask(
                page, "--header", "Accept: text/html", "--header", "Sec-Fetch-Mode: navigate")
            #expect(away.status == 302)
            #expect(away["Location"]?.hasPrefix("https://localhost/.gatehouse/login?rd=http") == true)
            #expect(away["Location"]?.contains("spc.localhost%2Fplants%2Fdetroit%2Flimits") == true)
            #expect(away["Set-Cookie"]?.hasPrefix("__Host-gatehouse-attempt=") == true)
            let written = try await proxy.ask(page, "--header", "Accept: text/html", "--request", "POST", "--data", "x")
            #expect(written.status == 401)
        }
    }

    @Test(arguments: FrontProxy.Kind.allCases)
    func `a real proxy is not talked into anything by its clients`(kind: FrontProxy.Kind) async throws {
        try await with(kind) { proxy, site in
            let cookie = "__Host-gatehouse=\(try await site.session(of: "olivia"))"
            // What a client says it is: taken away, or the request refused.
            for header in Self.forged {
                for target in ["/assets/logo", "/plants/detroit/limits"] {
                    let answer = try await proxy.ask(target, "--cookie", cookie, "--header", header)
                    guard answer.status == 200 else {
                        #expect(answer.status == 400, "\(header) \(answer.status)")
                        continue
                    }
                    let seen = try answer.received
                    #expect(!seen.values.contains("root") && !seen.values.contains("admin"), "\(header): \(seen)")
                }
            }
            // What a client says it asks for.
            for header in [
                "X-Original-URL: https://spc.localhost/assets/logo", "X-Original-URI: /assets/logo",
                "X-Original-Method: GET", "X-Forwarded-Uri: /assets/logo", "X-Forwarded-Method: GET",
                "X-Forwarded-Host: www.localhost", "X-HTTP-Method-Override: GET",
            ] {
                let answer = try await proxy.ask(
                    "/plants/detroit/limits", "--cookie", cookie, "--header", header, "--request", "PUT", "--data", "x")
                #expect([400, 403].contains(answer.status), "\(header): \(answer.status)")
                let stranger = try await proxy.ask("/plants/detroit/limits", "--header", header)
                #expect([400, 401, 403].contains(stranger.status), "\(header): \(stranger.status)")
            }
            // Paths with more than one reading, and those that lead to pages of the gateway's.
            for target in [
                "/assets/..%2fplants/detroit/limits", "/assets/%2e%2e/plants/detroit/limits",
                "/assets/../plants/detroit/limits", "/assets/%252e%252e/plants/detroit/limits",
                "/assets/..;/plants/detroit/limits", "/plants/../../login", "/.gatehouse/../plants/detroit/limits",
                "/.gatehouse/auth", "/.gatehouse/auth/assets/logo", "/.gatehouse/%61uth", "/.gatehouse/./auth/assets/x",
            ] {
                let answer = try await proxy.ask(target)
                #expect([301, 307, 308, 400, 401, 403, 404].contains(answer.status), "\(target): \(answer.status)")
                #expect(answer["X-Gatehouse-User"] == nil)
            }
            #expect(try await proxy.ask("/.gatehouse/logout", "--header", "Accept: text/html").status < 400)
        }
    }
}
