import Configuration
import HTTP2
import Synchronization
import TLS
import Testing

@testable import Proxy

@Suite struct `An application that speaks HTTP/2` {
    private static func with(
        streamsMax: UInt32 = 100, tls: ServerContext? = nil, scheme: String = "h2c",
        _ change: (inout Stand.Options) -> Void = { _ in },
        _ script: @escaping HTTP2Application.Script = HTTP2Application.echo,
        _ body: @Sendable (Stand, HTTP2Application) async throws -> Void
    ) async throws {
        let application = try await HTTP2Application.start(tls: tls, streamsMax: streamsMax, script)
        let options: (inout Stand.Options) -> Void = {
            $0.endpoints = ["\(scheme)://localhost:\(application.port)"]
            $0.addressesOfName = { _ in ["127.0.0.1"] }
            $0.tls.authority = TestCertificates.shared.path("ca.pem")
            change(&$0)
        }
        try await Stand.with(upstreams: [], options: options) { stand in try await body(stand, application) }
        await application.stop()
    }

    /// Holds answers until so many requests have come.
    private final class Gate: Sendable {
        private let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])

        func hold() async { await withCheckedContinuation { waiter in waiting.withLock { $0.append(waiter) } } }
        var count: Int { waiting.withLock { $0.count } }
        func open() {
            let all = waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
            for waiter in all { waiter.resume() }
        }
    }

    // MARK: Requests and answers

    @Test func `gets the request in its own terms`() async throws {
        try await Self.with { stand, application in
            let fields = ["X-Custom: a b", "Connection: keep-alive, x-hop", "X-Hop: 1", "Upgrade: h2c", "TE: trailers"]
            expect(200, of: try await stand.ask("GET /public/a?b=c", host: "app.example.com", fields: fields))
            let request = try #require(await application.requests.first)
            #expect(request.fields.prefix(3).map(\.value) == ["GET", "/public/a?b=c", "app.example.com"])
            #expect(request["x-custom"] == "a b" && request["te"] == "trailers")
            #expect(request["x-forwarded-for"] == "127.0.0.1" && request["x-forwarded-host"] == "app.example.com")
            for name in ["connection", "x-hop", "upgrade", "host", "transfer-encoding"] {
                #expect(request[name] == nil)
            }
        }
    }

    @Test func `learns who asks, and nothing that a client claims`() async throws {
        try await Self.with { stand, application in
            let token = stand.sessions.signIn()
            let fields = ["X-Gatehouse-User: mallory"]
            expect(200, of: try await stand.ask("GET /private/x", fields: fields, token: token))
            let request = try #require(await application.requests.first)
            #expect(request.fields.filter { $0.name == "x-gatehouse-user" }.map(\.value) == ["ada"])
            #expect(request["cookie"]?.contains(token) != true)
        }
    }

    @Test(arguments: [0, 1, 1000, 100_000, 3_000_000])
    func `takes bodies and gives them, of a length that is told or not`(count: Int) async throws {
        try await Self.with { stand, application in
            let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            for isChunked in [false, true] {
                let wire = try await Wire.connect(stand.plain)
                let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(count)"
                try await wire.write("POST /public/x HTTP/1.1\r\nHost: localhost\r\n\(framing)\r\n\r\n")
                async let sent: Void = Self.send(body, isChunked, wire)
                let answer = try #require(await wire.message())
                try await sent
                expect(200, of: answer)
                #expect(answer.body.suffix(count) == body[...])
                #expect(await application.requests.last?.body == body)
                await wire.close()
            }
            #expect(await application.connections == 1)
        }
    }

    private static func send(_ body: [UInt8], _ isChunked: Bool, _ wire: Wire) async throws {
        guard isChunked else { return try await wire.write(body) }
        for start in stride(from: 0, to: body.count, by: 70_000) {
            let piece = body[start..<min(start + 70_000, body.count)]
            try await wire.write(Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [13, 10])
        }
        try await wire.write("0\r\n\r\n")
    }

    @Test(arguments: [("GET", 200), ("HEAD", 200), ("GET", 204), ("GET", 304)])
    func `may answer without a body`(method: String, status: Int) async throws {
        try await Self.with({ _ in }, { _ in HTTP2Application.Answer(status: status) }) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            for _ in 0..<2 {
                try await wire.write(Stand.request("\(method) /public/x"))
                expect(status, of: try #require(await wire.message(bodyless: method == "HEAD")))
            }
            await wire.close()
        }
    }

    @Test(arguments: [true, false])
    func `has its trailers passed on to clients that understand them`(understands: Bool) async throws {
        try await Self.with(
            { _ in },
            { _ in
                HTTP2Application.Answer(
                    body: Array("x".utf8), trailers: [("grpc-status", "0"), ("set-cookie", "a=b"), ("x-sum", "7")])
            }
        ) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(
                Stand.request("GET /public/x", fields: ["Connection: close"] + (understands ? ["TE: trailers"] : [])))
            let text = try await wire.rest()
            let end = understands ? "0\r\ngrpc-status: 0\r\nx-sum: 7\r\n\r\n" : "0\r\n\r\n"
            #expect(text.hasSuffix("1\r\nx\r\n" + end), "\(text)")
        }
    }

    @Test func `has early hints passed on, and an endless row of them not`() async throws {
        try await Self.with(
            { _ in },
            { request in
                HTTP2Application.Answer(
                    interim: Array(repeating: 103, count: request[":path"] == "/public/few" ? 2 : 100))
            }
        ) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/few"))
            for status in [103, 103, 200] { #expect(try await wire.message()?.status == status) }
            await wire.close()
            let other = try await Wire.connect(stand.plain)
            try await other.write(Stand.request("GET /public/many"))
            var message = try #require(await other.message())
            while message.status == 103 { message = try #require(await other.message()) }
            expect(502, of: message)
            await other.close()
        }
    }

    // MARK: Connections

    @Test func `is asked for many things at once over one connection`() async throws {
        let gate = Gate()
        let script: HTTP2Application.Script = { request in
            await gate.hold()
            return await HTTP2Application.echo(request)
        }
        let patience: (inout Stand.Options) -> Void = { $0.upstreamLimits.pendingTimeout = .seconds(600) }
        try await Self.with(patience, script) { stand, application in
            try await withThrowingTaskGroup(of: Int?.self) { group in
                for number in 0..<40 { group.addTask { try await stand.ask("GET /public/\(number)").status } }
                try await eventually("all of them have come") { gate.count == 40 }
                #expect(try await stand.report().upstreamInUse == 0 || gate.count == 40)
                gate.open()
                for try await status in group { #expect(status == 200) }
            }
            #expect(await application.connections == 1)
            #expect(await application.concurrencyMax == 40)
        }
    }

    @Test func `is asked for no more at once than it takes, and over another connection for the rest`() async throws {
        let gate = Gate()
        let script: HTTP2Application.Script = { request in
            await gate.hold()
            return await HTTP2Application.echo(request)
        }
        let limit: (inout Stand.Options) -> Void = {
            $0.upstreamLimits.connections = 3
            $0.upstreamLimits.pendingTimeout = .seconds(60)
        }
        try await Self.with(streamsMax: 4, limit, script) { stand, application in
            try await withThrowingTaskGroup(of: Int?.self) { group in
                for number in 0..<20 { group.addTask { try await stand.ask("GET /public/\(number)").status } }
                try await eventually("every place is taken") { gate.count == 12 }
                let opener = Task {
                    while !Task.isCancelled {
                        gate.open()
                        try? await Task.sleep(for: .milliseconds(2))
                    }
                }
                for try await status in group { #expect(status == 200) }
                opener.cancel()
            }
            #expect(await application.concurrencyMax == 4)
            #expect(await application.connections == 3)
        }
    }

    @Test func `that refuses every stream is answered for with 503, and not asked forever`() async throws {
        let refusal = HTTP2Application.Answer(reset: .refusedStream, withholdsHead: true)
        try await Self.with({ _ in }, { _ in refusal }) { stand, application in
            expect(503, of: try await stand.ask("POST /public/x", body: "x"))
            #expect(await application.requests.count == 4)
        }
    }

    /// All of them share one connection, whose window must not be used up by who does not read: twenty times 64 KiB are
    /// more than what is usual for one.
    @Test func `answers others while many do not read`() async throws {
        let script: HTTP2Application.Script = { request in
            HTTP2Application.Answer(
                body: Array(repeating: 7, count: request[":path"] == "/public/large" ? 270_000 : 20_000))
        }
        try await Self.with({ _ in }, script) { stand, application in
            let slow = try await HTTP2Wire.connect(stand.tls)
            await slow.takesNothing()
            for _ in 0..<20 { try await slow.begin("GET", "/public/large") }
            try await eventually("all have asked") { await application.requests.count == 20 }
            let wire = try await HTTP2Wire.connect(stand.tls)
            for _ in 0..<10 { #expect(try await wire.ask("GET", "/public/x").body.count == 20_000) }
            #expect(await application.connections == 1)
            for wire in [slow, wire] { await wire.close() }
        }
    }

    @Test func `may refuse as many requests as it is asked, over one connection`() async throws {
        let script: HTTP2Application.Script = { _ in
            HTTP2Application.Answer(reset: .internalError, withholdsHead: true)
        }
        try await Self.with({ $0.ejection = nil }, script) { stand, application in
            let wire = try await Wire.connect(stand.plain)
            for _ in 0..<600 {
                try await wire.write(Stand.request("POST /public/x", body: "x"))
                #expect(try await wire.message()?.status == 502)
            }
            await wire.close()
            #expect(await application.requests.map(\.connection) == Array(repeating: 0, count: 600))
        }
    }

    @Test func `is known by ALPN and its certificate behind TLS`() async throws {
        let context = try TestCertificates.shared.server("site", protocols: ["h2"])
        try await Self.with(tls: context, scheme: "h2") { stand, application in
            for number in 0..<3 { expect(200, of: try await stand.ask("GET /public/\(number)")) }
            #expect(await application.connections == 1)
        }
    }

    @Test func `behind TLS without ALPN is not asked`() async throws {
        let context = try TestCertificates.shared.server("site", protocols: ["http/1.1"])
        try await Self.with(tls: context, scheme: "h2") { stand, application in
            let answer = try await stand.ask("GET /public/x")
            #expect(answer.status == 502 && answer.text.contains("\"code\":\"upstream_insecure\""))
            #expect(await application.requests.isEmpty)
        }
    }

    // MARK: Ends

    @Test(arguments: ["GET", "POST"])
    func `that refuses a stream is asked again, whatever was asked (RFC 9113, 8.7)`(method: String) async throws {
        let asked = Atomic(0)
        let script: HTTP2Application.Script = { request in
            let number = asked.add(1, ordering: .relaxed).newValue
            if number == 2 { return HTTP2Application.Answer(reset: .refusedStream, withholdsHead: true) }
            return await HTTP2Application.echo(request)
        }
        try await Self.with({ _ in }, script) { stand, application in
            expect(200, of: try await stand.ask("GET /public/first"))
            expect(200, of: try await stand.ask("\(method) /public/x", body: method == "POST" ? "x" : ""))
            #expect(await application.requests.count == 3)
        }
    }

    @Test func `that goes away is asked over a new connection`() async throws {
        try await Self.with(
            { _ in },
            { request in HTTP2Application.Answer(saysGoAway: request[":path"] == "/public/1") }
        ) { stand, application in
            for number in 0..<4 { expect(200, of: try await stand.ask("POST /public/\(number)", body: "x")) }
            #expect(await application.requests.map(\.connection) == [0, 0, 1, 1])
        }
    }

    @Test(arguments: [HTTP2ErrorCode.internalError, .cancel, .enhanceYourCalm])
    func `that breaks a request off is answered for with 502, or cut off`(code: HTTP2ErrorCode) async throws {
        try await Self.with(
            { _ in },
            { request in
                let isEarly = request[":path"] == "/public/early"
                return HTTP2Application.Answer(body: Array("half".utf8), reset: code, withholdsHead: isEarly)
            }
        ) { stand, _ in
            expect(502, of: try await stand.ask("POST /public/early", body: "x"))
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("POST /public/late", body: "x"))
            let text = try await wire.rest()
            #expect(!text.hasSuffix("0\r\n\r\n"), "half an answer must not look like a whole one")
            #expect(try await stand.report().upstreamInUse == 0)
        }
    }

    @Test func `that does not answer in time is answered for with 504, and its connection goes on`() async throws {
        let gate = Gate()
        let script: HTTP2Application.Script = { request in
            if request[":path"] == "/public/slow" { await gate.hold() }
            return await HTTP2Application.echo(request)
        }
        try await Self.with({ $0.firstByte = .milliseconds(300) }, script) { stand, application in
            expect(504, of: try await stand.ask("GET /public/slow"))
            gate.open()
            #expect(await application.connections == 1)
        }
    }

    /// What an unruly server does ends its connection, and nothing else.
    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "SSH-2.0-OpenSSH_9.2\r\n",
        String(repeating: "\u{0}", count: 4096),
    ])
    func `or rather something else is answered for with 502`(greeting: String) async throws {
        let upstream = try await ScriptedUpstream.start(ScriptedUpstream.always(greeting))
        let options: (inout Stand.Options) -> Void = { $0.endpoints = ["h2c://127.0.0.1:\(upstream.port)"] }
        try await Stand.with(upstreams: [], options: options) { stand in
            expect(502, of: try await stand.ask("POST /public/x", body: "x"))
            #expect(try await stand.report().upstreamInUse == 0)
        }
        await upstream.stop()
    }

    private static let hostileFrames: [(name: String, bytes: [UInt8])] = [
        (
            "a flood of PING",
            Array(repeating: [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8], count: 20_000).flatMap { $0 }
        ),
        (
            "a flood of SETTINGS (CVE-2019-9515)",
            Array(repeating: [0, 0, 0, 4, 0, 0, 0, 0, 0], count: 20_000).flatMap { $0 }
        ),
        ("a push that nobody asked for", [0, 0, 4, 5, 4, 0, 0, 0, 1, 0, 0, 0, 2]),
        ("a frame that is too large", [0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1]),
        ("a window beyond all bounds", [0, 0, 4, 8, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff]),
    ]

    @Test(arguments: hostileFrames.map(\.name))
    func `and sends nonsense loses its connection, and gets another`(name: String) async throws {
        let raw = try #require(Self.hostileFrames.first { $0.name == name }).bytes
        try await Self.with(
            { _ in },
            { request in HTTP2Application.Answer(raw: request[":path"] == "/public/first" ? raw : []) }
        ) { stand, application in
            expect(200, of: try await stand.ask("GET /public/first"))
            try await eventually("the connection is given up") {
                expect(200, of: try await stand.ask("GET /public/next"))
                return await application.connections > 1
            }
        }
    }
}
