import Configuration
import HTTP2
import Testing

@testable import Proxy

/// What is asked over a connection that is kept is asked by whoever read it, and answered by whoever the loop tells, for
/// as long as nothing has to be waited for but the answer.
@Suite struct `A stream whose application is at hand` {
    /// What the application says to a request for `/public/case`, and what the client gets.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Each is sent when the one before has had time to arrive.
        let pieces: [String]
        var closes = false
        var status = 200
        var body = ""
        var interim: [Int] = []
        /// Why the stream ended, if not by the end of the answer.
        var code: HTTP2ErrorCode?
        /// How many connections the application has seen when the next request is answered.
        var connections = 1
    }

    /// All streams of a worker draft their heads in one place.
    @Test func `keeps its head while others' answers begin and are not whole`() async throws {
        let (warm, rest) = (Turnstile(), Turnstile())
        let script: ScriptedUpstream.Script = { wire, request in
            guard request.startLine.contains("/pieces") else {
                await warm.wait()
                return try await ScriptedUpstream.echo(wire, request)
            }
            let number = request.startLine.split(separator: " ")[1].suffix(2)
            try await wire.write("HTTP/1.1 200 OK\r\nX-Number: \(number)\r\nContent-Length: 8\r\n\r\nfour")
            await rest.wait()
            try await wire.write("more")
        }
        try await Stand.with(script) { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let numbers = Array(10..<40)
            var first: [Int32] = []
            for _ in numbers { first.append(try await wire.begin("GET", "/public/warm")) }
            try await eventually { await upstream.requests.count == numbers.count }
            await warm.open()
            for id in first { #expect(try await wire.answer(id).status == 200) }
            var asked: [(number: Int, id: Int32)] = []
            for number in numbers { asked.append((number, try await wire.begin("GET", "/public/pieces\(number)"))) }
            for (number, id) in asked {
                let begun = try await wire.hear(id) { $0.body.count == 4 || $0.closeCode != nil }
                #expect(begun.status == 200 && begun["x-number"] == "\(number)", "\(begun)")
            }
            await rest.open()
            for (_, id) in asked { #expect(try await wire.answer(id).text == "fourmore") }
            await wire.close()
        }
    }

    private static let cases = [
        Case(
            testDescription: "whole, with its length", pieces: ["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsome"],
            body: "some"),
        Case(
            testDescription: "whole, in chunks",
            pieces: ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n0\r\n\r\n"], body: "some"),
        Case(testDescription: "without a body", pieces: ["HTTP/1.1 204 No Content\r\n\r\n"], status: 204),
        Case(
            testDescription: "its head in pieces",
            pieces: ["HTTP/1.1 200 O", "K\r\nContent-Length: 4", "\r\n\r\nsome"], body: "some"),
        Case(
            testDescription: "its body in pieces",
            pieces: ["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", "so", "me"],
            body: "some"),
        Case(
            testDescription: "longer than a buffer",
            pieces: ["HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + String(repeating: "x", count: 300_000)],
            body: String(repeating: "x", count: 300_000)),
        Case(
            testDescription: "hints, and the answer with them",
            pieces: ["HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsome"],
            body: "some", interim: [103]),
        Case(
            testDescription: "hints, and the answer later",
            pieces: ["HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsome"],
            body: "some", interim: [103]),
        Case(
            testDescription: "to the end of the connection", pieces: ["HTTP/1.1 200 OK\r\n\r\nso", "me"], closes: true,
            body: "some", connections: 2),
        Case(
            testDescription: "with more behind its end",
            pieces: ["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsome thing else"], body: "some", connections: 2),
        Case(testDescription: "nonsense", pieces: ["220 smtp.example.com ESMTP\r\n"], status: 502, connections: 2),
        Case(
            testDescription: "an upgrade that nobody asked for",
            pieces: ["HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"], status: 502,
            connections: 2),
        Case(
            testDescription: "cut short in its head", pieces: ["HTTP/1.1 200 OK\r\nConte"], closes: true, status: 502,
            connections: 2),
        Case(
            testDescription: "cut short in its body", pieces: ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "some"],
            closes: true, body: "some", code: .internalError, connections: 2),
    ]

    @Test(arguments: cases)
    func `passes on what comes`(_ its: Case) async throws {
        let script: ScriptedUpstream.Script = { wire, request in
            guard request.startLine.hasPrefix("GET /public/case") else {
                return try await ScriptedUpstream.echo(wire, request)
            }
            for piece in its.pieces {
                try await wire.write(piece)
                if its.pieces.count > 1 { try await Task.sleep(for: .milliseconds(20)) }
            }
            if its.closes { await wire.close() }
        }
        try await Stand.with(script) { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            #expect(try await wire.ask("GET", "/public/first").status == 200)
            let answer = try await wire.ask("GET", "/public/case")
            #expect(answer.status == its.status && answer.interim == its.interim)
            if let code = its.code {
                #expect(answer.closeCode == code && !answer.isComplete)
            } else {
                #expect(answer.isComplete && answer.closeCode == .noError)
            }
            if its.status < 500 { #expect(answer.text == its.body) }
            #expect(try await wire.ask("GET", "/public/next").status == 200)
            #expect(await upstream.connections == its.connections)
            let report = try await stand.report()
            #expect(report.exchangesLent == 0 && report.upstreamInUse == 0)
            await wire.close()
        }
    }

    /// An application that answers the first request on each connection, and does as it likes with the others.
    private static func afterFirst(_ script: @escaping ScriptedUpstream.Script) -> ScriptedUpstream.Script {
        let first = FirstRequests()
        return { wire, request in
            if await first.isFirst(on: wire) { return try await ScriptedUpstream.echo(wire, request) }
            try await script(wire, request)
        }
    }

    private actor FirstRequests {
        private var seen: Set<ObjectIdentifier> = []
        func isFirst(on wire: Wire) -> Bool { seen.insert(ObjectIdentifier(wire)).inserted }
    }

    @Test(arguments: [("GET", 200, 2), ("POST", 502, 1)])
    func `is asked again over a new connection if it closed the kept one, unless that could do harm (RFC 9110, 9.2.2)`(
        method: String, status: Int, connections: Int
    ) async throws {
        try await Stand.with(Self.afterFirst { wire, _ in await wire.close() }) { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            #expect(try await wire.ask("GET", "/public/first").status == 200)
            #expect(try await wire.ask(method, "/public/second").status == status)
            #expect(await upstream.connections == connections)
            await wire.close()
        }
    }

    @Test func `has a time to begin in, and the connection goes on when it is over`() async throws {
        let script = Self.afterFirst { _, _ in try await Task.sleep(for: .seconds(30)) }
        try await Stand.with(script, options: { $0.firstByte = .milliseconds(150) }) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            // On a busy machine an echo takes its time, too.
            try await eventually { try await wire.ask("GET", "/public/first").status == 200 }
            #expect(try await wire.ask("GET", "/public/silent").status == 504)
            try await eventually { try await wire.ask("GET", "/public/other").status == 200 }
            try await eventually { try await stand.report().upstreamInUse == 0 }
            await wire.close()
        }
    }

    @Test func `gets no more time for a head that comes a byte at a time`() async throws {
        let script = Self.afterFirst { wire, _ in
            for byte in "HTTP/1.1 200 OK\r\nX: \(String(repeating: "y", count: 3000))".utf8 {
                try await wire.write([byte])
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        try await Stand.with(script, options: { $0.firstByte = .milliseconds(200) }) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            try await eventually { try await wire.ask("GET", "/public/first").status == 200 }
            #expect(try await wire.ask("GET", "/public/slow").status == 504)
            await wire.close()
        }
    }

    @Test(arguments: [false, true])
    func `is given up when its client resets the stream, or breaks off`(breaksOff: Bool) async throws {
        let arrivals = AsyncStream.makeStream(of: Void.self)
        let script = Self.afterFirst { _, _ in
            arrivals.continuation.yield()
            try await Task.sleep(for: .seconds(60))
        }
        try await Stand.with(script) { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            #expect(try await wire.ask("GET", "/public/first").status == 200)
            let id = try await wire.begin("GET", "/public/slow")
            for await _ in arrivals.stream { break }
            #expect(try await stand.report().upstreamInUse == 1)
            if breaksOff { await wire.close() } else { try await wire.reset(id) }
            try await eventually {
                let report = try await stand.report()
                return report.upstreamInUse == 0 && report.upstreamKept == 0 && report.exchangesLent == 0
            }
            #expect(await upstream.requests.count == 2)
            if !breaksOff { #expect(try await wire.ask("GET", "/public/x").status == 200) }
            await wire.close()
        }
    }

    @Test func `is chosen in turn with the others, whether a connection to it is kept or not`() async throws {
        let one = try await ScriptedUpstream.start()
        let other = try await ScriptedUpstream.start()
        try await Stand.with(upstreams: [one.port, other.port], options: { $0.balance = .roundRobin }) { stand in
            let wire = try await HTTP2Wire.connect(stand.tls)
            for _ in 0..<12 { #expect(try await wire.ask("GET", "/public/x").status == 200) }
            await wire.close()
        }
        #expect(await one.requests.count == 6)
        #expect(await other.requests.count == 6)
        await one.stop()
        await other.stop()
    }

    @Test func `answers while the gateway drains, and the connection ends after it`() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let (releases, release) = AsyncStream.makeStream(of: Void.self)
        let upstream = try await ScriptedUpstream.start(
            Self.afterFirst { wire, request in
                arrived.yield()
                for await _ in releases { break }
                try await ScriptedUpstream.echo(wire, request)
            })
        let stand = try await Stand.start([upstream.port])
        let wire = try await HTTP2Wire.connect(stand.tls)
        #expect(try await wire.ask("GET", "/public/first").status == 200)
        let id = try await wire.begin("GET", "/public/second")
        for await _ in arrivals { break }
        async let drained: Void = stand.gateway.drain(limit: .seconds(30))
        try await wire.waitForGoAway()
        release.yield()
        let answer = try await wire.answer(id)
        #expect(answer.status == 200 && answer.isComplete)
        #expect(try await wire.rest() == .noError)
        await drained
        await wire.close()
        await upstream.stop()
    }
}
