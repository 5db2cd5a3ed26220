import HTTP1
import HTTPMessage
import Testing

/// A head may come in any parts: what it says does not depend on them.
@Suite struct `Heads in parts` {
    private static let requests = [
        get(),
        "\r\n" + get("Connection: keep-alive, Upgrade", "Upgrade: h2c, x", "Cookie: a=b; c=d"),
        post("Content-Length: 12", "Expect: 100-continue"),
        post("Transfer-Encoding: chunked", "Connection: close"),
        "GET http://a.example:80/x?y HTTP/1.1\r\nHost: a.example:80\r\n\r\n",
        "OPTIONS * HTTP/1.0\r\n\r\n",
        "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
    ]

    @Test(arguments: Self.requests) func `a request says the same wherever it is cut`(text: String) throws {
        let whole = try parseRequest(text)
        let bytes = Array(text.utf8)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                var parser = RequestParser(limits: HeadLimits())
                let head = RequestHead()
                for end in [first, second] where end < bytes.count {
                    #expect(try parser.parse(bytes.span.extracting(0..<end), into: head) == .needMore)
                }
                #expect(try parser.parse(bytes.span, into: head) == .complete(consumed: bytes.count))
                #expect(SeenRequest(head) == whole)
            }
        }
    }

    @Test func `an answer says the same wherever it is cut`() throws {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\n"
        let whole = try parseResponse(text)
        let bytes = Array(text.utf8)
        for first in 0...bytes.count {
            var parser = ResponseParser(limits: HeadLimits())
            let head = ResponseHead()
            if first < bytes.count {
                let progress = try parser.parse(bytes.span.extracting(0..<first), into: head, requestMethod: .get)
                #expect(progress == .needMore)
            }
            let progress = try parser.parse(bytes.span, into: head, requestMethod: .get)
            #expect(progress == .complete(consumed: bytes.count))
            #expect(SeenResponse(head) == whole)
        }
    }

    @Test func `a head used again holds nothing of the request before`() throws {
        var parser = RequestParser(limits: HeadLimits())
        let head = RequestHead()
        for text in Self.requests + Self.requests.reversed() {
            let bytes = Array(text.utf8)
            #expect(try parser.parse(bytes.span, into: head) == .complete(consumed: bytes.count))
            #expect(try SeenRequest(head) == parseRequest(text))
        }
    }

    /// 64 KiB one byte at a time: looked at again each time, they would be two thousand million looks.
    ///
    /// Counted without a clock: whatever has been looked at is overwritten with line feeds, which the parser would
    /// stumble over. It may look back at one byte, the CR before an LF, and at the first one, to tell HTTP from others.
    @Test func `dribbled bytes are not looked at again`() throws {
        let lines = String(repeating: "X: " + String(repeating: "y", count: 1000) + "\r\n", count: 60)
        let bytes = Array(("GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n").utf8)
        var seen = [UInt8](repeating: UInt8(ascii: "\n"), count: bytes.count)
        var parser = RequestParser(limits: HeadLimits())
        let head = RequestHead()
        for index in bytes.indices.dropLast() {
            seen[index] = bytes[index]
            if index > 2 { seen[index - 2] = UInt8(ascii: "\n") }
            if try parser.parse(seen.span.extracting(0...index), into: head) != .needMore { Issue.record() }
        }
        #expect(try parser.parse(bytes.span, into: head) == .complete(consumed: bytes.count))
    }

    @Test func `dribbled bytes of an answer are not looked at again, either`() throws {
        let lines = String(repeating: "X: " + String(repeating: "y", count: 1000) + "\r\n", count: 60)
        let bytes = Array(("HTTP/1.1 200 OK\r\n" + lines + "\r\n").utf8)
        var seen = [UInt8](repeating: UInt8(ascii: "\n"), count: bytes.count)
        var parser = ResponseParser(limits: HeadLimits())
        let head = ResponseHead()
        for index in bytes.indices.dropLast() {
            seen[index] = bytes[index]
            if index > 6 { seen[index - 2] = UInt8(ascii: "\n") }
            let part = seen.span.extracting(0...index)
            if try parser.parse(part, into: head, requestMethod: .get) != .needMore { Issue.record() }
        }
        let progress = try parser.parse(bytes.span, into: head, requestMethod: .get)
        #expect(progress == .complete(consumed: bytes.count))
    }
}
