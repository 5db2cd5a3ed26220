import HTTP1
import HTTPMessage
import Testing

/// The target and the authority of a request (RFC 9112, sections 3.2 and 3.3).
@Suite struct `Targets` {
    @Test func `an origin target has a path and a query`() throws {
        let head = try parseRequest("GET /a/b?c=d?e HTTP/1.1\r\nHost: A.example:8443\r\n\r\n")
        #expect(head.form == .origin)
        #expect(head.target == "/a/b?c=d?e")
        #expect(head.path == "/a/b")
        #expect(head.query == "c=d?e")
        #expect(head.authority == "A.example:8443")
        #expect(head.host == "A.example")
    }

    @Test func `an empty query is not the same as none`() throws {
        #expect(try parseRequest("GET /? HTTP/1.1\r\nHost: a\r\n\r\n").query == "")
        #expect(try parseRequest("GET / HTTP/1.1\r\nHost: a\r\n\r\n").query == nil)
    }

    @Test func `an absolute target has its own authority, which Host must agree with`() throws {
        let head = try parseRequest("GET HTTPS://A.example:8443/x?y HTTP/1.1\r\nHost: a.EXAMPLE:8443\r\n\r\n")
        #expect(head.form == .absolute)
        #expect(head.authority == "A.example:8443")
        #expect(head.host == "A.example")
        #expect(head.path == "/x")
        #expect(head.query == "y")
    }

    @Test func `an absolute target without a path has the path /`() throws {
        #expect(try parseRequest("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n").path == "/")
        let head = try parseRequest("GET http://a?q HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(head.path == "/")
        #expect(head.query == "q")
        #expect(head.authority == "a")
    }

    /// A head's memory grows while its own target is read: nothing may be read from where it was (found in review; a
    /// use after free under AddressSanitizer).
    @Test(arguments: 200...255)
    func `a long absolute target keeps its authority`(hostCount: Int) throws {
        let host = String(repeating: "h", count: hostCount)
        let path = "/" + String(repeating: "p", count: 510 - 8 - hostCount)
        for path in ["", "?q", path] {
            let head = try parseRequest("GET http://\(host)\(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            #expect(head.host == host)
            #expect(head.authority == host)
        }
    }

    @Test func `OPTIONS may ask about the server as a whole`() throws {
        #expect(try parseRequest("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").form == .asterisk)
    }

    @Test func `CONNECT names an authority`() throws {
        let head = try parseRequest("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n")
        #expect(head.form == .authority)
        #expect(head.authority == "a.example:443")
        #expect(head.host == "a.example")
    }

    @Test(arguments: [
        "a", "a.example", "a.example.", "A-b_c.example:1", "127.0.0.1:65535", "[::1]", "[::1]:8080", "[::]",
    ])
    func `a host is taken`(host: String) throws {
        #expect(try parseRequest("GET / HTTP/1.1\r\nHost:\(host)\r\n\r\n").authority == host)
    }

    @Test func `HTTP/1.0 may do without a Host`() throws {
        let head = try parseRequest("GET /healthz HTTP/1.0\r\n\r\n")
        #expect(head.authority == "")
        #expect(head.host == "")
        #expect(try parseRequest("GET http://a/ HTTP/1.0\r\n\r\n").host == "a")
    }

    @Test(arguments: Hostile<RequestError>.targets) func `a target is refused`(_ target: Hostile<RequestError>) {
        #expect(refusal(of: target.bytes) == target.refusal)
        #expect(refusalByteByByte(of: target.bytes) != nil)
        #expect(target.refusal.status == 400)
    }

    @Test(arguments: Hostile<RequestError>.hosts) func `a Host is refused`(_ host: Hostile<RequestError>) {
        #expect(refusal(of: host.bytes) == host.refusal)
        #expect(refusalByteByByte(of: host.bytes) != nil)
        #expect(host.refusal.status == 400)
    }
}

extension Hostile<RequestError> {
    private static func target(_ source: String, _ what: String, _ target: String) -> Self {
        Self(source, what, "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n", .malformedTarget)
    }

    static let targets: [Self] = [
        target("CVE-2023-45539", "a fragment", "/public.png#/../secret"),
        target("CVE-2023-45539", "a fragment after a query", "/?a#b"),
        target("CVE-2023-45539", "a fragment in an absolute target", "http://a/#b"),
        target("RFC 9112 3.2", "a relative path", "secret"),
        target("RFC 9112 3.2", "another scheme", "ftp://a/"),
        target("RFC 9112 3.2", "a scheme without slashes", "http:a"),
        target("RFC 9112 3.2", "a scheme with one slash", "http:/a"),
        target("RFC 9112 3.2", "nothing after the scheme", "http://"),
        target("RFC 9112 3.2.3", "an authority for another method than CONNECT", "a:443"),
        target("RFC 9112 3.2.4", "an asterisk for another method than OPTIONS", "*"),
        target("RFC 9112 3.2.4", "an asterisk and more", "*/"),
        target("RFC 3986 2", "a byte beyond ASCII", "/é"),
        target("RFC 3986 2", "a control byte", "/\u{1}"),
        target("RFC 3986 2", "NUL", "/\0"),
        target("RFC 3986 2", "DEL", "/\u{7f}"),
        target("RFC 9112 3", "a tab", "/\tHTTP/1.1"),
        Self("RFC 9112 3.2.3", "CONNECT without a port", "CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n", .malformedTarget),
        Self("RFC 9112 3.2.3", "CONNECT with a path", "CONNECT /a HTTP/1.1\r\nHost: a\r\n\r\n", .malformedTarget),
        Self(
            "RFC 9112 3.2.2", "an absolute target with a user", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
            .malformedHost),
        Self(
            "RFC 9112 3.2.2", "an absolute target without a host", "GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n",
            .malformedHost),
        Self(
            "RFC 9112 3.2.2", "a backslash after the host", "GET http://a\\@b/ HTTP/1.1\r\nHost: a\r\n\r\n",
            .malformedHost),
    ]

    private static func host(_ what: String, _ host: String) -> Self {
        Self("RFC 9112 3.2", what, "GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n", .malformedHost)
    }

    static let hosts: [Self] = [
        Self("RFC 9112 3.2", "none", "GET / HTTP/1.1\r\n\r\n", .missingHost),
        Self("RFC 9112 3.2", "none with an absolute target", "GET http://a/ HTTP/1.1\r\n\r\n", .missingHost),
        Self("RFC 9112 3.2", "two", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", .severalHosts),
        Self("RFC 9112 3.2", "two that agree", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", .severalHosts),
        Self("RFC 9112 3.2", "two in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", .severalHosts),
        Self("RFC 9112 3.2.2", "another than the target's", "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", .hostMismatch),
        Self(
            "RFC 9112 3.2.2", "another port than the target's", "GET http://a:1/ HTTP/1.1\r\nHost: a:2\r\n\r\n",
            .hostMismatch),
        Self(
            "RFC 9112 3.2.3", "another than CONNECT's", "CONNECT a:443 HTTP/1.1\r\nHost: b:443\r\n\r\n", .hostMismatch),
        host("empty", ""),
        host("with a path", "a/b"),
        host("with a query", "a?b"),
        host("with a user", "u@a"),
        host("with a password", "u:p@a"),
        host("a list", "a, b"),
        host("with a space", "a b"),
        host("percent-encoded", "a%2eb"),
        host("with a port that is none", "a:b"),
        host("with an empty port", "a:"),
        host("with port 0", "a:0"),
        host("with a port beyond 65535", "a:65536"),
        host("with port 99999", "a:99999"),
        host("with a port that would overflow", "a:18446744073709551696"),
        host("with a signed port", "a:+80"),
        host("with two ports", "a:1:2"),
        host("only a port", ":80"),
        host("an IPv6 address without brackets", "::1"),
        host("an open bracket", "[::1"),
        host("empty brackets", "[]"),
        host("a zone", "[fe80::1%25eth0]"),
        host("more after the bracket", "[::1]a"),
        host("beyond ASCII", "é"),
        host("with a backslash", "a\\b"),
        host("a label of quotes", "\"a\""),
        host("longer than 255", String(repeating: "a", count: 256)),
    ]
}
