import HTTP1
import HTTPMessage
import Testing

/// Heads of answers: what an upstream may say (RFC 9112, sections 4 and 6.3).
@Suite struct `Answers` {
    @Test func `an answer has a status, a reason and fields`() throws {
        let head = try parseResponse("HTTP/1.1 404 Not Found, é\r\nServer: x\r\nContent-Length: 12\r\n\r\n")
        #expect(head.status == 404)
        #expect(head.reason == "Not Found, é")
        #expect(head.version == .http11)
        #expect(head.framing == .length(12))
        #expect(head.keepAlive)
        #expect(head.fields == ["Server: x", "Content-Length: 12"])
    }

    @Test(arguments: ["HTTP/1.1 200", "HTTP/1.1 200 "])
    func `a reason is optional`(line: String) throws {
        let head = try parseResponse(line + "\r\n\r\n")
        #expect(head.status == 200)
        #expect(head.reason == "")
    }

    @Test(arguments: [(Method.head, 200), (.get, 204), (.get, 304), (.post, 204), (.head, 404)])
    func `an answer without a body has none, whatever its fields say (RFC 9112 6.3)`(
        method: HTTPMessage.Method, status: Int
    ) throws {
        let length = try parseResponse("HTTP/1.1 \(status) x\r\nContent-Length: 5\r\n\r\n", to: method)
        #expect(length.framing == .none)
        #expect(length.contentLength == 5)
        let chunked = try parseResponse("HTTP/1.1 \(status) x\r\nTransfer-Encoding: chunked\r\n\r\n", to: method)
        #expect(chunked.framing == .none)
        #expect(try parseResponse("HTTP/1.1 \(status) x\r\n\r\n", to: method).framing == .none)
    }

    @Test func `a connection is not used again after a 204 that claims a body`() throws {
        #expect(try !parseResponse("HTTP/1.1 204 x\r\nContent-Length: 5\r\n\r\n").keepAlive)
        #expect(try !parseResponse("HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\n\r\n").keepAlive)
        #expect(try parseResponse("HTTP/1.1 204 x\r\nContent-Length: 0\r\n\r\n").keepAlive)
        #expect(try parseResponse("HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n").keepAlive)
    }

    @Test(arguments: [100, 101, 102, 103, 199]) func `an interim answer has no body`(status: Int) throws {
        let head = try parseResponse("HTTP/1.1 \(status) x\r\nLink: </a>\r\n\r\n")
        #expect(head.status == status)
        #expect(head.framing == .none)
    }

    @Test func `a body without length lasts until the connection closes`() throws {
        let head = try parseResponse("HTTP/1.1 200 OK\r\n\r\n")
        #expect(head.framing == .untilClose)
        #expect(!head.keepAlive)
    }

    @Test func `an answer of HTTP/1.0 is taken`() throws {
        let close = try parseResponse("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n")
        #expect(close.version == .http10)
        #expect(close.framing == .length(5))
        #expect(!close.keepAlive)
        #expect(try parseResponse("HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n").keepAlive)
        #expect(try parseResponse("HTTP/1.0 200 OK\r\n\r\n").framing == .untilClose)
    }

    @Test func `a connection that the upstream closes is not used again`() throws {
        let head = try parseResponse("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: x, Close\r\n\r\n")
        #expect(!head.keepAlive)
    }

    @Test(arguments: Hostile<ResponseError>.answers) func `an answer is refused`(_ answer: Hostile<ResponseError>) {
        #expect(refusalOfResponse(answer.bytes) == answer.refusal)
        var parser = ResponseParser(limits: HeadLimits())
        let head = ResponseHead()
        #expect(throws: ResponseError.self) {
            for end in 0...answer.bytes.count {
                _ = try parser.parse(answer.bytes.span.extracting(0..<end), into: head, requestMethod: .get)
            }
        }
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH", "H", "HTTQ", "\u{15}", "\r\nHTTP/1.1 200 OK\r\n\r\n", "http/1.1", "<html>", " HTTP/1.1",
    ])
    func `what is no answer is recognised by its first bytes`(text: String) {
        #expect(refusalOfResponse(Array(text.utf8)) == ("HTTP/".hasPrefix(text) ? nil : .malformedStatusLine))
    }

    @Test func `a head without end is refused before it ends`() {
        let endless = "HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: 11_000)
        #expect(refusalOfResponse(Array(endless.utf8)) == .headTooLarge)
        let line = "HTTP/1.1 200 " + String(repeating: "x", count: 1 << 16)
        #expect(refusalOfResponse(Array(line.utf8)) == .headTooLarge)
    }

    @Test(arguments: [100, 101]) func `there may be a hundred fields`(count: Int) {
        let text = "HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: count) + "\r\n"
        #expect(refusalOfResponse(Array(text.utf8)) == (count <= 100 ? nil : .tooManyFields))
    }

    @Test func `each refusal has a reason of its own`() {
        #expect(Set(ResponseError.allCases.map(\.reason)).count == ResponseError.allCases.count)
    }
}

extension Hostile<ResponseError> {
    private static func line(_ what: String, _ line: String) -> Self {
        Self("RFC 9112 4", what, line + "\r\nContent-Length: 0\r\n\r\n", .malformedStatusLine)
    }

    private static func fields(_ source: String, _ what: String, _ error: ResponseError, _ lines: String...) -> Self {
        Self(source, what, "HTTP/1.1 200 OK\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n", error)
    }

    static let answers: [Self] = [
        line("status 99999", "HTTP/1.1 99999 x"),
        line("status 99", "HTTP/1.1 99 x"),
        line("status 099", "HTTP/1.1 099 x"),
        line("status 600", "HTTP/1.1 600 x"),
        line("status 999", "HTTP/1.1 999 x"),
        line("status 2000", "HTTP/1.1 2000 x"),
        line("a signed status", "HTTP/1.1 +20 x"),
        line("a status with a letter", "HTTP/1.1 20x x"),
        line("a status with an exponent", "HTTP/1.1 1e2 x"),
        line("a status with a sign", "HTTP/1.1 -20 x"),
        line("a status in hexadecimal", "HTTP/1.1 0xC8 x"),
        line("a reason that touches the status", "HTTP/1.1 200OK"),
        line("HTTP/0.9", "HTTP/0.9 200 OK"),
        line("a status in Arabic digits", "HTTP/1.1 ٢٠٠ x"),
        line("no status", "HTTP/1.1"),
        line("no status but a reason", "HTTP/1.1 OK"),
        line("two spaces before the status", "HTTP/1.1  200 OK"),
        line("a tab before the status", "HTTP/1.1\t200 OK"),
        line("a tab after the status", "HTTP/1.1 200\tOK"),
        line("HTTP/2", "HTTP/2 200 OK"),
        line("HTTP/2.0", "HTTP/2.0 200 OK"),
        line("HTTP/1.2", "HTTP/1.2 200 OK"),
        line("HTTP/1.10", "HTTP/1.10 200 OK"),
        line("lower case", "http/1.1 200 OK"),
        line("another protocol", "ICY 200 OK"),
        line("a NUL in the reason", "HTTP/1.1 200 O\0K"),
        line("a bare CR in the reason", "HTTP/1.1 200 O\rK"),
        line("an empty line first", "\r\nHTTP/1.1 200 OK"),
        Self("RFC 9112 2.2", "a bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", .bareLineFeed),
        fields(
            "CVE-2024-23326", "both framings", .lengthAndTransferEncoding, "Content-Length: 5",
            "Transfer-Encoding: chunked"),
        fields(
            "CVE-2024-23326", "both framings, the other way round", .lengthAndTransferEncoding,
            "Transfer-Encoding: chunked", "Content-Length: 5"),
        fields("RFC 9110 8.6", "two lengths", .severalContentLengths, "Content-Length: 5", "Content-Length: 6"),
        fields("RFC 9110 8.6", "two that agree", .severalContentLengths, "Content-Length: 5", "Content-Length: 5"),
        fields("RFC 9110 8.6", "a list of lengths", .malformedContentLength, "Content-Length: 5, 5"),
        fields("RFC 9110 8.6", "a signed length", .malformedContentLength, "Content-Length: +5"),
        fields("CVE-2021-40346", "a length of 2⁶³", .malformedContentLength, "Content-Length: 9223372036854775808"),
        fields("RFC 9112 6.1", "another coding", .malformedTransferEncoding, "Transfer-Encoding: gzip, chunked"),
        fields(
            "RFC 9112 6.1", "chunked twice", .malformedTransferEncoding, "Transfer-Encoding: chunked",
            "Transfer-Encoding: chunked"),
        Self(
            "RFC 9112 6.1", "chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            .malformedTransferEncoding),
        Self(
            "RFC 9110 15.2", "an interim answer with a length", "HTTP/1.1 100 x\r\nContent-Length: 5\r\n\r\n",
            .interimWithBody),
        Self(
            "RFC 9110 15.2", "a chunked interim answer", "HTTP/1.1 103 x\r\nTransfer-Encoding: chunked\r\n\r\n",
            .interimWithBody),
        fields(
            "RFC 9110 7.6.1", "33 options of the connection", .tooManyConnectionOptions, "Content-Length: 0",
            "Connection: " + Array(repeating: "x", count: 33).joined(separator: ",")),
        fields("RFC 9110 5.5", "a NUL in a value", .malformedFieldValue, "X: a\0b"),
        fields("RFC 9110 5.5", "a bare CR in a value", .malformedFieldValue, "X: a\rSet-Cookie: b"),
        fields("RFC 9112 5.1", "a space before a colon", .malformedFieldName, "Content-Length : 5"),
        fields("RFC 9112 5.1", "an empty name", .malformedFieldName, ": x"),
        fields("RFC 9112 5.2", "a folded value", .foldedField, "X: a", " b"),
    ]
}
