import Configuration
import EventLoop
import HTTP2
import HTTPMessage
import Identity
import Synchronization
import Testing

@testable import Proxy

@Suite struct `A call of gRPC` {
    private static let head = [("content-type", "application/grpc"), ("te", "trailers")]

    private static func with(
        _ change: @escaping @Sendable (inout Stand.Options) -> Void = { _ in },
        _ script: @escaping HTTP2Application.Script = answer,
        _ body: @Sendable (Stand, HTTP2Application, HTTP2Wire) async throws -> Void
    ) async throws {
        let application = try await HTTP2Application.start(script)
        let options: (inout Stand.Options) -> Void = {
            $0.endpoints = ["h2c://127.0.0.1:\(application.port)"]
            change(&$0)
        }
        try await Stand.with(upstreams: [], options: options) { stand in
            let wire = try await HTTP2Wire.connect(stand.tls)
            try await body(stand, application, wire)
            await wire.close()
        }
        await application.stop()
    }

    /// One message of two bytes, and that all is well.
    private static let answer: HTTP2Application.Script = { _ in
        HTTP2Application.Answer(
            fields: [("content-type", "application/grpc"), ("x-initial", "i")], body: [0, 0, 0, 0, 2, 1, 2],
            trailers: [("grpc-status", "0"), ("x-final-bin", "AAE")])
    }

    @Test(arguments: [true, false])
    func `is answered with its trailers, whether they come with the body or after it`(isSlow: Bool) async throws {
        let script: HTTP2Application.Script = { request in
            var answer = await Self.answer(request)
            if isSlow { answer.body = Array(repeating: 7, count: 300_000) }
            return answer
        }
        try await Self.with({ _ in }, script) { _, application, wire in
            for _ in 0..<3 {
                let answer = try await wire.ask("POST", "/public/a.B/C", fields: Self.head, body: "\0\0\0\0\0")
                #expect(answer.status == 200 && answer["x-initial"] == "i" && answer.closeCode == .noError)
                #expect(answer.body.count == (isSlow ? 300_000 : 7))
                #expect(answer.trailers.map(\.name) == ["grpc-status", "x-final-bin"])
                #expect(answer.trailer("grpc-status") == "0" && answer["grpc-status"] == nil)
            }
            let request = try #require(await application.requests.first)
            #expect(request["te"] == "trailers" && request["content-type"] == "application/grpc")
            #expect(await application.connections == 1)
        }
    }

    @Test func `may be answered with trailers only, and after an empty body`() async throws {
        let script: HTTP2Application.Script = { request in
            var answer = HTTP2Application.Answer(fields: [("content-type", "application/grpc")])
            if request[":path"] == "/public/only" {
                answer.fields.append(("grpc-status", "5"))
            } else {
                answer.trailers = [("grpc-status", "5")]
            }
            return answer
        }
        try await Self.with({ _ in }, script) { _, _, wire in
            for path in ["/public/only", "/public/empty"] {
                let answer = try await wire.ask("POST", path, fields: Self.head, body: "\0\0\0\0\0")
                #expect(answer.status == 200 && answer.body.isEmpty && answer.closeCode == .noError)
                #expect(answer.trailer("grpc-status") == "5")
            }
        }
    }

    @Test func `may not end with fields by which others are told who somebody is`() async throws {
        let trailers = [
            ("set-cookie", "__Host-gatehouse=x"), ("authorization", "x"), ("location", "/"), ("grpc-status", "0"),
        ]
        try await Self.with({ _ in }, { _ in HTTP2Application.Answer(body: [1], trailers: trailers) }) { _, _, wire in
            let answer = try await wire.ask("POST", "/public/x", fields: Self.head, body: "x")
            #expect(answer.trailers.map(\.name) == ["grpc-status"])
        }
    }

    // MARK: Refusals

    private static let refusals: [(path: String, signsIn: Bool, status: GRPCStatus, code: String)] = [
        ("/private/x", false, .unauthenticated, "sign_in_required"),
        ("/engineers/detroit/x", true, .permissionDenied, "role_missing"),
        ("/nowhere", false, .unimplemented, "no_route"),
        ("/public/..%2fx", false, .internalError, "encoded_slash"),
        ("/limited/x", false, .resourceExhausted, "body_too_large"),
    ]

    @Test(arguments: refusals.map(\.path))
    func `that is refused is told by its status, and never sent to the login page`(path: String) async throws {
        let refusal = try #require(Self.refusals.first { $0.path == path })
        try await Self.with { stand, application, wire in
            let token = refusal.signsIn ? stand.sessions.signIn() : nil
            let accept = [("accept", "text/html"), ("sec-fetch-mode", "navigate"), ("content-length", "2000")]
            let answer = try await wire.ask(
                "POST", path, fields: Self.head + accept, token: token, body: String(repeating: "x", count: 2000))
            #expect(answer.status == 200 && answer.isComplete && answer.body.isEmpty && answer.trailers.isEmpty)
            #expect(answer["content-type"] == "application/grpc" && answer["location"] == nil)
            #expect(answer["content-length"] == nil && answer["set-cookie"] == nil)
            #expect(answer["grpc-status"] == "\(refusal.status.rawValue)")
            #expect(answer["grpc-message"]?.hasSuffix("(\(refusal.code))") == true, "\(answer.fields)")
            #expect(await application.requests.isEmpty)
        }
    }

    @Test func `beyond its route's rate is told that too much was asked`() async throws {
        try await Self.with { _, _, wire in
            for _ in 0..<2 {
                #expect(
                    try await wire.ask("POST", "/rated/x", fields: Self.head, body: "x").trailer("grpc-status") == "0")
            }
            let answer = try await wire.ask("POST", "/rated/x", fields: Self.head, body: "x")
            #expect(answer["grpc-status"] == "8" && answer["retry-after"] != nil)
        }
    }

    @Test(arguments: [
        ("POST", "application/grpc-web+proto"), ("POST", "application/json"), ("GET", "application/grpc"),
        ("POST", "application/grpcfoo"), ("POST", ""),
    ])
    func `is nothing else, which is refused by a status of HTTP`(method: String, type: String) async throws {
        try await Self.with { _, _, wire in
            let answer = try await wire.ask(
                method, "/private/x", fields: [("content-type", type)], body: method == "GET" ? "" : "x")
            #expect(answer.status == 401 && answer["content-type"] == "application/problem+json")
        }
    }

    @Test func `is not made over HTTP1`() async throws {
        try await Self.with { stand, _, _ in
            expect(
                401, of: try await stand.ask("POST /private/x", fields: ["Content-Type: application/grpc"], body: "x"))
        }
    }

    @Test func `to an application that is not there is told so`() async throws {
        let options: (inout Stand.Options) -> Void = { $0.endpoints = ["h2c://127.0.0.1:1"] }
        try await Stand.with(upstreams: [], options: options) { stand in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let answer = try await wire.ask("POST", "/public/x", fields: Self.head, body: "x")
            #expect(answer.status == 200 && answer["grpc-status"] == "14")
            await wire.close()
        }
    }

    // MARK: Ends

    @Test func `that breaks off midway ends with a status, not with half a stream`() async throws {
        let script: HTTP2Application.Script = { _ in HTTP2Application.Answer(body: [1, 2, 3], reset: .internalError) }
        try await Self.with({ _ in }, script) { _, _, wire in
            let answer = try await wire.ask("POST", "/public/x", fields: Self.head, body: "x")
            #expect(answer.status == 200 && answer.trailer("grpc-status") == "14" && answer.closeCode == .noError)
            let plain = try await wire.ask("POST", "/public/x", body: "x")
            #expect(plain.trailers.isEmpty && plain.closeCode == .internalError)
        }
    }

    @Test(arguments: ["100m", "100000u", "0S", "99999999n"])
    func `ends at its client's deadline, which is nobody else's fault`(timeout: String) async throws {
        let answered = Atomic(0)
        let script: HTTP2Application.Script = { request in
            while request["grpc-timeout"] != nil, answered.load(ordering: .relaxed) == 0 {
                try? await Task.sleep(for: .milliseconds(2))
            }
            return await Self.answer(request)
        }
        try await Self.with({ _ in }, script) { stand, application, wire in
            let fields = Self.head + [("grpc-timeout", timeout)]
            let answer = try await wire.ask("POST", "/public/x", fields: fields, body: "x")
            #expect(answer["grpc-status"] == "4" && answer["grpc-message"]?.hasSuffix("(deadline_exceeded)") == true)
            answered.store(1, ordering: .relaxed)
            #expect(try await stand.report().endpoints.map(\.failures) == [0])
            #expect(await application.requests.allSatisfy { $0["grpc-timeout"] == timeout })
        }
    }

    /// The pace of bodies is for uploads; a stream of messages rests when there is nothing to say.
    @Test func `may pause for longer than a body may`() async throws {
        let options: @Sendable (inout Stand.Options) -> Void = { $0.bodyIdle = .milliseconds(50) }
        try await Self.with(options) { _, application, wire in
            let call = try await wire.begin("POST", "/public/call", fields: Self.head, ends: false)
            let upload = try await wire.begin("POST", "/public/upload", ends: false)
            try await wire.send([0, 0, 0, 0, 0], on: call)
            // Its end shows that the time for bodies is over.
            #expect(try await wire.answer(upload).status == 408)
            try await wire.send([0, 0, 0, 0, 0], on: call, ends: true)
            #expect(try await wire.answer(call).trailer("grpc-status") == "0")
            #expect(await application.requests.map(\.body.count) == [10])
        }
    }

    @Test func `in which nobody says anything ends after the time for that, and is nobody's fault`() async throws {
        try await Self.with({ $0.idle = .seconds(3) }) { stand, _, wire in
            let call = try await wire.begin("POST", "/public/call", fields: Self.head, ends: false)
            try await wire.send([0, 0, 0, 0, 0], on: call)
            let answer = try await wire.answer(call)
            #expect(answer["grpc-status"] == "4" && answer["grpc-message"]?.hasSuffix("(call_idle)") == true)
            #expect(try await stand.report().endpoints.map(\.failures) == [0])
        }
    }

    @Test func `ends with the right to it, on both sides and by nobody's fault`() async throws {
        try await Self.with { stand, application, wire in
            let token = stand.sessions.signIn()
            let call = try await wire.begin("POST", "/private/call", fields: Self.head, token: token, ends: false)
            try await wire.send([0, 0, 0, 0, 0], on: call)
            try await eventually("it runs") { try await stand.report().streams == 1 }
            stand.sessions.remove(token)
            await stand.gateway.apply([.everything])
            let answer = try await wire.answer(call)
            #expect(answer.closeCode == .cancel && answer.status == nil)
            try await eventually("the application is told") { await application.resets == [.cancel] }
            #expect(try await stand.report().endpoints.map(\.failures) == [0])
        }
    }

    @Test func `that its client breaks off is broken off at the application`() async throws {
        let seen = Atomic(0)
        let script: HTTP2Application.Script = { request in
            seen.add(1, ordering: .relaxed)
            while seen.load(ordering: .relaxed) < 100 { try? await Task.sleep(for: .milliseconds(2)) }
            return await Self.answer(request)
        }
        try await Self.with({ _ in }, script) { stand, application, wire in
            let call = try await wire.begin("POST", "/public/call", fields: Self.head)
            try await eventually("the application has it") { seen.load(ordering: .relaxed) == 1 }
            try await wire.reset(call)
            try await eventually("it is told") { await application.resets == [.cancel] }
            try await eventually("nothing is left of it") { try await stand.report().upstreamInUse == 0 }
            seen.store(100, ordering: .relaxed)
        }
    }

    // MARK: What it is

    @Test(arguments: [
        ("1H", Duration.seconds(3600)), ("2M", .seconds(120)), ("3S", .seconds(3)), ("4m", .milliseconds(4)),
        ("5u", .microseconds(5)), ("6n", .nanoseconds(6)), ("99999999H", .seconds(99_999_999 * 3600)),
        ("100000000S", nil), ("1", nil), ("S", nil), ("", nil), ("-1S", nil), ("1.5S", nil), ("1s", nil), ("1 S", nil),
    ])
    func `has a deadline in eight digits and a unit`(text: String, expected: Duration?) {
        #expect(Duration(grpcTimeout: text.utf8.span) == expected)
    }

    @Test(arguments: [
        ("Sign in to go on.", "Sign in to go on."), ("100 % ä\n", "100 %25 %C3%A4%0A"), ("\u{7F}~", "%7F~"), ("", ""),
    ])
    func `has a message in visible ASCII`(text: String, expected: String) {
        #expect(GRPCStatus.encode(text) == expected)
    }

    @Test(arguments: [
        (400, 13), (401, 16), (403, 7), (404, 12), (405, 12), (408, 4), (413, 8), (421, 2), (429, 8), (431, 8),
        (500, 2), (501, 12), (502, 14), (503, 14), (504, 4),
    ])
    func `ends with the status that stands for one of HTTP`(status: Int, expected: Int) {
        #expect(GRPCStatus(status: status, code: "x").rawValue == expected)
        #expect(GRPCStatus(status: status, code: "upstream_connect_timeout") == .unavailable)
    }
}

@Suite struct `The health check of an application that speaks HTTP2` {
    private static func check(
        _ change: (inout UpstreamSettings.HealthCheck) -> Void
    ) -> (inout Stand.Options) -> Void {
        var health = UpstreamSettings.HealthCheck()
        health.interval = .milliseconds(100)
        health.timeout = .seconds(20)
        change(&health)
        return { [health] options in options.health = health }
    }

    private static func run(
        tls: Bool = false, _ options: (inout Stand.Options) -> Void, script: @escaping HTTP2Application.Script,
        log: LogCapture = LogCapture(), _ body: @Sendable (Stand, HTTP2Application) async throws -> Void
    ) async throws {
        let context = tls ? try TestCertificates.shared.server("site", protocols: ["h2"]) : nil
        let application = try await HTTP2Application.start(tls: context, script)
        try await Stand.with(
            upstreams: [],
            options: {
                $0.endpoints = ["\(tls ? "h2" : "h2c")://localhost:\(application.port)"]
                $0.addressesOfName = { _ in ["127.0.0.1"] }
                $0.tls.authority = TestCertificates.shared.path("ca.pem")
                $0.logger = log.logger
                options(&$0)
            }
        ) { stand in try await body(stand, application) }
        await application.stop()
    }

    @Test(arguments: [false, true]) func `asks for its path`(tls: Bool) async throws {
        let isWell = Atomic(0)
        let script: HTTP2Application.Script = { request in
            HTTP2Application.Answer(
                status: request[":path"] != "/healthz" || isWell.load(ordering: .relaxed) == 1 ? 204 : 500)
        }
        let log = LogCapture()
        try await Self.run(tls: tls, Self.check { $0.path = "/healthz" }, script: script, log: log) {
            stand, application in
            try await eventually("unwell") { try await stand.report().endpoints.map(\.isAvailable) == [false] }
            expect(503, of: try await stand.ask("GET /public/x"))
            let probe = try #require(await application.requests.first)
            #expect(probe[":path"] == "/healthz" && probe["user-agent"] == "gatehouse-health")
            #expect(probe[":authority"] == "localhost:\(application.port)")
            #expect(log.lines.contains { $0.contains("problem=answered 500") }, "\(log.lines)")
            isWell.store(1, ordering: .relaxed)
            try await eventually("well") { try await stand.report().endpoints.map(\.isAvailable) == [true] }
            expect(204, of: try await stand.ask("GET /public/x"))
        }
    }

    private static let answers: [(name: String, answer: HTTP2Application.Answer, problem: String?)] = [
        ("serving", .init(body: [0, 0, 0, 0, 2, 8, 1], trailers: [("grpc-status", "0")]), nil),
        ("not serving", .init(body: [0, 0, 0, 0, 2, 8, 2], trailers: [("grpc-status", "0")]), "is not serving"),
        ("no message", .init(trailers: [("grpc-status", "0")]), "is not serving"),
        ("unknown service", .init(fields: [("grpc-status", "5")]), "answered grpc-status 5"),
        ("no gRPC at all", .init(status: 404), "answered 404"),
        ("no status", .init(body: [0, 0, 0, 0, 2, 8, 1]), "answered without grpc-status"),
        ("a reset", .init(reset: .internalError, withholdsHead: true), "reset the stream: INTERNAL_ERROR"),
    ]

    @Test(arguments: answers.map(\.name), ["", "app.v1.Orders"])
    func `asks as gRPC has it`(name: String, service: String) async throws {
        let row = try #require(Self.answers.first { $0.name == name })
        let log = LogCapture()
        let asked = Atomic(0)
        let script: HTTP2Application.Script = { _ in
            asked.add(1, ordering: .relaxed)
            return row.answer
        }
        try await Self.run(Self.check { $0.grpcService = service }, script: script, log: log) { stand, application in
            if let problem = row.problem {
                try await eventually("unwell") { try await stand.report().endpoints.map(\.isAvailable) == [false] }
                #expect(log.lines.contains { $0.contains("problem=\(problem)") }, "\(log.lines)")
            } else {
                try await eventually("asked more than once") { asked.load(ordering: .relaxed) > 3 }
                #expect(try await stand.report().endpoints.map(\.isAvailable) == [true])
            }
            let probe = try #require(await application.requests.first)
            #expect(probe[":path"] == "/grpc.health.v1.Health/Check" && probe[":method"] == "POST")
            #expect(probe["content-type"] == "application/grpc" && probe["te"] == "trailers")
            let message = service.isEmpty ? [] : [0x0A, UInt8(service.utf8.count)] + Array(service.utf8)
            #expect(probe.body == [0, 0, 0, 0, UInt8(message.count)] + message)
        }
    }

    @Test func `finds an endpoint unwell that does not speak it`() async throws {
        let upstream = try await ScriptedUpstream.start(ScriptedUpstream.always("HTTP/1.1 200 OK\r\n\r\n"))
        let log = LogCapture()
        let options: (inout Stand.Options) -> Void = {
            $0.endpoints = ["h2c://127.0.0.1:\(upstream.port)"]
            $0.logger = log.logger
            Self.check { $0.path = "/" }(&$0)
        }
        try await Stand.with(upstreams: [], options: options) { stand in
            try await eventually("unwell") { try await stand.report().endpoints.map(\.isAvailable) == [false] }
            #expect(log.lines.contains { $0.contains("malformed answer: HTTP/2: ") }, "\(log.lines)")
        }
        await upstream.stop()
        await upstream.closeConnections()
    }
}
