import Foundation
import GatehouseTesting
import Testing

/// The signed assertion, from the gateway's keys in the database to an application that verifies it.
struct AssertionTests {
    private let page = "https://spc.localhost/plants/detroit/limits"
    private let jwks = "https://localhost/.well-known/gatehouse/jwks.json"

    private static func section(_ keys: UInt8..., rest: String = "") -> String {
        let texts = keys.map { "\"\(Data(repeating: $0, count: 32).base64EncodedString())\"" }
        return "assertion: {encryption_keys: [\(texts.joined(separator: ", "))]\(rest)}"
    }

    /// What an application makes of assertions that goes by our documentation: the claims, or why they are refused.
    private func believe(_ assertions: [String], _ gateway: Gateway, audience: String = "spc") async throws -> [String]
    {
        let document = "\(Binary.repository)config/examples/README.md"
        let authority = try await Certificates.shared.authority
        let text = try await Peers.run(
            "\(Binary.repository)Tests/Peers/believe.py", document,
            "https://localhost:\(gateway.httpsPort)/.well-known/gatehouse/jwks.json", "https://localhost", audience,
            input: assertions.map { $0 + "\n" }.joined(), environment: ["SSL_CERT_FILE": authority])
        return text.split(separator: "\n").map(String.init)
    }

    private func keyIDs(_ gateway: Gateway) async throws -> [String] {
        let keys = try #require(try await gateway.client().ask(jwks).object["keys"] as? [[String: String]])
        return keys.compactMap { $0["kid"] }
    }

    @Test func `an application believes it, and none of those with a flaw, by the lines of Python that we show`()
        async throws
    {
        try await Site.with(change: { $0.sections = Self.section(1, rest: ", test: true") }) { site in
            let erin = try await site.client(as: "erin")
            let first = try #require(try await erin.ask(page).received["x-gatehouse-assertion"])
            let second = try #require(try await erin.ask(page).received["x-gatehouse-assertion"])
            #expect(first.split(separator: ".").count == 3)
            let answer = try await erin.ask(
                "https://spc.localhost/.gatehouse/assertion-test?path=/plants/detroit/limits")
            #expect(answer.status == 200)
            let flawed = try #require(try answer.object["refuse"] as? [[String: String]])
            #expect(flawed.count == 9)

            let verdicts = try await believe(
                [first, second, "", "a.b.c"] + flawed.compactMap { $0["assertion"] }, site.gateway)
            #expect(verdicts.count == 13)
            for verdict in verdicts.prefix(2) {
                let claims = try #require(
                    try JSONSerialization.jsonObject(with: Data(verdict.utf8)) as? [String: Any], "\(verdict)")
                #expect(claims["preferred_username"] as? String == "erin" && claims["plant"] as? String == "detroit")
                #expect(claims["role"] as? String == "engineer" && claims["aud"] as? String == "spc")
            }
            for (flaw, verdict) in zip(["nothing", "dots"] + flawed.compactMap { $0["kind"] }, verdicts.dropFirst(2)) {
                #expect(verdict.hasPrefix("refused"), "\(flaw): \(verdict)")
            }
            // Another application is told the same, and believes none of it.
            #expect(try await believe([first], site.gateway, audience: "reports")[0].hasPrefix("refused"))
        }
    }

    @Test func `two gateways that start at once have the same keys, and say so to caches`() async throws {
        let database = try await People.database()
        let sections = Self.section(1)
        func start() async throws -> Gateway {
            var configuration = Configuration(database: database, application: "http://127.0.0.1:1")
            configuration.sections = sections
            return try await Gateway.start(configuration)
        }
        async let first = start()
        async let second = start()
        let gateways = try await [first, second]
        do {
            let answer = try await gateways[0].client().ask(jwks)
            #expect(answer.status == 200 && answer["Content-Type"] == "application/jwk-set+json")
            #expect(answer["Cache-Control"] == "public, max-age=300" && answer["Set-Cookie"] == nil)
            #expect(!answer.body.contains("\"d\""))
            let ids = try await keyIDs(gateways[0])
            #expect(ids.count == 1)
            #expect(try await keyIDs(gateways[1]) == ids)
            #expect(try await gateways[0].client().ask(jwks, "--request", "POST").status == 405)

            // Emergency: all keys away, and both begin anew with the same one, soon.
            let name = String(database.dropFirst("postgresql:///".count).prefix { $0 != "?" })
            try await PrivatePostgres.shared().psql("DELETE FROM assertion_keys", database: name)
            try await eventually("both have the new key") {
                let new = try await keyIDs(gateways[0])
                let others = try await keyIDs(gateways[1])
                return new.count == 1 && new != ids && others == new
            }
        } catch {
            for gateway in gateways { await gateway.child.stop() }
            throw error
        }
        for gateway in gateways { await gateway.child.stop() }
    }

    @Test func `the key that seals changes by a reload, and a wrong one leaves the old one in effect`() async throws {
        try await Site.with(change: { $0.sections = Self.section(1) }) { site in
            let text = try String(contentsOfFile: site.gateway.configuration, encoding: .utf8)
            let ids = try await keyIDs(site.gateway)
            func reload(_ section: String) async throws {
                try await site.gateway.reload(text.replacing(Self.section(1), with: section))
            }
            try await reload(Self.section(2))
            #expect(site.gateway.child.errorText.contains("assertion.encryption_keys does not name"))
            #expect(try await keyIDs(site.gateway) == ids)
            for section in [Self.section(1, 2), Self.section(2, 1), Self.section(2)] {
                try await reload(section)
                #expect(try await keyIDs(site.gateway) == ids)
            }
            #expect(try await site.gateway.metric("gatehouse_config_reload_success") == 1)
            try await reload("")
            #expect(try await keyIDs(site.gateway).isEmpty)
            let erin = try await site.client(as: "erin")
            #expect(try await erin.ask(page).received["x-gatehouse-assertion"] == nil)
        }
    }

    @Test func `a gateway whose key opens nothing does not start, and says which it lacks`() async throws {
        let database = try await People.database()
        try await Site.with(database: database, change: { $0.sections = Self.section(1) }) { _ in }
        var configuration = Configuration(database: database, application: "http://127.0.0.1:1")
        configuration.sections = Self.section(3)
        let outcome = try await Binary.run("serve", "--config", try await configuration.file())
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("assertion.encryption_keys does not name"))
        #expect(!outcome.errors.contains(Data(repeating: 3, count: 32).base64EncodedString()))
    }
}
