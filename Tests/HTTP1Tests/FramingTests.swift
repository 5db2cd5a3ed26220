import HTTP1
import HTTPMessage
import Testing

/// Where a request's body ends, and whether another may follow (RFC 9112, sections 6 and 9.3).
@Suite struct `Framing of requests` {
    @Test func `Content-Length tells the length`() throws {
        #expect(try parseRequest(post("Content-Length: 0")).framing == .length(0))
        #expect(try parseRequest(post("content-length:\t42 ")).framing == .length(42))
        #expect(try parseRequest(post("Content-Length: 007")).framing == .length(7))
        let most = try parseRequest(post("Content-Length: 9223372036854775807"))
        #expect(most.framing == .length(UInt64(Int64.max)))
    }

    @Test(arguments: ["chunked", "Chunked", "CHUNKED", "chunked\t "])
    func `Transfer-Encoding is chunked, in any case`(value: String) throws {
        #expect(try parseRequest(post("transfer-encoding: \(value)")).framing == .chunked)
    }

    @Test(arguments: Hostile<RequestError>.framings)
    func `an ambiguous framing is refused`(_ framing: Hostile<RequestError>) {
        #expect(refusal(of: framing.bytes) == framing.refusal)
        #expect(refusalByteByByte(of: framing.bytes) != nil)
        #expect(framing.refusal.status == 400)
    }
}

@Suite struct `Connection, Upgrade and Expect` {
    struct KeepAlive: Sendable, CustomTestStringConvertible {
        let version: String
        let connection: String?
        let keepAlive: Bool
        var testDescription: String { "HTTP/\(version), Connection: \(connection ?? "none")" }
    }

    @Test(arguments: [
        KeepAlive(version: "1.1", connection: nil, keepAlive: true),
        KeepAlive(version: "1.1", connection: "close", keepAlive: false),
        KeepAlive(version: "1.1", connection: "Close", keepAlive: false),
        KeepAlive(version: "1.1", connection: "x, , CLOSE", keepAlive: false),
        KeepAlive(version: "1.1", connection: "keep-alive, close", keepAlive: false),
        KeepAlive(version: "1.1", connection: "closed", keepAlive: true),
        KeepAlive(version: "1.0", connection: nil, keepAlive: false),
        KeepAlive(version: "1.0", connection: "Keep-Alive", keepAlive: true),
        KeepAlive(version: "1.0", connection: "close, keep-alive", keepAlive: false),
    ])
    func `a connection persists as RFC 9112, section 9.3, says`(_ example: KeepAlive) throws {
        let line = example.connection.map { "Connection: \($0)\r\n" } ?? ""
        let head = try parseRequest("GET / HTTP/\(example.version)\r\nHost: a\r\n\(line)\r\n")
        #expect(head.keepAlive == example.keepAlive)
    }

    @Test func `close counts in any of several Connection fields`() throws {
        #expect(try !parseRequest(get("Connection: x", "X: y", "Connection: close")).keepAlive)
    }

    @Test(arguments: ["a b", "clo\u{e9}se", "\"close\"", "close;", "x=y"])
    func `a connection option that is no token is refused (RFC 9110 7.6.1)`(option: String) {
        #expect(refusal(of: get("Connection: \(option)")) == .malformedConnection)
    }

    @Test func `an upgrade is offered by Upgrade and Connection together (RFC 9110 7.8)`() throws {
        let both = try parseRequest(get("Connection: keep-alive, Upgrade", "Upgrade: websocket"))
        #expect(both.offersUpgrade)
        #expect(!both.offersH2C)
        #expect(both.keepAlive)
        #expect(try !parseRequest(get("Upgrade: websocket")).offersUpgrade)
        #expect(try !parseRequest(get("Connection: Upgrade")).offersUpgrade)
    }

    @Test(arguments: ["h2c", "H2C", "websocket, h2c", "h2c , websocket"])
    func `an offer of h2c is marked, whatever stands beside it (CVE-2026-73548)`(value: String) throws {
        #expect(try parseRequest(get("Connection: Upgrade, HTTP2-Settings", "Upgrade: \(value)")).offersH2C)
        #expect(try parseRequest(get("Upgrade: websocket", "Upgrade: \(value)")).offersH2C)
        #expect(try !parseRequest(get("Upgrade: h2c-1, xh2c")).offersH2C)
    }

    @Test func `a body is framed alike with and without an offer to upgrade (CVE-2026-2833)`() throws {
        let head = try parseRequest(post("Connection: Upgrade", "Upgrade: foo", "Content-Length: 5"))
        #expect(head.framing == .length(5))
    }

    @Test func `100-continue is expected only where a body follows, in HTTP/1.1 (RFC 9110 10.1.1)`() throws {
        #expect(try parseRequest(post("Expect: 100-Continue", "Content-Length: 5")).expectsContinue)
        #expect(try parseRequest(post("Expect: 100-continue", "Transfer-Encoding: chunked")).expectsContinue)
        #expect(try !parseRequest(post("Expect: 100-continue", "Content-Length: 0")).expectsContinue)
        #expect(try !parseRequest(get("Expect: 100-continue")).expectsContinue)
        let old = "POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
        #expect(try !parseRequest(old).expectsContinue)
    }

    @Test(arguments: ["", "100-continue, x", "y 100-continue", "100-continue;q=1", "200-ok", "100-continue\u{a0}"])
    func `another expectation is refused with 417 (CVE-2025-32094)`(value: String) {
        #expect(refusal(of: post("Expect: \(value)", "Content-Length: 5")) == .unknownExpectation)
    }

    @Test func `two expectations are refused, even if they agree (CVE-2025-32094)`() {
        let twice = post("Expect: 100-continue", "Expect: 100-continue", "Content-Length: 5")
        #expect(refusal(of: twice) == .unknownExpectation)
    }
}

extension Hostile<RequestError> {
    private static func length(_ source: String, _ what: String, _ value: String) -> Self {
        Self(source, what, post("Content-Length: \(value)"), .malformedContentLength)
    }

    private static func encoding(_ source: String, _ what: String, _ value: String) -> Self {
        Self(source, what, post("Transfer-Encoding: \(value)"), .malformedTransferEncoding)
    }

    static let framings: [Self] = [
        Self(
            "CVE-2026-2835", "Content-Length, then Transfer-Encoding",
            post("Content-Length: 5", "Transfer-Encoding: chunked"), .lengthAndTransferEncoding),
        Self(
            "CVE-2026-40561", "Transfer-Encoding, then Content-Length",
            post("Transfer-Encoding: chunked", "Content-Length: 5"), .lengthAndTransferEncoding),
        Self(
            "RFC 9112 6.1", "both in HTTP/1.0",
            "POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            .lengthAndTransferEncoding),
        Self(
            "RFC 9112 6.1", "an unknown coding and Content-Length",
            post("Transfer-Encoding: x", "Content-Length: 5"), .lengthAndTransferEncoding),
        Self(
            "CVE-2026-2835", "Transfer-Encoding in HTTP/1.0",
            "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", .malformedTransferEncoding),
        Self(
            "CVE-2026-2835", "two Transfer-Encodings",
            post("Transfer-Encoding: chunked", "Transfer-Encoding: identity"), .malformedTransferEncoding),
        Self(
            "CVE-2026-2835", "two that agree",
            post("Transfer-Encoding: chunked", "transfer-encoding: chunked"), .malformedTransferEncoding),
        Self(
            "CVE-2026-2835", "one of them empty",
            post("Transfer-Encoding: ", "Transfer-Encoding: chunked"), .malformedTransferEncoding),
        encoding("RFC 9112 6.1", "chunked twice", "chunked, chunked"),
        encoding("RFC 9112 6.1", "chunked, not last", "chunked, gzip"),
        encoding("RFC 9112 6.1", "another before chunked", "gzip, chunked"),
        encoding("RFC 9112 6.1", "identity", "identity"),
        encoding("RFC 9112 6.1", "identity and chunked", "identity, chunked"),
        encoding("CVE-2026-2835", "xchunked", "xchunked"),
        encoding("CVE-2026-2835", "chunkedx", "chunkedx"),
        encoding("CVE-2026-2835", "a comma after", "chunked,"),
        encoding("CVE-2026-2835", "a comma before", ",chunked"),
        encoding("CVE-2026-40561", "a vertical tab before", "\u{b}chunked").refused(.malformedFieldValue),
        encoding("CVE-2026-40561", "a form feed after", "chunked\u{c}").refused(.malformedFieldValue),
        encoding("CVE-2026-40561", "a tab inside", "chun\tked"),
        encoding("RFC 9112 6.1", "a parameter", "chunked;q=1"),
        encoding("RFC 9112 6.1", "in quotes", "\"chunked\""),
        encoding("RFC 9112 6.1", "empty", ""),
        encoding("RFC 9112 6.1", "a letter that some fold to k", "chun\u{212A}ed"),
        encoding("RFC 9112 6.1", "a no-break space", "\u{a0}chunked"),
        length("CVE-2023-40225", "empty", ""),
        length("CVE-2023-40225", "white space", " \t "),
        length("CVE-2023-47627", "a plus sign", "+5"),
        length("CVE-2023-47627", "a minus sign", "-5"),
        length("CVE-2023-47627", "an underscore", "1_0"),
        length("RFC 9110 8.6", "hexadecimal", "0x5"),
        length("RFC 9110 8.6", "a list", "5, 6"),
        length("RFC 9110 8.6", "a list that agrees", "5, 5"),
        length("RFC 9110 8.6", "a comma", "5,"),
        length("RFC 9110 8.6", "a space inside", "5 6"),
        length("RFC 9110 8.6", "a tab inside", "5\t6"),
        length("CVE-2023-40225", "a vertical tab before", "\u{b}5").refused(.malformedFieldValue),
        length("RFC 9110 8.6", "a fraction", "5.0"),
        length("RFC 9110 8.6", "an exponent", "1e3"),
        length("RFC 9110 8.6", "Arabic digits", "٥"),
        length("RFC 9110 8.6", "full-width digits", "５"),
        length("CVE-2021-40346", "2⁶³", "9223372036854775808"),
        length("CVE-2021-40346", "2⁶⁴ + 5", "18446744073709551621"),
        length("CVE-2021-40346", "twenty digits", "00000000000000000005"),
        length("CVE-2021-40346", "many digits", String(repeating: "9", count: 400)),
        Self("RFC 9110 8.6", "two that differ", post("Content-Length: 5", "Content-Length: 6"), .severalContentLengths),
        Self("RFC 9110 8.6", "two that agree", post("Content-Length: 5", "content-length: 5"), .severalContentLengths),
        Self(
            "CVE-2023-40225", "an empty one first", post("Content-Length: ", "Content-Length: 5"),
            .severalContentLengths),
    ]
}
