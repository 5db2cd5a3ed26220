import HTTP1
import HTTPMessage
import Testing

/// The first line of a request, and the limits of a head (RFC 9112, sections 2 and 3).
@Suite struct `Request lines` {
    @Test func `a request has a method, a target, a version and fields`() throws {
        let head = try parseRequest("PUT /a HTTP/1.1\r\nHost: a\r\nX-One:  two three \t\r\nEmpty:\r\nUtf: é\r\n\r\n")
        #expect(head.method == .put)
        #expect(head.methodName == "PUT")
        #expect(head.version == .http11)
        #expect(head.fields == ["Host: a", "X-One: two three", "Empty: ", "Utf: é"])
        #expect(head.framing == .none)
        #expect(head.keepAlive)
    }

    @Test func `a method is read with regard to case`() throws {
        let head = try parseRequest("get / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(head.method == .other)
        #expect(head.methodName == "get")
    }

    @Test(arguments: ["PROPFIND", "M-SEARCH", String(repeating: "M", count: 32)])
    func `a method that is not known is passed on by its name`(name: String) throws {
        let head = try parseRequest("\(name) / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(head.method == .other)
        #expect(head.methodName == name)
    }

    @Test func `one empty line before a request is passed over`() throws {
        #expect(try parseRequest("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").path == "/")
    }

    @Test func `what follows a head is left for who reads the body`() throws {
        var parser = RequestParser(limits: HeadLimits())
        let head = RequestHead()
        let first = post("Content-Length: 3")
        let bytes = Array((first + "abc" + get()).utf8)
        #expect(try parser.parse(bytes.span, into: head) == .complete(consumed: first.utf8.count))
        #expect(head.framing == .length(3))
        let rest = Array(bytes.dropFirst(first.utf8.count + 3))
        #expect(try parser.parse(rest.span, into: head) == .complete(consumed: rest.count))
        #expect(head.method == .get)
        #expect(head.framing == .none)
        #expect(head.fields.texts == ["Host: a.example"])
    }

    @Test(arguments: Hostile<RequestError>.requestLines)
    func `a request line is refused`(_ line: Hostile<RequestError>) {
        #expect(refusal(of: line.bytes) == line.refusal)
        #expect(refusalByteByByte(of: line.bytes) != nil)
    }

    @Test(arguments: [
        (RequestError.malformedRequestLine, 400), (.malformedVersion, 400), (.unsupportedVersion, 505),
        (.methodTooLong, 501), (.targetTooLong, 414), (.headTooLarge, 431), (.tooManyFields, 431),
        (.unknownExpectation, 417), (.lengthAndTransferEncoding, 400),
    ])
    func `a refusal has its status`(error: RequestError, status: Int) {
        #expect(error.status == status)
    }

    @Test func `each refusal has a code of its own and a sentence`() {
        #expect(Set(RequestError.allCases.map(\.code)).count == RequestError.allCases.count)
        #expect(RequestError.allCases.allSatisfy { $0.detail.hasSuffix(".") })
    }
}

/// Limits, each at its last allowed value and one beyond.
@Suite struct `Limits of a head` {
    private static let limits = HeadLimits(headBytesMax: 200, fieldCountMax: 5, targetBytesMax: 50)

    @Test(arguments: [49, 50, 51, 60, 200, 5000]) func `a target has a limit: 414`(count: Int) {
        let limits = HeadLimits(headBytesMax: 8192, fieldCountMax: 5, targetBytesMax: 50)
        let target = "/" + String(repeating: "a", count: count - 1)
        let wanted: RequestError? = count <= 50 ? nil : .targetTooLong
        let text = "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(refusal(of: text, limits: limits) == wanted)
        #expect(refusalByteByByte(of: Array(text.utf8), limits: limits) == wanted)
    }

    @Test func `a target without end is refused before it ends: 414`() {
        let endless = "GET /" + String(repeating: "a", count: 8300)
        #expect(refusal(of: endless) == .targetTooLong)
        #expect(refusalByteByByte(of: Array(endless.utf8)) == .targetTooLong)
    }

    /// The fuzzer found that a line which came at once was borne until the head's end (found by Fuzz/RequestHead).
    @Test func `a line that is too long is refused as soon as it is there, however it came: 414`() {
        let limits = HeadLimits(headBytesMax: 8192, fieldCountMax: 5, targetBytesMax: 50)
        let line = Array(("GET /" + String(repeating: "a", count: 100) + " HTTP/1.1\r\n").utf8)
        #expect(refusal(of: line, limits: limits) == .targetTooLong)
        #expect(refusalByteByByte(of: line, limits: limits) == .targetTooLong)
    }

    @Test(arguments: [8192, 8193]) func `a target has 8 KiB unless the limits say otherwise: 414`(count: Int) {
        let text = get().replacing("GET / ", with: "GET /\(String(repeating: "a", count: count - 1)) ")
        #expect(refusal(of: text) == (count <= 8192 ? nil : .targetTooLong))
    }

    @Test(arguments: -2...2) func `a head has a limit: 431`(beyond: Int) {
        let start = "GET / HTTP/1.1\r\nHost: a\r\nX: "
        let text = start + String(repeating: "x", count: 200 - start.utf8.count - 4 + beyond) + "\r\n\r\n"
        let wanted: RequestError? = beyond <= 0 ? nil : .headTooLarge
        #expect(refusal(of: text, limits: Self.limits) == wanted)
        #expect(refusalByteByByte(of: Array(text.utf8), limits: Self.limits) == wanted)
        #expect(refusalByteByByte(of: Array(("\r\n" + text).utf8), limits: Self.limits) == wanted)
    }

    /// Whatever else is wrong with it: how much is read before it is refused is what the limit is about.
    @Test func `a head that is too large is refused for that first: 431`() {
        let text = "GET / HTTP/9.9\r\n: x\r\n" + String(repeating: "X: y\r\n", count: 11_000) + "\r\n"
        #expect(refusal(of: text) == .headTooLarge)
    }

    @Test func `a head without end is refused before it ends: 431`() {
        let endless = "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 11_000)
        #expect(refusal(of: endless) == .headTooLarge)
    }

    @Test func `a head of 1 MiB is refused, wherever it is cut: 431`() {
        let head = Array(("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 1 << 20)).utf8)
        for end in stride(from: 64 * 1024 + 1, through: head.count, by: 70_001) {
            #expect(refusal(of: Array(head[..<end])) == .headTooLarge)
        }
    }

    @Test(arguments: [99, 100, 101]) func `there may be a hundred fields: 431`(count: Int) {
        let lines = String(repeating: "X: y\r\n", count: count - 1)
        let text = "GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n"
        #expect(refusal(of: text) == (count <= 100 ? nil : .tooManyFields))
    }

    @Test(arguments: [98, 99, 100, 5000]) func `each cookie counts as a field (CVE-2026-47774): 431`(count: Int) {
        let cookies = (0..<count).map { "c\($0)=\($0)" }
        let wanted: RequestError? = count <= 99 ? nil : .tooManyFields
        #expect(refusal(of: get("Cookie: " + cookies.joined(separator: "; "))) == wanted)
        #expect(refusal(of: get("Cookie: " + cookies.joined(separator: ";"))) == wanted)
        #expect(refusal(of: get("cookie: " + String(repeating: ";", count: count - 1))) == wanted)
    }

    @Test(arguments: [31, 32, 33, 4000]) func `there may be 32 connection options: 400`(count: Int) {
        let options = (0..<count).map { "x\($0)" }.joined(separator: ",")
        #expect(refusal(of: get("Connection: " + options)) == (count <= 32 ? nil : .malformedConnection))
        let halves = get("Connection: " + options, "Connection: close")
        #expect(refusal(of: halves) == (count <= 31 ? nil : .malformedConnection))
    }
}

extension Hostile<RequestError> {
    private static func line(_ source: String, _ what: String, _ line: String, _ error: RequestError) -> Self {
        Self(source, what, line + "\r\nHost: a\r\n\r\n", error)
    }

    static let requestLines: [Self] = [
        line("RFC 9112 2.3", "HTTP/1.10", "GET / HTTP/1.10", .malformedVersion),
        line("RFC 9112 2.3", "HTTP/01.1", "GET / HTTP/01.1", .malformedVersion),
        line("RFC 9112 2.3", "HTTP/2.01", "GET / HTTP/2.01", .malformedVersion),
        line("RFC 9112 2.3", "HTTP/1", "GET / HTTP/1", .malformedVersion),
        line("RFC 9112 2.3", "HTTP/1.", "GET / HTTP/1.", .malformedVersion),
        line("RFC 9112 2.3", "HTTP/1,1", "GET / HTTP/1,1", .malformedVersion),
        line("RFC 9112 2.3", "HTTP/+.1", "GET / HTTP/+.1", .malformedVersion),
        line("RFC 9112 2.3", "lower case", "GET / http/1.1", .malformedVersion),
        line("RFC 9112 2.3", "mixed case", "GET / HTTp/1.1", .malformedVersion),
        line("RFC 9112 2.3", "another protocol", "GET / ICAP/1.0", .malformedVersion),
        line("RFC 9112 2.3", "a letter", "GET / HTTP/1.x", .malformedVersion),
        line("RFC 9110 2.5", "HTTP/2.0", "GET / HTTP/2.0", .unsupportedVersion),
        line("RFC 9110 2.5", "HTTP/1.2", "GET / HTTP/1.2", .unsupportedVersion),
        line("RFC 9110 2.5", "HTTP/0.9", "GET / HTTP/0.9", .unsupportedVersion),
        Self("RFC 9113 3.4", "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .unsupportedVersion),
        line("RFC 1945 4.1", "a request of HTTP/0.9", "GET /", .malformedRequestLine),
        line("RFC 9112 3", "no target", "GET HTTP/1.1", .malformedRequestLine),
        line("RFC 9112 3", "two spaces before the target", "GET  / HTTP/1.1", .malformedRequestLine),
        line("RFC 9112 3", "two spaces before the version", "GET /  HTTP/1.1", .malformedVersion),
        line("RFC 9112 3", "a space after the version", "GET / HTTP/1.1 ", .malformedVersion),
        line("RFC 9112 3", "a second version", "GET / HTTP/1.1 HTTP/1.1", .malformedVersion),
        line("RFC 9112 3", "a space in the target", "GET /a b HTTP/1.1", .malformedVersion),
        line("RFC 9112 3", "a tab for a space", "GET\t/ HTTP/1.1", .malformedRequestLine),
        line("RFC 9112 3", "a space before the method", " GET / HTTP/1.1", .malformedRequestLine),
        line("RFC 9112 3.1", "no method", "/ HTTP/1.1", .malformedRequestLine),
        line("RFC 9112 3.1", "a method that is no token", "GE(T / HTTP/1.1", .malformedRequestLine),
        line("RFC 9112 3.1", "a method with a NUL", "GET\0 / HTTP/1.1", .malformedRequestLine),
        line("RFC 9112 3.1", "a method beyond ASCII", "GÉT / HTTP/1.1", .malformedRequestLine),
        line("RFC 9112 3", "a method of 33 bytes", String(repeating: "M", count: 33) + " / HTTP/1.1", .methodTooLong),
        line("RFC 9112 2.2", "a bare CR in the line", "GET /\r HTTP/1.1", .malformedRequestLine),
        line("RFC 9112 2.2", "a bare CR after the version", "GET / HTTP/1.1\r", .malformedVersion),
        Self("RFC 9112 2.2", "a bare LF", "GET / HTTP/1.1\nHost: a\r\n\r\n", .bareLineFeed),
        Self("RFC 9112 2.2", "bare LFs only", "GET / HTTP/1.1\nHost: a\n\n", .bareLineFeed),
        Self(
            "RFC 9112 2.2", "two empty lines before", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine
        ),
        Self("RFC 9112 2.2", "an empty line that ends in LF before", "\nGET / HTTP/1.1\r\n\r\n", .malformedRequestLine),
        Self("RFC 9112 2.2", "a bare CR before", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Self("RFC 9112 2.2", "white space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", .foldedField),
        Self("RFC 8446 5.1", "a TLS handshake", bytes: [0x16, 0x03, 0x01, 0x02], .malformedRequestLine),
        Self("RFC 9112 3", "a NUL byte alone", bytes: [0], .malformedRequestLine),
    ]
}
