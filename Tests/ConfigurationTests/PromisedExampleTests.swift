import Identity
import LayerTesting
import Policy
import Testing

@testable import Configuration

/// The example that the project's interface promises to read, as it stands there.
@Suite struct `The promised example` {
    private static let text = """
        listeners:
          - address: 0.0.0.0:8443
            tls:
              certificates: [{certificate: certs/site.pem, key: certs/site.key}]   # chosen by SNI
          - address: 0.0.0.0:8080
            redirect: https
          - address: 127.0.0.1:9901
            serve: operations                 # /healthz /readyz /metrics, plain HTTP

        database: {url: "${GATEHOUSE_DATABASE_URL:-postgresql:///gatehouse}", connections: 8, staleness: 10s}

        workers: auto                         # one per core
        sessions: {idle: 8h, lifetime: 24h, rotate: 15m, rotation_grace: 30s, per_user: 10}
        accounts: {registration: open, verify_email: required, password_length: 15, public_url: "https://localhost:8443"}
        trusted_proxies: []                   # CIDRs whose X-Forwarded-* and PROXY protocol are believed

        upstreams:
          spc:
            endpoints: ["http://127.0.0.1:9001", "http://127.0.0.1:9002"]
            balance: least_requests           # round_robin | least_requests | hash_user
            health: {path: /healthz, interval: 5s}
            timeouts: {connect: 2s, first_byte: 60s, idle: 5m}
          reports: {endpoints: ["http://127.0.0.1:9003"]}
          www: {endpoints: ["http://127.0.0.1:9004"]}

        routes:
          - name: spc-public
            match: {host: spc.example.com, path: "/assets/**"}
            require: anyone
            upstream: spc
          - name: spc
            match: {host: spc.example.com, path: "/plants/{plant}/**"}
            require:
              - {methods: [GET, HEAD], role: operator}
              - {role: engineer}              # every other method
            identity: gatehouse               # a preset, or a map of header name to template
            upstream: spc
          - name: reports
            match: {host: "{plant}.reports.example.com"}
            require: {role: supervisor}
            upstream: reports
          - name: marketing
            match: {host: www.example.com, path: "/campaigns/**"}
            require: {any_role: [MARKETING, ADMIN]}     # global roles
            upstream: www

        tests:
          - {name: operators cannot change limits, request: "PUT https://spc.example.com/plants/detroit/limits/7", as: {detroit: operator}, expect: deny}
        """

    @Test func `loads without a word`() {
        #expect(problems(Self.text).isEmpty)
    }

    @Test(arguments: [
        ("GET", "spc.example.com", "/assets/a.css", Role?.none, "spc-public"),
        ("GET", "spc.example.com", "/plants/detroit/x", .operator, "spc"),
        ("HEAD", "spc.example.com", "/plants/detroit", .operator, "spc"),
        ("POST", "spc.example.com", "/plants/detroit", .supervisor, "role_missing"),
        ("POST", "spc.example.com", "/plants/detroit", .engineer, "spc"),
        ("GET", "spc.example.com", "/plants/lyon/x", .admin, "role_missing"),
        ("GET", "detroit.reports.example.com", "/any", .supervisor, "reports"),
        ("GET", "detroit.reports.example.com", "/any", .operator, "role_missing"),
        ("GET", "www.example.com", "/campaigns", .admin, "global_role_missing"),
        ("GET", "www.example.com", "/", .admin, "no_route"),
        ("GET", "spc.example.com", "/plants/detroit", nil, "sign_in_required"),
    ])
    func `decides as it reads`(method: String, host: String, path: String, role: Role?, expected: String) throws {
        let principal = role.map { role in
            Principal(
                userID: UserID(UUID128(high: 0, low: 1)), username: "ada", email: nil, name: nil, globalRoles: ["user"],
                memberships: [
                    PlantMembership(plantID: PlantID(1), plantCode: "detroit", plantName: "Detroit", role: role)
                ])
        }
        let explanation = try snapshot(Self.text).routes.explain(
            method: method, host: host, path: path, principal: principal, at: Timestamp(seconds: 0))
        #expect((explanation.isAllowed ? explanation.route : explanation.code) == expected)
    }

    /// A file that somebody cut, doubled or mistyped: an outcome always, a crash never, and no snapshot beside an error.
    @Test(arguments: 0..<8) func `bears any mistyping`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "", "\t", "[", "]", "{", "}", ":", "- ", "\"", "'", "*", "&a ", "!!", "|", ">", "#", "\n", "\r", "\u{0}",
            "\u{FEFF}", "é", "${", "$", "%", "@", "`", "~", "null", "9999999999999999999", "---", "...", "? ", "<<: ",
            "\u{2028}",
            "{plant}", "**", "\\", "\u{E000}", "§",
        ]
        let original = Array(Self.text.unicodeScalars)
        for _ in 0..<60 {
            var scalars = original
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let start = Int.random(in: 0..<scalars.count, using: &generator)
                let end = min(scalars.count, start + Int.random(in: 0...8, using: &generator))
                let other = Int.random(in: 0..<original.count, using: &generator)
                let copied = original[other..<min(original.count, other + Int.random(in: 0...40, using: &generator))]
                let piece = pieces.randomElement(using: &generator) ?? ""
                scalars.replaceSubrange(
                    start..<end, with: Bool.random(using: &generator) ? Array(copied) : Array(piece.unicodeScalars))
            }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            let outcome = ConfigurationLoader.load(text: String(text), name: "g.yaml")
            #expect((outcome.snapshot == nil) == !outcome.errors.isEmpty, "\(String(text))")
            for diagnostic in outcome.diagnostics {
                #expect(diagnostic.location.line >= 1 && diagnostic.location.column >= 1)
                #expect(!diagnostic.found.isEmpty)
            }
        }
    }
}
