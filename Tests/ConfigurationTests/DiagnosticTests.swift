import Policy
import Testing

@testable import Configuration

/// Each kind of mistake, with exactly what is said about it and where.
@Suite struct `A diagnostic` {
    /// Appended to `base`, so that line 4 is the first of the text.
    @Test(arguments: [
        // Keys.
        ("lisners: []", ["4:1: error: unknown key \"lisners\" in the configuration", "did you mean \"listeners\"?"]),
        ("zebra: 1", ["4:1: error: unknown key \"zebra\"", "keys here are include, listeners"]),
        (
            "workers: 1\nworkers: 2",
            ["5:1: error: the key \"workers\" a second time; keep one; the other is at 4:1"]
        ),
        ("sessions: {idel: 8h}", ["4:12: error: unknown key \"idel\" in sessions", "did you mean \"idle\"?"]),
        // Types.
        ("sessions: [8h]", ["4:11: error: a list for sessions", "a map with idle"]),
        ("routes: {a: b}", ["4:9: error: a map; a list of routes"]),
        ("workers: [1]", ["4:10: error: a list; auto, or a number from 1 to 1024"]),
        ("sessions: {idle: {a: 1}}", ["4:18: error: a map; a duration"]),
        ("? [a]\n: 1", ["error: a key that is a list or a map"]),
        ("x: {[a]: 1, [a]: 2}", ["4:5: error: a key that is a list or a map"]),
        // Quantities.
        ("sessions: {idle: 8}", ["4:18: error: \"8\"; a duration like 500ms, 30s, 15m, 8h or 30d"]),
        ("sessions: {idle: 1.5h}", ["4:18: error: \"1.5h\""]), ("sessions: {idle: -1s}", ["4:18: error: \"-1s\""]),
        ("sessions: {idle: 99999999999999999999d}", ["4:18: error:"]), ("sessions: {idle: 0s}", ["4:18: error:"]),
        ("limits: {body: 10MB}", ["4:16: error: \"10MB\"; a size like 64KiB or 10MiB"]),
        ("limits: {body: 99999999999GiB}", ["4:16: error:"]),
        ("workers: 0", ["4:10: error: \"0\"; auto, or a number from 1 to 1024"]),
        ("workers: many", ["4:10: error: \"many\"; auto, or a number from 1 to 1024"]),
        ("sessions: {per_user: 0}", ["4:22: error: \"0\"; a number from 1 to 10000"]),
        // Words and addresses.
        ("log: {level: inof}", ["4:14: error: \"inof\" for level", "did you mean \"info\"?"]),
        ("trusted_proxies: [10.0.0.0/33]", ["4:19: error: \"10.0.0.0/33\""]),
        ("trusted_proxies: [10.0.0/8]", ["4:19: error:"]), ("trusted_proxies: [\"fd00::/129\"]", ["4:19: error:"]),
        ("trusted_proxies: [\"::1\", localhost]", ["4:26: error: \"localhost\""]),
        ("reload: often", ["4:9: error: \"often\" for reload; signal, watch"]),
        ("sessions: {rotate: often}", ["4:20: error: \"often\""]),
        ("sessions: {remember: on}", ["4:22: error: \"on\""]),
        ("sessions: {rotation_grace: -1s}", ["4:28: error: \"-1s\""]),
        // YAML itself.
        ("routes: [", ["YAML that cannot be read", "check the indentation, the quotes and the brackets"]),
        ("routes:\n\t- a", ["5:1: error: YAML that cannot be read", "indent with spaces"]),
        ("x: *nothing", ["4:4: error: *nothing, an alias without an anchor before it", "needs quotes"]),
        ("x: &x [*x]", ["4:8: error: *x, an alias without an anchor before it"]),
        ("workers: *.example.com", ["4:10: error: *.example.com, an alias"]),
        ("x: &x a\n*x : 1", ["5:1: error: a key that is a list or a map"]),
        ("---\na: 1", ["another document", "keep one document in a file"]),
    ])
    func `says what was found, what is allowed and how to mend it`(text: String, parts: [String]) {
        let problems = problems(base + text)
        for part in parts {
            #expect(problems.contains { $0.contains(part) }, "\(part) in \(problems)")
        }
    }

    /// Each is one route; column 10 is where its map begins.
    @Test(arguments: [
        ("{require: anyone, upstream: app}", "4:10: error: a route without name"),
        ("{name: a, upstream: app}", "4:10: error: a route without require; say who may"),
        ("{name: a, require: anyone}", "4:10: error: a route without upstream"),
        (
            "{name: a, require: anyone, upstream: ap}",
            "4:47: error: the upstream \"ap\", which is not defined; upstreams are app; did you mean \"app\"?"
        ),
        (
            "{name: a, require: anyon, upstream: app}",
            "4:29: error: \"anyon\" for require; anyone, signed_in; did you mean \"anyone\"?"
        ),
        ("{name: a, require: [], upstream: app}", "4:29: error: an empty list"),
        ("{name: a, require: {}, upstream: app}", "4:29: error: a requirement that requires nothing"),
        ("{name: a, require: {methods: [GET]}, upstream: app}", "4:29: error: a requirement that requires nothing"),
        (
            "{name: a, require: {role: engeneer}, plant: x, upstream: app}",
            "4:36: error: \"engeneer\" for role; operator, supervisor, engineer, admin; did you mean \"engineer\"?"
        ),
        (
            "{name: a, require: {role: admin}, upstream: app}",
            "4:29: error: a role on a route that is about no plant; put {plant} into match.path or match.host, or add plant: CODE"
        ),
        ("{name: a, require: {any_role: []}, upstream: app}", "4:40: error: an empty list"),
        ("{name: a, require: {users: [\"\"]}, upstream: app}", "error: an empty entry in users"),
        (
            "{name: a, require: {anyone: true, users: [x]}, upstream: app}",
            "4:29: error: anyone together with another requirement"
        ),
        ("{name: a, require: {anyone: yes}, upstream: app}", "4:38: error: \"yes\""),
        (
            "{name: a, require: [{methods: [get], signed_in: true}], upstream: app}",
            "4:41: error: \"get\"; a method in upper case, like GET"
        ),
        (
            "{name: a, require: [{methods: [PSOT], signed_in: true}], upstream: app}",
            "4:41: warning: the unusual method PSOT; did you mean POST?"
        ),
        (
            "{name: a, require: [{signed_in: true}, {methods: [GET], anyone: true}], upstream: app}",
            "error: a requirement that is never reached"
        ),
        ("{name: a, match: {host: \"a b\"}, require: anyone, upstream: app}", "4:34: error: the label \"a b\""),
        (
            "{name: a, match: {path: a}, require: anyone, upstream: app}",
            "4:34: error: \"a\", which does not begin with /"
        ),
        (
            "{name: a, match: {path: \"/**/a\"}, require: anyone, upstream: app}",
            "4:34: error: ** that is not the last segment"
        ),
        ("{name: a, match: {path: \"/a%2fb\"}, require: anyone, upstream: app}", "4:34: error:"),
        (
            "{name: a, match: {paht: \"/a\"}, require: anyone, upstream: app}",
            "4:28: error: unknown key \"paht\" in match"
        ),
        (
            "{name: a, match: {path: \"/{plant}\", host: \"{plant}.a\"}, require: anyone, upstream: app}",
            "error: a plant from more than one place"
        ),
        (
            "{name: a, match: {path: \"/{plant}\"}, plant: x, require: anyone, upstream: app}",
            "error: a plant from more than one place"
        ),
        (
            "{name: a, require: anyone, upstream: app, identity: gatehous}",
            "4:62: error: \"gatehous\" for identity; gatehouse, forwarded, remote-user, grafana, none; did you mean \"gatehouse\"?"
        ),
        (
            "{name: a, require: anyone, upstream: app, identity: {X-A: \"{usr}\"}}",
            "4:68: error: \"{usr}\"; text with any of {user_id}"
        ),
        ("{name: a, require: anyone, upstream: app, identity: {Host: \"{user}\"}}", "error: the header name \"Host\""),
        ("{name: a, require: anyone, upstream: app, body: big}", "4:58: error: \"big\"; a size like"),
        (
            "{name: a, require: anyone, upstream: app, encoded_slashes: yes}",
            "4:69: error: \"yes\" for encoded_slashes; refuse, allow"
        ),
    ])
    func `about a route stands where the mistake is`(route: String, expected: String) {
        let problems = problems(base + "routes: [" + route + "]")
        #expect(problems.contains { $0.hasPrefix(expected) || $0.contains(expected) }, "\(problems)")
    }

    @Test func `names both of two routes that are the same`() {
        let text =
            base + """
                routes:
                  - {name: a, match: {path: "/x/**"}, require: anyone, upstream: app}
                  - {name: b, match: {path: "/%78/**"}, require: signed_in, upstream: app}
                  - {name: a, match: {path: "/y"}, require: anyone, upstream: app}
                """
        let problems = problems(text)
        #expect(problems.count == 2)
        #expect(problems[0].hasPrefix("6:5: error: the route b matches exactly what a matches"))
        #expect(problems[0].hasSuffix("the other is at 5:5"))
        #expect(problems[1].hasPrefix("7:5: error: the route a a second time"))
    }

    @Test(arguments: [
        ("[{}]", "a listener without address"),
        ("[{address: 8443, redirect: https}]", "\"8443\"; an address and a port"),
        ("[{address: \"localhost:1\", redirect: https}]", "\"localhost:1\""),
        ("[{address: \"1.2.3.4:99999\", redirect: https}]", "\"1.2.3.4:99999\""),
        ("[{address: \"1.2.3.4:1\", tls: {}}]", "certificates"),
        ("[{address: \"1.2.3.4:1\", tls: {certificates: [{certificate: a}]}}]", "a certificate without key"),
        ("[{address: \"1.2.3.4:1\", redirect: http}]", "\"http\" for redirect; https"),
        ("[{address: \"1.2.3.4:1\", redirect: https, serve: operations}]", "redirect and serve in one listener"),
        (
            "[{address: \"1.2.3.4:1\", redirect: https}, {address: \"1.2.3.4:1\", serve: operations}]",
            "the address 1.2.3.4:1 a second time"
        ),
        ("[{address: \"1.2.3.4:1\"}]", "warning: a listener without tls"),
    ])
    func `about a listener says how to mend it`(listeners: String, expected: String) {
        let problems = problems("listeners: " + listeners)
        #expect(problems.contains { $0.contains(expected) }, "\(problems)")
    }

    @Test(arguments: [
        "127.0.0.1:1", "ftp://a", "http://", "http://a/path", "http://a?q", "http://u@a", "http://a:0",
        "http://a:99999",
        "http://a b", "h2://a/b", "h2c://", "https://a/b", "http://unix:a", "unix:a", "https://unix:/run/a.sock",
        "http://unix:/" + String(repeating: "a", count: 120),
    ])
    func `refuses an endpoint that is none`(url: String) {
        let problems = problems(
            "listeners: [{address: \"[::1]:1\", redirect: https}]\nupstreams: {a: {endpoints: [\"\(url)\"]}}")
        #expect(problems.count == 1 && problems[0].hasPrefix("2:29: error: \"\(url)\""), "\(problems)")
    }

    @Test(arguments: [
        "http://a", "https://", "https://a/b", "https://u@a", "https://a?b", "a", "https://*.a", "https://a:0",
        "javascript:alert(1)",
    ])
    func `refuses a public URL that is no origin`(url: String) {
        let problems = problems(
            "listeners: [{address: \"[::1]:1\", redirect: https}]\naccounts: {public_url: \"\(url)\"}")
        #expect(problems.contains { $0.hasPrefix("2:24: error: \"\(url)\"") }, "\(problems)")
    }

    @Test func `comes with all others at once, in the order of the file`() {
        let text = """
            listeners: [{address: nowhere, tls: {certificates: [{certificat: a, key: b}]}}]
            sesions: {}
            database: {connections: 0, staleness: soon, url: {fil: x}}
            workers: 0
            workers: 1
            upstreams: {app: {endpoints: [], balance: random}}
            routes:
              - {name: a, require: nobody, upstream: ap}
              - {nam: b, match: {path: x}, require: {role: king}}
            tests:
              - {request: "GET /", expect: maybe}
            limits: {body: 1}
            accounts: {public_url: "http://x", password_length: 3}
            """
        let problems = problems(text)
        let lines = problems.compactMap { Int($0.prefix { $0 != ":" }) }
        #expect(lines == lines.sorted())
        #expect(Set(lines).isSuperset(of: [1, 2, 3, 5, 6, 8, 9, 11, 13]), "\(problems)")
        #expect(problems.count >= 17, "\(problems)")
    }

    @Test func `never quotes a database URL`() {
        let text = base + "database: {url: {file: [\"postgresql://u:hunter2@h/d\"]}}"
        #expect(!problems(text).joined().contains("hunter2"))
    }
}
