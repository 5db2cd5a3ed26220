import Configuration
import Testing

/// A listener with this among what it says of TLS.
private func tls(_ text: String) -> String {
    "listeners: [{address: 1.2.3.4:80, tls: {certificates: [{certificate: a, key: b}], \(text)}}]"
}

@Suite struct `A problem in a section` {
    @Test(arguments: [
        (
            "§wokers: 2",
            "error: unknown key \"wokers\" in the configuration…keys here are include, …did you mean \"workers\"?"
        ),
        ("§Workers: 2", "unknown key…did you mean \"workers\"?"),
        ("sessions: {§idel: 8h}", "unknown key \"idel\" in sessions…did you mean \"idle\"?"),
        ("database: {§conections: 8}", "did you mean \"connections\"?"),
        ("limits: {§head_dedline: 8s}", "did you mean \"head_deadline\"?"),
        ("log: {§file: x}", "unknown key \"file\" in log"),
        ("§<<: {workers: 2}", "unknown key \"<<\""), ("§[a]: 1", "a key that is a list or a map"),
        ("? §{a: b}\n: 1", "a key that is a list or a map"),
    ])
    func `with a key is told with what was meant`(marked: String, message: String) {
        expectProblems(base + marked, [message])
    }

    @Test(arguments: ["many", "0", "1025", "-1", "2.5", "99999999999999999999", "[2]", "{a: 2}", "\"\"", "0x10"])
    func `with a number of workers tells the range`(value: String) {
        expectProblems(base + "workers: §\(value)", ["auto, or a number from 1 to 1024"])
    }

    @Test(arguments: [
        "8", "8 h", "1.5h", "-1h", "99999999999999999999h", "4000d", "9223372036854775807d", "0s", "0ms", "h", "\"\"",
        "8H", "1h30m", "٣h", "+1h",
    ])
    func `with a duration shows how durations look`(value: String) {
        expectProblems(base + "sessions: {idle: §\(value)}", ["error: …; a duration like 500ms, 30s, 15m, 8h or 30d"])
    }

    @Test(arguments: ["[8h]", "{a: b}"])
    func `with a duration that is no text says what it is`(value: String) {
        expectProblems(base + "sessions: {idle: §\(value)}", ["; a duration"])
    }

    @Test(arguments: [
        "10MB", "-1", "1.5MiB", "MiB", "99999999999GiB", "10 MiB", "10mib", "\"\"", "18446744073709551616", "+1",
        "0x10",
    ])
    func `with a size shows how sizes look`(value: String) {
        expectProblems(base + "limits: {body: §\(value)}", ["a size like 64KiB or 10MiB"])
    }

    @Test(arguments: [
        ("database: {connections: §0}", "1 to 1000"), ("database: {connections: §1001}", "1 to 1000"),
        ("sessions: {per_user: §0}", "1 to 10000"), ("sessions: {cache: §x}", "1 to 10000000"),
        ("sessions: {cache: §[1]}", "a list; a number"),
        ("limits: {connections: §0}", "1 to 10000000"), ("limits: {connections: §none}", "1 to 10000000"),
        ("limits: {connections_per_address: §0}", "1 to 10000000"),
        ("limits: {memory: §1MiB}", "1048576 bytes for memory; from 64MiB to 1048576GiB"),
        ("limits: {head: §1B}", "1 bytes for head; from 1KiB to 1MiB"), ("limits: {head: §2MiB}", "from 1KiB to 1MiB"),
        ("limits: {head: §auto}", "a size like 64KiB"), ("limits: {fields: §9}", "10 to 10000"),
        ("limits: {target: §100}", "from 128B to 1MiB"),
        ("limits: {head: 4KiB, target: §8KiB}", "a target of 8192 bytes in a head of 4096"),
        ("limits: {body_rate: §0}", "0 bytes for body_rate; from 1B to 1GiB"),
        ("limits: {answer_rate: §2GiB}", "from 1B to 1GiB"), ("limits: {body_deadline: §never}", "a duration like"),
        ("limits: {answer_idle: §0s}", "a duration like"), ("limits: {handshake_deadline: §10}", "a duration like"),
        ("limits: {§connections_per_adress: 5}", "did you mean \"connections_per_address\"?"),
    ])
    func `with a number tells the range`(marked: String, message: String) {
        expectProblems(base + marked, [message])
    }

    @Test func `with a file of breached passwords that is not there names it`() {
        let text = base.replacing("example.com\"}", with: "example.com\", breached_passwords: §/nonexistent}")
        expectProblems(text, ["\"/nonexistent\", which cannot be read; a file"])
    }

    @Test(arguments: [
        "10.0.0.0/33", "10.0.0", "\"::1/129\"", "example.com", "10.0.0.0/", "10.0.0.0/+8", "/8", "10.0.0.0/8/8",
        "\"10.0.0.1\\0\"", "\"\"", "256.1.1.1", "\"10.0.0.0/-1\"", "\"fe80::1%eth0\"",
    ])
    func `with an address range shows how they look`(value: String) {
        expectProblems(
            base + "trusted_proxies: [10.0.0.0/8, §\(value), \"fd00::/8\", 127.0.0.1]", ["an address or CIDR like"])
    }

    @Test(arguments: [
        ("trusted_proxies: §10.0.0.0/8", "\"10.0.0.0/8\"; a list of CIDRs"),
        ("routes: §{a: b}", "a map; a list of routes"),
        ("tests: §x", "\"x\"; a list of tests"), ("sessions: §[]", "a list for sessions; a map with idle, lifetime"),
        ("log: {level: §[debug]}", "a list; a word"), ("log: {level: §loud}", "debug, info, notice, warning, error"),
        ("log: {level: §inf}", "did you mean \"info\"?"), ("routes: [§x]", "\"x\" for a route; a map with name"),
        ("sessions: {idle: §~}", "nothing for idle; a duration; give it a value"),
        ("include: §x", "a list of file patterns"), ("include: [§{a: b}]", "a map; a file pattern"),
        ("database: {url: §[a]}", "a list; text, or {file: PATH}"),
        ("database: {url: §{file: a, more: b}}", "a map; text, or {file: PATH}"),
        ("database: {url: §{fil: a}}", "a map; text, or {file: PATH}"),
        ("database: {url: {file: §/nowhere/secret}}", "the file /nowhere/secret cannot be read"),
    ])
    func `of the wrong kind says what it should be`(marked: String, message: String) {
        expectProblems(base + marked, [message])
    }

    @Test(arguments: [
        ("listeners: §[]", "an empty list; at least one listener"),
        ("§workers: 1", "no listeners"), ("§{}", "no listeners"), ("listeners: §x", "a list of listeners"),
        ("listeners: [§x]", "\"x\" for a listener"), ("listeners: [§{redirect: https}]", "a listener without address"),
        ("listeners: [{address: §localhost:80, redirect: https}]", "an address and a port"),
        ("listeners: [{address: §\":80\", redirect: https}]", "an address and a port"),
        ("listeners: [{address: §\"0.0.0.0:65536\", redirect: https}]", "an address and a port"),
        ("listeners: [{address: §0.0.0.0, redirect: https}]", "an address and a port"),
        ("listeners: [{address: §\"[::1]\", redirect: https}]", "an address and a port"),
        ("listeners: [{address: §\"::1:80\", redirect: https}]", "an address and a port"),
        ("listeners: [{address: §\"[127.0.0.1]:80\", redirect: https}]", "an address and a port"),
        ("listeners: [{address: §\"127.0.0.1:+80\", redirect: https}]", "an address and a port"),
        ("listeners: [{address: §\"127.0.0.1:80 \", redirect: https}]", "an address and a port"),
        ("listeners: [{address: §\"127.0.0.1\\0:80\", redirect: https}]", "an address and a port"),
        ("listeners: [{address: §80, redirect: https}]", "an address and a port"),
        ("listeners: [{address: 1.2.3.4:80, redirect: §http}]", "\"http\" for redirect; https; did you mean"),
        ("listeners: [{address: 1.2.3.4:80, serve: §ops}]", "\"ops\" for serve; operations"),
        (
            "listeners: [§{address: 1.2.3.4:80, redirect: https, serve: operations}]",
            "redirect and serve in one listener"
        ),
        (
            "listeners: [{address: 1.2.3.4:80, redirect: https}, §{address: 1.2.3.4:80, serve: operations}]",
            "a second time…g.yaml:1:13"
        ),
        ("listeners: [{address: 1.2.3.4:80, tls: §{}}]", "tls without certificates"),
        ("listeners: [{address: 1.2.3.4:80, tls: §{certificates: []}}]", "tls without certificates"),
        ("listeners: [{address: 1.2.3.4:80, tls: {certificates: §a.pem}}]", "a list of {certificate, key}"),
        ("listeners: [{address: 1.2.3.4:80, tls: {certificates: [§{certificate: a}]}}]", "a certificate without key"),
        ("listeners: [{address: 1.2.3.4:80, tls: {§certs: []}}]", "unknown key \"certs\""),
        ("listeners: [§{address: 1.2.3.4:80}]", "warning: a listener without tls"),
        (
            "listeners: [{address: 1.2.3.4:80, redirect: https, proxy_protocol: §true}]",
            "proxy_protocol without trusted_proxies: nobody could connect; name the proxies"
        ),
        (
            "listeners: [{address: 1.2.3.4:80, redirect: https, proxy_protocol: §yes}]",
            "\"yes\" for proxy_protocol; true, false"
        ),
        (tls("hsts: §on"), "\"on\"; off, or a map with max_age"), (tls("hsts: §[off]"), "a list; off, or a map"),
        (tls("hsts: {max_age: §forever}"), "a duration like"),
        (tls("hsts: {§maxage: 1d}"), "did you mean \"max_age\"?"),
        (tls("hsts: {include_subdomains: §maybe}"), "true, false"),
        (tls("hsts: {preload: §true}"), "preload without include_subdomains: true"),
        (tls("hsts: {preload: §true, include_subdomains: true, max_age: 30d}"), "a max_age of 365d"),
    ])
    func `of listeners is told where it is`(marked: String, message: String) {
        let messages = marked.contains("§certs") ? ["tls without certificates", message] : [message]
        expectProblems(
            marked.replacing("tls: {§certs", with: "tls: §{§certs"), messages.map { $0.replacing("g.yaml:", with: "") })
    }

    @Test(arguments: [
        "http://x", "https://x/y", "https://x:port", "https://u@x", "\"https://\"", "https://x:0", "https://x:65536",
        "https://x?y", "https://*.x", "\"https://{plant}.x\"", "x", "\"https://x y\"", "\"https://x#y\"",
        "\"https://[::1\"", "\"\"",
        "HTTPS://x", "\"https://x\\n\"", "\"https://x:\"",
    ])
    func `of the public address shows how it looks`(value: String) {
        expectProblems(
            listener + "accounts: {public_url: §\(value)}", ["https://host or https://host:port, without a path"])
    }

    @Test(arguments: [
        ("https://localhost", "https://localhost"), ("https://login.example.com/", "https://login.example.com"),
        ("https://h:8443", "https://h:8443"), ("\"https://[::1]:8443\"", "https://[::1]:8443"),
    ])
    func `is none in a good public address`(value: String, expected: String) throws {
        #expect(try snapshot(listener + "accounts: {public_url: \(value)}").accounts.publicURL == expected)
    }

    @Test(arguments: [
        ("{app: {endpoints: [§\"h2://h/x\"]}}", "http://host:port, https://host:port, h2://host:port"),
        ("{app: {endpoints: [§\"h2c://\"]}}", "h2c://host:port or unix:/path"),
        ("{app: {endpoints: [§\"http://h:99999\"]}}", "http://host:port"),
        ("{app: {endpoints: [§\"http://h:x\"]}}", "http://host:port"),
        ("{app: {endpoints: [§http://h/x]}}", "http://host:port"),
        ("{app: {endpoints: [§http://h/]}}", "http://host:port"),
        ("{app: {endpoints: [§http://u:p@h]}}", "http://host:port"),
        ("{app: {endpoints: [§\"h:80\"]}}", "http://host:port"),
        ("{app: {endpoints: [§\"http://\"]}}", "http://host:port"),
        ("{app: {endpoints: [§\"http://h?x\"]}}", "http://host:port"),
        ("{app: {endpoints: [§[]]}}", "a list; a URL"), ("{app: {endpoints: §http://h}}", "a list of URLs"),
        ("{app: §{}}", "the upstream app without endpoints"), ("{app: §}", "the upstream app without endpoints"),
        ("{app: {endpoints: [http://h], balance: §least_request}}", "did you mean \"least_requests\"?"),
        ("{app: {endpoints: [http://h], timeouts: {connect: §2}}}", "a duration like"),
        ("{app: {endpoints: [http://h], timeouts: {§conect: 2s}}}", "did you mean \"connect\"?"),
        ("{app: {endpoints: [http://h, §http://h]}}", "the endpoint http://h a second time; it is also at 2:31"),
        ("{app: {endpoints: [http://h], health: {path: §x}}}", "a path that begins with /"),
        ("{app: {endpoints: [http://h], health: {path: §/a b}}}", "a path of visible ASCII"),
        ("{app: {endpoints: [http://h], health: {host: §a/b}}}", "a host, or host:port"),
        ("{app: {endpoints: [http://h], health: {grpc: §\"\"}}}", "grpc for http://h; gRPC needs h2:// or h2c://"),
        ("{app: {endpoints: [\"h2://h\", unix:/s], health: {grpc: §a.B}}}", "grpc for unix:/s"),
        ("{app: {endpoints: [\"h2://h\"], health: {path: /x, grpc: §a.B}}}", "grpc beside path"),
        ("{app: {endpoints: [\"h2://h\"], health: {grpc: §\"a b\"}}}", "the name of a service, 127 bytes at most"),
        ("{app: {endpoints: [\"h2://h\"], health: {grpc: §[a]}}}", "a list; the name of a service"),
        ("{app: {endpoints: [http://h], health: {interval: §1ms}}}", "a duration like"),
        ("{app: {endpoints: [http://h], health: {healthy_after: §0}}}", "a number from 1 to 100"),
        ("{app: {endpoints: [http://h], health: {expect: §ok}}}", "a status like 200, or 200-299"),
        ("{app: {endpoints: [http://h], health: {expect: [200, §299-200]}}}", "a status like 200, or 200-299"),
        ("{app: {endpoints: [http://h], health: {expect: §99}}}", "a status like 200, or 200-299"),
        ("{app: {endpoints: [http://h], health: {expect: §1-2-3}}}", "a status like 200, or 200-299"),
        ("{app: {endpoints: [http://h], health: {expect: §[]}}}", "at least one status"),
        ("{app: {endpoints: [http://h], ejection: §on}}", "a map with failures, base, maximum"),
        ("{app: {endpoints: [http://h], ejection: {failures: §0}}}", "a number from 1 to 1000"),
        ("{app: {endpoints: [http://h], ejection: §{base: 10m}}}", "a maximum below the base"),
        ("{app: {endpoints: [http://h], retries: {budget: §101}}}", "a number from 0 to 100"),
        ("{app: {endpoints: [http://h], retries: {§attempt: 1}}}", "did you mean \"attempts\"?"),
        ("{app: {endpoints: [http://h], limits: {connections: §0}}}", "a number from 1 to 1000000"),
        ("{app: {endpoints: [http://h], resolve: §10ms}}", "a duration like"),
        ("{app: {endpoints: [https://h], tls: §{certificate: a}}}", "a certificate without its key"),
        ("{app: {endpoints: [https://h], tls: §{key: a}}}", "a key without its certificate"),
        ("{app: {endpoints: [https://h], tls: {server_name: §\"h:1\"}}}", "a host name or an address, without a port"),
        ("{app: {endpoints: [https://h], tls: {verify: §maybe}}}", "true, false"),
        ("{app: {endpoints: [https://h], tls: {verify: §false}}}", "whoever can stand in between"),
        ("{app: §{endpoints: [http://h], tls: {server_name: h}}}", "none of whose endpoints speaks it"),
        ("§[app]", "a list; a map of name to upstream"),
    ])
    func `of an upstream is told where it is`(marked: String, message: String) {
        expectProblems(listener + "upstreams: " + marked, [message])
    }

    @Test func `of several kinds is told together with all others`() {
        expectProblems(
            """
            listeners: [{address: §nowhere, redirect: https}]
            §wrokers: 2
            sessions: {idle: §8, §lifetme: 1d}
            trusted_proxies: [§a, §b]
            upstreams:
              app: {endpoints: [§"ftp://h"]}
            routes:
              - §{match: {path: §x}, require: §everyone, upstream: §ap}
              - {name: b, require: {role: §boss}, upstream: app, body: §big}
            tests:
              - {request: §nothing, expect: §perhaps}
            """,
            [
                "an address and a port", "did you mean \"workers\"?", "a duration like", "did you mean \"lifetime\"?",
                "an address or CIDR", "an address or CIDR", "http://host:port", "a route without name",
                "does not begin with /", "\"everyone\" for require; anyone, signed_in", "did you mean \"app\"?",
                "operator, supervisor, engineer, admin", "a size like", "METHOD URL", "allow, deny, sign_in",
            ])
    }
}
