import HTTP1
import HTTPMessage
import Testing

/// Chunked bodies (RFC 9112, section 7.1).
@Suite struct `Chunked bodies` {
    private static let wellFormed: [(body: String, data: String)] = [
        ("0\r\n\r\n", ""),
        ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("5\r\nhello\r\n1\r\n \r\n6\r\nworld!\r\n0\r\n\r\n", "hello world!"),
        ("A\r\n0123456789\r\na\r\n0123456789\r\n000\r\n\r\n", "01234567890123456789"),
        ("000000000000005\r\nhello\r\n0\r\n\r\n", "hello"),
        ("5;a=b;c=\"d;e\"\r\nhello\r\n0;last\r\n\r\n", "hello"),
        ("5; a = b\r\nhello\r\n0\r\n\r\n", "hello"),
        ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
        ("5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n"),
        ("1\r\na\r\n0\r\nX: y\r\nTransfer-Encoding: identity\r\nEmpty:\r\n\r\n", "a"),
    ]

    @Test(arguments: Self.wellFormed) func `the data comes out`(body: String, data: String) {
        let decoded = DecodedBody(Array(body.utf8))
        #expect(decoded.error == nil)
        #expect(String(decoding: decoded.data, as: UTF8.self) == data)
        #expect(decoded.consumed == body.utf8.count)
    }

    @Test(arguments: Self.wellFormed) func `what follows the body is left alone`(body: String, data: String) {
        let decoded = DecodedBody(Array((body + "GET / HTTP/1.1\r\n").utf8))
        #expect(decoded.consumed == body.utf8.count)
    }

    @Test(arguments: Self.wellFormed) func `it does not matter where the bytes are cut`(body: String, data: String) {
        let bytes = Array((body + "next").utf8)
        let whole = DecodedBody(bytes)
        #expect(DecodedBody(bytes, cutAt: Array(0...bytes.count)) == whole)
        for first in 0...bytes.count {
            for second in first...bytes.count { #expect(DecodedBody(bytes, cutAt: [first, second]) == whole) }
        }
    }

    @Test(arguments: Self.wellFormed) func `a body that is cut short has not ended`(body: String, data: String) {
        let bytes = Array(body.utf8)
        for end in 0..<bytes.count {
            let decoded = DecodedBody(Array(bytes[..<end]))
            #expect(decoded.consumed == nil)
            #expect(decoded.error == nil)
        }
    }

    @Test(arguments: Hostile<ChunkError>.bodies) func `a body is refused`(_ body: Hostile<ChunkError>) {
        let whole = DecodedBody(body.bytes)
        #expect(whole.error == body.refusal)
        #expect(DecodedBody(body.bytes, cutAt: Array(0...body.bytes.count)) == whole)
        for cut in 0...body.bytes.count { #expect(DecodedBody(body.bytes, cutAt: [cut]) == whole) }
    }

    @Test func `a decoder that has ended stays so`() throws {
        var decoder = ChunkedDecoder()
        #expect(try decoder.next(Array("0\r\n\r\n".utf8).span) == .end(consumed: 5))
        #expect(decoder.hasEnded)
        #expect(try decoder.next(Array("5\r\n".utf8).span) == .end(consumed: 0))
    }
}

@Suite struct `Limits of chunked bodies` {
    @Test(arguments: [15, 16, 17, 400]) func `a size has at most fifteen digits (CVE-2013-2028)`(digits: Int) {
        let decoded = DecodedBody(Array((String(repeating: "f", count: digits) + "\r\n").utf8))
        #expect(decoded.error == (digits <= 15 ? nil : .sizeTooLarge))
    }

    @Test func `a size near 2⁶⁰ is counted down without overflow`() throws {
        var decoder = ChunkedDecoder()
        let bytes = Array("fffffffffffffff\r\n0123456789".utf8)
        #expect(try decoder.next(bytes.span) == .data(skip: 17, count: 10))
    }

    @Test(arguments: [254, 255, 256, 5000]) func `an extension has at most 256 bytes (CVE-2025-55315)`(count: Int) {
        let decoded = DecodedBody(Array(("1;" + String(repeating: "x", count: count) + "\r\na\r\n0\r\n\r\n").utf8))
        #expect(decoded.error == (count <= 255 ? nil : .extensionTooLong))
    }

    @Test func `extensions may not outgrow the data (CVE-2023-39326)`() {
        let chunk = "1;" + String(repeating: "x", count: 200) + "\r\na\r\n"
        #expect(DecodedBody(Array(String(repeating: chunk, count: 80).utf8)).error == nil)
        #expect(DecodedBody(Array(String(repeating: chunk, count: 90).utf8)).error == .extensionTooLong)
    }

    @Test func `a long body may have an extension in each chunk`() {
        let chunk = "200;" + String(repeating: "x", count: 200) + "\r\n" + String(repeating: "a", count: 512) + "\r\n"
        let decoded = DecodedBody(Array((String(repeating: chunk, count: 1000) + "0\r\n\r\n").utf8))
        #expect(decoded.error == nil)
        #expect(decoded.data.count == 512_000)
    }

    @Test func `a body may come in chunks of one byte`() {
        let decoded = DecodedBody(Array((String(repeating: "1\r\na\r\n", count: 50_000) + "0\r\n\r\n").utf8))
        #expect(decoded.error == nil)
        #expect(decoded.data.count == 50_000)
    }

    @Test(arguments: [8 * 1024, 8 * 1024 + 1, 1 << 20])
    func `trailers have at most 8 KiB (RFC 9112 7.1.2)`(count: Int) {
        // The last empty line counts, too.
        let trailer = "X: " + String(repeating: "y", count: count - 7) + "\r\n\r\n"
        #expect(DecodedBody(Array(("0\r\n" + trailer).utf8)).error == (count <= 8 * 1024 ? nil : .trailersTooLong))
    }
}

extension Hostile<ChunkError> {
    private static func size(_ source: String, _ what: String, _ size: String) -> Self {
        Self(source, what, "\(size)\r\nhello\r\n0\r\n\r\n", .malformedSize)
    }

    private static func chunkExtension(_ what: String, _ text: String, _ error: ChunkError) -> Self {
        Self("CVE-2025-55315", what, "5;\(text)\r\nhello\r\n0\r\n\r\n", error)
    }

    private static func trailer(_ what: String, _ trailer: String, _ error: ChunkError = .malformedTrailer) -> Self {
        Self("RFC 9112 7.1.2", what, "0\r\n\(trailer)\r\n\r\n", error)
    }

    static let bodies: [Self] = [
        size("CVE-2023-47627", "a size with an underscore", "0_5"),
        size("CVE-2023-47627", "a size with a plus sign", "+5"),
        size("CVE-2023-47627", "a size with a minus sign", "-5"),
        size("RFC 9112 7.1", "a size with a prefix", "0x5"),
        size("RFC 9112 7.1", "a size with a space before it", " 5"),
        size("RFC 9112 7.1", "a size with a space after it", "5 "),
        size("RFC 9112 7.1", "a size with a space before its extension", "5 ;a"),
        size("RFC 9112 7.1", "a size with a tab after it", "5\t"),
        size("RFC 9112 7.1", "an empty size", ""),
        size("RFC 9112 7.1", "an extension without a size", ";a"),
        size("RFC 9112 7.1", "a size that is no number", "g"),
        size("RFC 9112 7.1", "a size in Arabic digits", "٥"),
        size("RFC 9112 7.1", "a size with a NUL", "5\0"),
        size("RFC 9112 7.1", "a size in a list", "5,5"),
        Self("RFC 9112 2.2", "a size that ends in LF", "5\nhello\r\n0\r\n\r\n", .malformedSize),
        Self("RFC 9112 2.2", "a size that ends in CR CR LF", "5\r\r\nhello\r\n0\r\n\r\n", .malformedLineEnd),
        Self("RFC 9112 2.2", "a size that ends in CR", "5\rhello\r\n0\r\n\r\n", .malformedLineEnd),
        Self("CVE-2013-2028", "a size that overflows", "ffffffffffffffff5\r\nhello\r\n", .sizeTooLarge),
        Self("CVE-2013-2028", "a size of 2⁶³", "8000000000000000\r\nhello\r\n", .sizeTooLarge),
        chunkExtension("an extension with LF", "a\nxx", .malformedExtension),
        chunkExtension("an extension that ends in LF", "a\n", .malformedExtension),
        chunkExtension("an extension with CR", "a\rxx", .malformedLineEnd),
        chunkExtension("an extension with CR CR LF", "a\r", .malformedLineEnd),
        chunkExtension("an extension with LF in quotes", "a=\"\nb\"", .malformedExtension),
        chunkExtension("an extension with CRLF in quotes", "a=\"\r\nb\"", .dataBeyondSize),
        chunkExtension("an extension with NUL", "\0", .malformedExtension),
        chunkExtension("an extension with DEL", "\u{7f}", .malformedExtension),
        Self("RFC 9112 7.1", "data longer than its size", "3\r\nhello\r\n0\r\n\r\n", .dataBeyondSize),
        Self("RFC 9112 7.1", "data shorter than its size", "6\r\nhello\r\n0\r\n\r\n", .dataBeyondSize),
        Self("RFC 9112 7.1", "data that ends in LF", "5\r\nhello\n0\r\n\r\n", .dataBeyondSize),
        Self("RFC 9112 7.1", "data that ends in CR", "5\r\nhello\r0\r\n\r\n", .dataBeyondSize),
        Self("RFC 9112 7.1", "data without an end", "5\r\nhello0\r\n\r\n", .dataBeyondSize),
        Self("RFC 9112 7.1", "an end that ends in LF", "0\r\n\n", .malformedTrailer),
        Self("RFC 9112 7.1", "an end that ends in CR", "0\r\n\rGET", .malformedLineEnd),
        trailer("a trailer with an empty name", ": x"),
        trailer("a trailer without a colon", "X"),
        trailer("a trailer with a space before the colon", "X : y"),
        trailer("a trailer that is folded", "X: y\r\n z"),
        trailer("a trailer with a bare CR", "X: a\rb"),
        trailer("a trailer with a bare LF", "X: a\nb: c"),
        trailer("a trailer with NUL", "X: \0"),
        trailer("a request for a trailer", "GET / HTTP/1.1"),
    ]
}
