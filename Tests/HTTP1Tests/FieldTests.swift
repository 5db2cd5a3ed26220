import HTTP1
import HTTPMessage
import Testing

/// Field lines, the same in requests and responses (RFC 9112, section 5).
@Suite struct `Field lines` {
    @Test(arguments: Hostile<RequestError>.fieldLines) func `a field is refused`(_ line: Hostile<RequestError>) {
        #expect(refusal(of: line.bytes) == line.refusal)
        #expect(refusalByteByByte(of: line.bytes) != nil)
        #expect(line.refusal.status == 400)
    }

    @Test(arguments: Hostile<RequestError>.fieldLines)
    func `a field is refused from an upstream, too (CVE-2024-23326)`(_ line: Hostile<RequestError>) {
        let text = String(decoding: line.bytes, as: UTF8.self)
        let fields = text.drop { $0 != "\r\n" }
        #expect(refusalOfResponse(Array("HTTP/1.1 200 OK\(fields)".utf8)) != nil)
    }

    @Test(arguments: UInt8.min...UInt8.max) func `a value takes a byte or refuses it`(byte: UInt8) {
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX: a".utf8) + [byte] + Array("b\r\n\r\n".utf8)
        let isAllowed = byte == 9 || (32...126).contains(byte) || byte >= 128
        #expect((refusal(of: bytes) == nil) == isAllowed)
    }

    @Test(arguments: UInt8.min...UInt8.max) func `a name takes a byte or refuses it`(byte: UInt8) {
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\na".utf8) + [byte] + Array("b: x\r\n\r\n".utf8)
        // A colon ends the name; what follows is its value.
        let isAllowed = ByteClass.isToken(byte) || byte == UInt8(ascii: ":")
        #expect((refusal(of: bytes) == nil) == isAllowed)
    }

    /// The length of the name overflowed a byte there, and what stood before it was taken for Content-Length.
    @Test func `a name of 270 bytes is that name (CVE-2021-40346)`() throws {
        let name = "Content-Length0" + String(repeating: "a", count: 255)
        let head = try parseRequest(post("\(name): ", "Content-Length: 23"))
        #expect(head.framing == .length(23))
        #expect(head.fields == ["Host: a.example", "\(name): ", "Content-Length: 23"])
    }

    @Test func `white space around a value is no part of it`() throws {
        #expect(try parseRequest(get("X:a", "X: \t a b\t ")).fields.dropFirst() == ["X: a", "X: a b"])
    }

    @Test func `obs-text in a value is passed on as it is`() throws {
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + [0x80, 0xFF] + Array("\r\n\r\n".utf8)
        let head = RequestHead()
        var parser = RequestParser(limits: HeadLimits())
        _ = try parser.parse(bytes.span, into: head)
        let fields = head.fields
        let value = fields.value(1).copied
        #expect(value == [0x80, 0xFF])
    }
}

extension Hostile<RequestError> {
    private static func line(_ source: String, _ what: String, _ line: String, _ error: RequestError) -> Self {
        Self(source, what, "GET / HTTP/1.1\r\nHost: a\r\n\(line)\r\n\r\n", error)
    }

    static let fieldLines: [Self] = [
        line("CVE-2023-25725", "an empty name", ": x", .malformedFieldName),
        line("CVE-2023-25725", "an empty name alone", ":", .malformedFieldName),
        line("RFC 9112 5.1", "a space before the colon", "X : y", .malformedFieldName),
        line("RFC 9112 5.1", "a tab before the colon", "X\t: y", .malformedFieldName),
        line(
            "CVE-2019-16276", "a space before Transfer-Encoding's colon", "Transfer-Encoding : chunked",
            .malformedFieldName),
        line("CVE-2026-2835", "TE spelled with a space", "TE : chunked", .malformedFieldName),
        line("RFC 9110 5.1", "a space in a name", "X Y: z", .malformedFieldName),
        line("RFC 9110 5.1", "no colon", "X", .malformedFieldName),
        line("RFC 9110 5.1", "a NUL in a name", "X\0: y", .malformedFieldName),
        line("RFC 9110 5.1", "a name beyond ASCII", "Xé: y", .malformedFieldName),
        line("RFC 9110 5.1", "a name in quotes", "\"X\": y", .malformedFieldName),
        line("RFC 9112 5.2", "a folded value", "X: y\r\n z", .foldedField),
        line("RFC 9112 5.2", "a folded value, with a tab", "X: y\r\n\tz", .foldedField),
        line("CVE-2025-32094", "a folded Expect", "Expect: 100-continue\r\n x", .foldedField),
        line("CVE-2026-2835", "a folded Transfer-Encoding", "Transfer-Encoding:\r\n chunked", .foldedField),
        line("RFC 9112 5.2", "a line of white space", " ", .foldedField),
        line("RFC 9110 5.5", "a NUL in a value", "X: a\0b", .malformedFieldValue),
        line("RFC 9110 5.5", "a bare CR in a value", "X: a\rb", .malformedFieldValue),
        line("RFC 9110 5.5", "CR CR LF", "X: a\r", .malformedFieldValue),
        line("RFC 9110 5.5", "a bell", "X: \u{7}", .malformedFieldValue),
        line("RFC 9110 5.5", "DEL", "X: \u{7f}", .malformedFieldValue),
        line("RFC 9110 5.5", "a vertical tab for white space", "X: \u{b}chunked", .malformedFieldValue),
        line("RFC 9112 2.2", "a bare LF in a value", "X: a\nTransfer-Encoding: chunked", .bareLineFeed),
        line("RFC 9112 2.2", "a bare LF at the end of a line", "X: a\n", .bareLineFeed),
        Self("RFC 9112 2.2", "LF LF for the end", "GET / HTTP/1.1\r\nHost: a\r\n\nX: y\r\n\r\n", .bareLineFeed),
        Self(
            "RFC 9112 2.2", "a bare CR in the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\r\r\n\r\n",
            .malformedFieldName),
    ]
}
