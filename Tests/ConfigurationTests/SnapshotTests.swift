import Policy
import Testing

@testable import Configuration

@Suite struct `A snapshot` {
    @Test func `holds what the file says`() throws {
        let snapshot = try snapshot(
            """
            listeners:
              - {address: "0.0.0.0:8443", tls: {certificates: [{certificate: a.pem, key: /b.key}], hsts: {max_age: 730d, include_subdomains: true, preload: true}}, proxy_protocol: true}
              - {address: "[::]:80", redirect: https}
              - {address: "unix:/run/g.sock", serve: operations}
            database: {url: "postgresql://h/d", connections: 3, staleness: 2s, connect_timeout: 1s, query_timeout: 500ms}
            workers: 2
            sessions: {idle: 1h, lifetime: 2d, remember: off, rotate: 5m, rotation_grace: 0s, per_user: 1, cache: 10}
            accounts: {public_url: "https://login.example.com:8443/", password_length: 8, hashing_threads: 1, hashing_queue: 2}
            trusted_proxies: [10.0.0.0/8, "fd00::/8", 192.0.2.1]
            limits: {body: 1KiB, head_deadline: 1s, body_idle: 2s, keep_alive_idle: 3s, drain: 0s, connections: 9, connections_per_address: 3, memory: 64MiB, head: 4KiB, fields: 10, target: 128, handshake_deadline: 4s, body_deadline: 5s, body_rate: 6, answer_idle: 7s, answer_rate: 8}
            log: {access: access.log, level: debug}
            upstreams:
              a: {endpoints: ["http://127.0.0.1:1", "http://[::1]:2"], balance: hash_user, timeouts: {connect: 1s, first_byte: 2s, idle: 3s}}
              b: {endpoints: ["https://b:8443", "http://unix:/run/b.sock"]}
            routes:
              - {name: r, match: {host: H.example.com, path: "/x/**"}, require: signed_in, upstream: b, body: unlimited, encoded_slashes: allow, identity: none, rate: {per: user, requests: 5, window: 10s, burst: 7}, upgrades: [WebSocket, SPDY/3.1], origins: ["https://Desk.example.com:8443"]}
              - {name: s, require: {anyone: true}, upstream: a}
            """, folder: "/etc/g")
        #expect(
            snapshot.listeners.map(\.address) == ["0.0.0.0:8443", "[::]:80", "unix:/run/g.sock"])
        guard case .gateway(let pairs) = snapshot.listeners[0].purpose else {
            Issue.record("the first listener is a gateway")
            return
        }
        #expect(pairs.map(\.certificate) == ["/etc/g/a.pem"])
        #expect(pairs.map(\.key) == ["/b.key"])
        #expect(snapshot.listeners[1].purpose == .redirectToHTTPS)
        #expect(snapshot.listeners[2].purpose == .operations)
        #expect(snapshot.database.url == "postgresql://h/d")
        #expect(snapshot.database.staleness == .seconds(2))
        #expect(snapshot.database.queryTimeout == .milliseconds(500))
        #expect(snapshot.workers == 2)
        #expect(snapshot.sessions.lifetime == .seconds(2 * 86_400))
        #expect(snapshot.sessions.remembered == nil)
        #expect(snapshot.sessions.rotation == .seconds(300))
        #expect(snapshot.sessions.rotationGrace == .zero)
        #expect(snapshot.sessions.perUserMax == 1)
        #expect(snapshot.accounts.publicURL == "https://login.example.com:8443")
        #expect(snapshot.accounts.passwordLengthMin == 8)
        #expect(snapshot.trustedProxies == ["10.0.0.0/8", "fd00::/8", "192.0.2.1"])
        #expect(snapshot.listeners.map(\.expectsProxyHeader) == [true, false, false])
        #expect(
            snapshot.listeners.map { $0.strictTransport?.value }
                == ["max-age=63072000; includeSubDomains; preload", nil, nil])
        var limits = ClientLimits()
        limits.connectionsMax = 9
        limits.connectionsPerAddressMax = 3
        limits.memoryBytesMax = 64 << 20
        limits.headBytesMax = 4096
        limits.fieldCountMax = 10
        limits.targetBytesMax = 128
        #expect(snapshot.limits == limits)
        var timeouts = ClientTimeouts()
        timeouts.handshake = .seconds(4)
        timeouts.head = .seconds(1)
        timeouts.body = .seconds(5)
        timeouts.bodyIdle = .seconds(2)
        timeouts.bodyBytesPerSecondMin = 6
        timeouts.answerIdle = .seconds(7)
        timeouts.answerBytesPerSecondMin = 8
        timeouts.keepAliveIdle = .seconds(3)
        #expect(snapshot.timeouts == timeouts)
        #expect(snapshot.drain == .zero)
        #expect(snapshot.log.access == .file("/etc/g/access.log"))
        #expect(snapshot.upstreams[0].endpoints.map(\.url) == ["http://127.0.0.1:1", "http://[::1]:2"])
        #expect(snapshot.upstreams[0].balance == .hashUser)
        #expect(snapshot.upstreams[0].timeouts.firstByte == .seconds(2))
        let routes = snapshot.routes.routes
        #expect(routes[0].upstreamIndex == 1)
        #expect(routes[0].bodyBytesMax == nil)
        #expect(routes[0].allowsEncodedSlashes)
        #expect(routes[0].match.host?.description == "h.example.com")
        #expect(routes[0].upgrades == ["websocket", "spdy/3.1"].map { Array($0.utf8) })
        #expect(routes[0].origins == .also([Array("https://desk.example.com:8443".utf8)]))
        #expect(routes[1].upgrades == [Array("websocket".utf8)])
        #expect(routes[0].rate == RequestRate(per: .user, requests: 5, window: .seconds(10), burst: 7))
        #expect(routes[1].origins == .own && routes[1].rate == nil)
        #expect(routes[1].bodyBytesMax == 1024)
        #expect(routes[1].requirement.description == "anyone")
    }

    @Test func `is told from others by its fingerprint, which holds no secret`() throws {
        func fingerprint(_ text: String) throws -> String { try snapshot(base + text).fingerprint }
        let plain = try fingerprint("")
        #expect(plain.count == 32)
        #expect(try fingerprint("# a comment\nworkers: auto") == plain)
        #expect(try fingerprint("database: {url: \"postgresql://u:secret@h/d\"}") == plain)
        let others = try [
            "workers: 77", "limits: {drain: 1s}", "limits: {head: 32KiB}", "limits: {body_deadline: 1m}",
            "sessions: {idle: 1h}", "database: {staleness: 1s}",
            "routes: [{name: a, require: anyone, upstream: app}]",
            "routes: [{name: a, require: signed_in, upstream: app}]",
            "routes: [{name: a, require: anyone, upstream: app, body: 1KiB}]",
            "routes: [{name: a, require: anyone, upstream: app, identity: none}]",
            "routes: [{name: a, require: anyone, upstream: app, upgrades: []}]",
            "routes: [{name: a, require: anyone, upstream: app, rate: {requests: 1}}]",
            "routes: [{name: a, require: anyone, upstream: app, origins: [\"*\"]}]",
        ].map(fingerprint)
        #expect(Set(others + [plain]).count == others.count + 1)
    }

    @Test func `of ten thousand routes is made in good time`() throws {
        var text = base + "routes:\n"
        for index in 0..<10_000 {
            text +=
                "  - {name: r\(index), match: {host: h\(index % 100).example.com, path: \"/a\(index)/{plant}/**\"}, require: {role: operator}, upstream: app}\n"
        }
        var count = 0
        let time = try ContinuousClock().measure { count = try snapshot(text).routes.routes.count }
        #expect(count == 10_000)
        #expect(time < .seconds(60))
    }
}

@Suite struct `An embedded test` {
    private let routes =
        base + """
            routes:
              - {name: spc, match: {host: spc.example.com, path: "/plants/{plant}/**"}, require: [{methods: [GET], role: operator}, {role: engineer}], upstream: app}
              - {name: ads, match: {path: "/ads/**"}, require: {any_role: [MARKETING]}, upstream: app}
              - {name: ada, match: {path: "/ada"}, require: {users: [ada]}, upstream: app}
              - {name: in, match: {path: "/in"}, require: signed_in, upstream: app}

            """

    @Test(arguments: [
        "{request: \"GET https://spc.example.com/plants/detroit/x\", as: {detroit: operator}, expect: allow}",
        "{request: \"GET https://spc.example.com/plants/7/x\", as: {7: operator}, expect: allow, route: spc}",
        "{request: \"PUT https://spc.example.com:8443/plants/detroit?a=b\", as: {detroit: operator}, expect: deny}",
        "{request: \"PUT https://spc.example.com/plants/detroit\", as: {detroit: operator}, expect: 403}",
        "{request: \"GET https://spc.example.com/plants/detroit\", as: anonymous, expect: sign_in}",
        "{request: \"GET https://spc.example.com/plants/detroit\", expect: 401}",
        "{request: \"GET https://spc.example.com/none\", as: {}, expect: 404}",
        "{request: \"GET https://spc.example.com/plants/..%2f\", expect: 400}",
        "{request: \"GET http://h/ads/x\", roles: [MARKETING], expect: allow}",
        "{request: \"GET http://h/ads/x\", roles: [ADMIN], expect: deny}",
        "{request: \"GET http://h/ada\", user: ada, expect: 200}",
        "{request: \"GET http://h/ada\", user: eve, expect: deny}",
        "{request: \"GET http://h/in\", as: {}, expect: allow}",
        "{request: \"GET http://h/in\", roles: [], expect: allow}",
        "{request: \"GET http://h\", expect: deny}",
    ])
    func `that holds says nothing`(test: String) {
        #expect(problems(routes + "tests: [\(test)]") == [])
    }

    @Test(arguments: [
        (
            "{name: n, request: \"GET https://spc.example.com/plants/detroit\", as: {detroit: operator}, expect: deny}",
            "9:9: error: the test \"n\" fails: allow by route spc, and deny was expected"
        ),
        (
            "{request: \"PUT https://spc.example.com/plants/detroit\", as: {detroit: operator}, expect: allow}",
            "fails: deny: role_missing (403) by route spc, and allow was expected"
        ),
        ("{request: \"GET http://h/in\", as: {}, expect: allow, route: ada}", "and route ada was expected"),
        ("{request: \"GET http://h/x\", expect: 403}", "fails: deny: no_route (404) by no route, and 403 was expected"),
    ])
    func `that fails is an error at its place, and there is no snapshot`(test: String, expected: String) {
        let outcome = ConfigurationLoader.load(text: routes + "tests: [\(test)]", name: "g.yaml")
        #expect(outcome.snapshot == nil)
        #expect(
            outcome.diagnostics.map { $0.description.replacing("g.yaml:", with: "") }.contains {
                $0.contains(expected)
            }, "\(outcome.diagnostics)")
    }

    @Test(arguments: [
        ("{expect: deny}", "a test without request"), ("{request: \"GET https://h/\"}", "a test without expect"),
        ("{request: \"/path\", expect: deny}", "\"/path\"; METHOD URL"),
        ("{request: \"GET ftp://h/\", expect: deny}", "METHOD URL"),
        ("{request: \"get https://h/\", expect: deny}", "METHOD URL"),
        ("{request: \"GET https://u@h/\", expect: deny}", "METHOD URL"),
        ("{request: \"GET https://h/\", expect: maybe}", "\"maybe\"; allow, deny, sign_in or a status like 403"),
        ("{request: \"GET https://h/\", as: {detroit: king}, expect: deny}", "\"king\" as a role"),
        ("{request: \"GET https://h/\", as: somebody, expect: deny}", "\"somebody\"; anonymous, or a map"),
    ])
    func `that is none says why`(test: String, expected: String) {
        let problems = problems(base + "tests: [\(test)]")
        #expect(problems.contains { $0.contains(expected) }, "\(problems)")
    }
}

@Suite struct `Strict transport` {
    @Test(arguments: [
        ("", "max-age=31536000"), (", hsts: {}", "max-age=31536000"), (", hsts: {max_age: 0s}", "max-age=0"),
        (", hsts: {max_age: 1d, include_subdomains: true}", "max-age=86400; includeSubDomains"),
        (", hsts: off", nil), (", hsts: {preload: false}", "max-age=31536000"),
    ])
    func `is said as configured, and for a year without a word`(text: String, expected: String?) throws {
        let snapshot = try snapshot(
            "listeners: [{address: 1.2.3.4:80, tls: {certificates: [{certificate: a, key: b}]\(text)}}]")
        #expect(snapshot.listeners[0].strictTransport?.value == expected)
    }

    @Test func `is not said where there is no TLS`() throws {
        #expect(try snapshot("listeners: [{address: 1.2.3.4:80, redirect: https}]").listeners[0].strictTransport == nil)
    }
}
