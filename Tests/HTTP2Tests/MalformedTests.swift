import HTTP2
import HTTPMessage
import Testing

/// A head that must not be taken, and where that is known from.
struct HostileHead: CustomTestStringConvertible, Sendable {
    let source: String
    let what: String
    let fields: [Field]

    struct Field: Sendable {
        let name: String
        let value: [UInt8]
    }

    init(_ source: String, _ what: String, _ fields: [(String, String)]) {
        self.source = source
        self.what = what
        self.fields = fields.map { Field(name: $0.0, value: Array($0.1.utf8)) }
    }

    /// A request that is in order but for one field more.
    init(_ source: String, _ what: String, plus name: String, _ value: String) {
        self.init(source, what, Bench.get + [(name, value)])
    }

    /// A request that is in order but for one pseudo-field's value.
    init(_ source: String, _ what: String, changing name: String, to value: String) {
        self.init(source, what, Bench.get.filter { $0.0 != name } + [(name, value)])
    }

    var testDescription: String { "\(source): \(what)" }

    var payload: [UInt8] { fields.flatMap { HPACK.field($0.name, $0.value) } }
}

@Suite struct `Malformed heads` {
    static let malformed: [HostileHead] = [
        HostileHead("RFC 9113 8.3.1", "no method", Array(Bench.get.dropFirst())),
        HostileHead("RFC 9113 8.3.1", "no path", Bench.get.filter { $0.0 != ":path" }),
        HostileHead("RFC 9113 8.3.1", "no scheme", Bench.get.filter { $0.0 != ":scheme" }),
        HostileHead("RFC 9113 8.3.1", "neither :authority nor Host", Bench.get.filter { $0.0 != ":authority" }),
        HostileHead("RFC 9113 8.3", "a pseudo-field twice", plus: ":path", "/other"),
        HostileHead("RFC 9113 8.3", "two methods", Bench.get + [(":method", "POST")]),
        HostileHead(
            "RFC 9113 8.3", "a pseudo-field after others", [("accept", "*/*")] + Bench.get),
        HostileHead("RFC 9113 8.3", "an unknown pseudo-field", plus: ":user", "root"),
        HostileHead("RFC 9113 8.3", "a pseudo-field of answers", plus: ":status", "200"),
        HostileHead("RFC 8441 4", "a protocol that was not offered", plus: ":protocol", "websocket"),
        HostileHead("RFC 9113 8.2.1", "a name with capitals", plus: "X-Gatehouse-User", "admin"),
        HostileHead("RFC 9113 8.2.1", "a name with a space", plus: "x evil", "1"),
        HostileHead("CVE-2023-27493", "a name with a line feed", plus: "x\nevil", "1"),
        HostileHead("CVE-2023-27493", "a name with a colon", plus: "x:evil", "1"),
        HostileHead("CVE-2019-9516", "an empty name", plus: "", "1"),
        HostileHead("RFC 9113 8.2.1", "a name beyond ASCII", plus: "x-\u{e4}", "1"),
        HostileHead("CVE-2023-27493", "a value with a line feed", plus: "x-a", "1\nx-gatehouse-user: admin"),
        HostileHead("CVE-2026-42926", "a value with CR and LF", plus: "x-a", "1\r\nx-gatehouse-user: admin"),
        HostileHead("RFC 9113 8.2.1", "a value with NUL", plus: "x-a", "1\u{0}2"),
        HostileHead("RFC 9113 8.2.1", "a value that begins with a space", plus: "x-a", " 1"),
        HostileHead("RFC 9113 8.2.1", "a value that ends with a tab", plus: "x-a", "1\t"),
        HostileHead("RFC 9113 8.2.2", "connection", plus: "connection", "x-gatehouse-user"),
        HostileHead("CVE-2026-42926", "transfer-encoding", plus: "transfer-encoding", "chunked"),
        HostileHead("RFC 9113 8.2.2", "keep-alive", plus: "keep-alive", "1"),
        HostileHead("RFC 9113 8.2.2", "proxy-connection", plus: "proxy-connection", "keep-alive"),
        HostileHead("CVE-2026-73548", "upgrade", plus: "upgrade", "h2c"),
        HostileHead("RFC 9113 8.2.2", "te that says more than trailers", plus: "te", "trailers, chunked"),
        HostileHead("RFC 9113 8.3.1", "an empty path", changing: ":path", to: ""),
        HostileHead("RFC 9113 8.3.1", "a path without a slash", changing: ":path", to: "evil"),
        HostileHead("RFC 9113 8.3.1", "an absolute path", changing: ":path", to: "http://b.example/"),
        HostileHead("RFC 9113 8.3.1", "an asterisk that is not for OPTIONS", changing: ":path", to: "*"),
        HostileHead("CVE-2026-42926", "a path with a space", changing: ":path", to: "/ HTTP/1.1"),
        HostileHead("CVE-2023-27493", "a path with a line feed", changing: ":path", to: "/\nx: y"),
        HostileHead("CVE-2023-27493", "a path with CR and LF", changing: ":path", to: "/ HTTP/1.1\r\nx: y\r\n\r\n"),
        HostileHead("RFC 3986 3.5", "a path with a fragment", changing: ":path", to: "/a#b"),
        HostileHead("RFC 3986 2", "a path beyond ASCII", changing: ":path", to: "/\u{e4}"),
        HostileHead("RFC 9110 9.1", "an empty method", changing: ":method", to: ""),
        HostileHead("CVE-2026-42926", "a method with a space", changing: ":method", to: "GET /admin HTTP/1.1"),
        HostileHead("CVE-2023-27493", "a method with CR and LF", changing: ":method", to: "GET\r\nx: y"),
        HostileHead("RFC 9113 8.3.1", "a scheme that is not HTTP", changing: ":scheme", to: "file"),
        HostileHead("RFC 9110 8.6", "two lengths", Bench.get + [("content-length", "0"), ("content-length", "0")]),
        HostileHead("RFC 9110 8.6", "a length that is no number", plus: "content-length", "1e3"),
        HostileHead("RFC 9110 8.6", "a length with a sign", plus: "content-length", "+1"),
        HostileHead("RFC 9110 8.6", "a list of lengths", plus: "content-length", "0, 0"),
        HostileHead("CVE-2021-40346", "a length that wraps", plus: "content-length", "18446744073709551616"),
        HostileHead("RFC 9113 8.3.1", "two Hosts", Bench.get + [("host", "a.example"), ("host", "a.example")]),
        HostileHead("RFC 3986 3.2", "a path in the authority", changing: ":authority", to: "a.example/x"),
        HostileHead("RFC 9113 8.5", "CONNECT with a path", changing: ":method", to: "CONNECT"),
    ]

    @Test(arguments: malformed) func `reset their stream, and nobody hears of it`(head: HostileHead) {
        let bench = Bench()
        bench.say(Frame(kind: .headers, flags: Frame.endStream | Frame.endHeaders, stream: 1, payload: head.payload))
        #expect(bench.resetCode() == .protocolError)
        #expect(bench.news().isEmpty && bench.server.streamCount == 0)
        // The connection goes on.
        bench.say(Frame.headers(3, Bench.get))
        #expect(bench.news().count == 1)
    }

    static let refused: [(HostileHead, RequestError)] = [
        (HostileHead("RFC 9113 8.3.1", "a Host that is another", plus: "host", "b.example"), .hostMismatch),
        (
            HostileHead("RFC 9113 8.3.1", "a user in the authority", changing: ":authority", to: "u@a.example"),
            .malformedHost
        ),
        (
            HostileHead("RFC 3986 3.2.3", "a port that is none", changing: ":authority", to: "a.example:99999"),
            .malformedHost
        ),
        (HostileHead("CVE-2025-32094", "an expectation", plus: "expect", "200-ok"), .unknownExpectation),
        (
            HostileHead("RFC 9112 3", "a method too long", changing: ":method", to: String(repeating: "A", count: 33)),
            .methodTooLong
        ),
        (
            HostileHead(
                "RFC 9110 15.5.15", "a long target", changing: ":path", to: "/" + String(repeating: "a", count: 8192)),
            .targetTooLong
        ),
        (HostileHead("RFC 6585 5", "a large field", plus: "x-a", String(repeating: "a", count: 65_400)), .headTooLarge),
        (HostileHead("RFC 6585 5", "many fields", Bench.get + (0..<97).map { ("x-\($0)", "") }), .tooManyFields),
        (
            HostileHead("CVE-2026-49975", "many crumbs", Bench.get + (0..<97).map { ("cookie", "c\($0)=") }),
            .tooManyFields
        ),
        (
            HostileHead(
                "CVE-2026-49975", "many cookies in a crumb",
                plus: "cookie", (0..<97).map { "c\($0)=" }.joined(separator: "; ")), .tooManyFields
        ),
    ]

    @Test(arguments: refused)
    func `whose framing is in order can be answered, and nothing of them is kept`(
        head: HostileHead, refusal: RequestError
    ) throws {
        let bench = Bench()
        bench.say(head.frames)
        let stream = try bench.opened()
        #expect(stream.refusal == refusal)
        bench.respond(refusal.status, on: stream)
        #expect(bench.frames().first { $0.stream == 1 }?.kind == .headers)
    }

    @Test func `that lie just within the limits are taken`() throws {
        let bench = Bench()
        let path = "/" + String(repeating: "a", count: 8191)
        let fields =
            Bench.get.map { $0.0 == ":path" ? (":path", path) : $0 } + (0..<95).map { ("x-\($0)", "") }
            + [("cookie", "a=1")]
        let stream = try bench.open(1, fields)
        let head = stream.request
        #expect(stream.refusal == nil)
        #expect(head.target.count == 8192)
    }

    @Test func `with Host in place of :authority, or both alike, are taken`() throws {
        let bench = Bench()
        let fields = Bench.get.filter { $0.0 != ":authority" } + [("host", "a.example:8443")]
        let stream = try bench.open(1, fields)
        let first = stream.request
        #expect(first.authority.decoded == "a.example:8443")
        #expect(first.host.decoded == "a.example")
        let second = try bench.open(3, Bench.get + [("host", "A.Example")])
        let head = second.request
        #expect(second.refusal == nil)
        #expect(head.authority.decoded == "a.example")
    }

    @Test func `of OPTIONS may ask for the asterisk`() throws {
        let bench = Bench()
        let stream = try bench.open(
            1, [(":method", "OPTIONS"), (":scheme", "https"), (":authority", "a.example"), (":path", "*")])
        #expect(stream.request.form == .asterisk)
    }

    @Test func `of CONNECT name a host and a port, and are for the owner to refuse`() throws {
        let bench = Bench()
        let stream = try bench.open(1, [(":method", "CONNECT"), (":authority", "a.example:443")], endStream: false)
        let head = stream.request
        #expect(head.method == .connect && head.form == .authority)
        #expect(head.host.decoded == "a.example")
    }

    @Test func `of extended CONNECT tell the protocol (RFC 8441)`() throws {
        var limits = HTTP2Limits()
        limits.allowsExtendedConnect = true
        let bench = Bench(limits: limits)
        let stream = try bench.open(
            1,
            [
                (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":authority", "a.example"),
                (":path", "/chat?x"),
            ], endStream: false)
        let head = stream.request
        #expect(head.method == .get && stream.refusal == nil, "as the same request over HTTP/1.1")
        #expect(head.path.decoded == "/chat")
        #expect(head.connectProtocol == Array("websocket".utf8))
    }

    static let answers: [HostileHead] = [
        HostileHead("RFC 9113 8.3.2", "no status", [("x-a", "1")]),
        HostileHead("RFC 9113 8.3.2", "a status of four digits", [(":status", "2000")]),
        HostileHead("CVE-2024-23326", "a switch of protocols", [(":status", "101")]),
        HostileHead("RFC 9113 8.3.2", "a status that is no number", [(":status", "2x0")]),
        HostileHead("RFC 9110 15", "a status beyond all classes", [(":status", "600")]),
        HostileHead("RFC 9113 8.3", "a pseudo-field of requests", [(":status", "200"), (":path", "/")]),
        HostileHead("RFC 9113 8.2.2", "connection", [(":status", "200"), ("connection", "close")]),
        HostileHead("RFC 9113 8.2.2", "transfer-encoding", [(":status", "200"), ("transfer-encoding", "chunked")]),
        HostileHead("CVE-2023-27493", "a value with CR and LF", [(":status", "200"), ("x-a", "1\r\nset-cookie: a=b")]),
        HostileHead("RFC 9113 8.2.1", "a name with capitals", [(":status", "200"), ("X-A", "1")]),
        HostileHead(
            "RFC 9110 8.6", "two lengths", [(":status", "200"), ("content-length", "1"), ("content-length", "1")]),
        HostileHead(
            "RFC 9113 6.5.2", "a head too large",
            [(":status", "200")] + ["x-a", "x-b"].map { ($0, String(repeating: "a", count: 40_000)) }),
        HostileHead("RFC 9113 8.1", "an interim answer that ends", [(":status", "103")]),
    ]

    @Test(arguments: answers) func `of answers close their stream`(head: HostileHead) throws {
        let bench = ClientBench()
        let stream = try bench.open()
        bench.say(head.frames)
        #expect(bench.news(of: stream) == .closed)
        #expect(stream.closeCode == .protocolError)
        #expect(bench.client.failure == nil)
    }
}

extension HostileHead {
    /// The head in as many frames as it takes.
    var frames: [Frame] {
        var rest = payload[...]
        var frames: [Frame] = []
        repeat {
            let part = Array(rest.prefix(16_384))
            rest = rest.dropFirst(16_384)
            var frame = Frame(kind: .continuation, stream: 1, payload: part)
            if frames.isEmpty {
                frame.kind = .headers
                frame.flags = Frame.endStream
            }
            if rest.isEmpty { frame.flags |= Frame.endHeaders }
            frames.append(frame)
        } while !rest.isEmpty
        return frames
    }
}

/// A client's session, and a server that says what a test wants it to.
final class ClientBench {
    let workspace = HTTP2Workspace()
    let client: HTTP2ClientSession

    init() {
        client = HTTP2ClientSession(workspace: workspace)
        say([.settings(), .settingsAck])
        _ = frames()
    }

    func say(_ frames: [Frame]) {
        let bytes = frames.flatMap(\.bytes)
        client.receive(bytes.span, now: 1_000_000_000)
    }

    func frames() -> [Frame] {
        var bytes = client.withOutput(Array.init(copying:))
        client.outputWasSent(bytes.count)
        if bytes.starts(with: Frame.magic) { bytes.removeFirst(Frame.magic.count) }
        return Frame.all(in: bytes)
    }

    func open(_ method: HTTPMessage.Method = .get, endsStream: Bool = true) throws -> HTTP2Stream {
        for (name, value) in Bench.get { workspace.draft.append(name: name.utf8.span, value: value.utf8.span) }
        let stream = try #require(client.open(method: method, endsStream: endsStream))
        _ = frames()
        return stream
    }

    func news(of stream: HTTP2Stream) -> HTTP2Stream.News {
        var all: HTTP2Stream.News = []
        _ = frames()
        while let next = client.nextNews() {
            let news = client.takeNews(of: next)
            if next === stream { all.formUnion(news) }
        }
        return all
    }
}
