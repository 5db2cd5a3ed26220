import Configuration
import HTTP2
import Synchronization
import Testing

@testable import Proxy

/// Requests whose bodies were on their way when it turned out that nothing would be done about them.
@Suite struct `A request that an application leaves undone` {
    private enum Client: CaseIterable { case http1, http1InChunks, http2 }

    /// A request with a body, sent piece by piece.
    private final class Upload: Sendable {
        private let wire: Wire
        private let modern: HTTP2Wire?
        private let id: Int32
        private let isChunked: Bool

        private init(_ wire: Wire, _ modern: HTTP2Wire?, _ id: Int32, isChunked: Bool) {
            self.wire = wire
            self.modern = modern
            self.id = id
            self.isChunked = isChunked
        }

        static func begin(_ client: Client, _ method: String, _ length: Int, _ stand: Stand) async throws -> Upload {
            if client == .http2 {
                let modern = try await HTTP2Wire.connect(stand.tls)
                let id = try await modern.begin(method, "/public/x", ends: false)
                return Upload(Wire(), modern, id, isChunked: false)
            }
            let wire = try await Wire.connect(stand.plain)
            let isChunked = client == .http1InChunks
            let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(length)"
            try await wire.write(Stand.request("\(method) /public/x", fields: [framing]))
            return Upload(wire, nil, 0, isChunked: isChunked)
        }

        func send(_ piece: some Collection<UInt8>) async throws {
            if let modern { return try await modern.send(Array(piece), on: id) }
            guard isChunked else { return try await wire.write(Array(piece)) }
            try await wire.write(Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [13, 10])
        }

        /// Ends the body, and waits for the answer: its status and its body.
        func finish() async throws -> (status: Int?, body: [UInt8]) {
            if let modern {
                try await modern.send([], on: id, ends: true)
                let answer = try await modern.answer(id)
                await modern.close()
                return (answer.status, answer.body)
            }
            if isChunked { try await wire.write("0\r\n\r\n") }
            let answer = try await wire.message()
            await wire.close()
            return (answer?.status, answer?.body ?? [])
        }
    }

    private static func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    }

    /// An application of HTTP/2 that does nothing about what comes first, and answers what comes after.
    private static func with(
        streams: Int = 1, _ body: @Sendable (Stand, HTTP2Application) async throws -> Void
    ) async throws {
        let seen = Turns(streams)
        let application = try await HTTP2Application.start(neglecting: { _, _ in seen.take() })
        let options: (inout Stand.Options) -> Void = { $0.endpoints = ["h2c://127.0.0.1:\(application.port)"] }
        try await Stand.with(upstreams: [], options: options) { stand in try await body(stand, application) }
        await application.stop()
    }

    /// Says yes so many times.
    private final class Turns: Sendable {
        private let left: Mutex<Int>
        init(_ count: Int) { left = Mutex(count) }
        func take() -> Bool {
            left.withLock { left in
                defer { left -= 1 }
                return left > 0
            }
        }
    }

    /// What an application that reads nothing of a body gets of it.
    private static let window = Int(HTTP2Limits().streamWindow)

    /// Of what is larger than the window, the gateway holds a part.
    @Test(arguments: Client.allCases, [1000, 60_000, 140_000])
    private func `is sent to its next connection with all of its body (RFC 9113, 6.8)`(
        client: Client, count: Int
    ) async throws {
        try await Self.with { stand, application in
            let body = Self.bytes(count)
            let upload = try await Upload.begin(client, "POST", count, stand)
            // In pieces, so that it never comes together with the head.
            try await upload.send(body[..<500])
            try await eventually("the first piece comes") { await application.unread == 500 }
            try await upload.send(body[500...])
            try await eventually("the rest comes") { await application.unread == min(count, Self.window) }
            try await application.refuseNeglected(goingAway: true)
            let answer = try await upload.finish()
            #expect(answer.status == 200 && answer.body.suffix(count) == body[...])
            #expect(await application.requests.map(\.connection) == [1])
            #expect(await application.requests.first?.body == body)
            #expect(try await stand.report().upstreamRetries == 1)
        }
    }

    @Test(arguments: Client.allCases)
    private func `is sent again on the connection on which it was refused (RFC 9113, 8.7)`(client: Client) async throws
    {
        try await Self.with { stand, application in
            let body = Self.bytes(30_000)
            let upload = try await Upload.begin(client, "POST", body.count, stand)
            try await upload.send(body)
            try await eventually("it comes") { await application.unread == body.count }
            try await application.refuseNeglected(goingAway: false)
            let answer = try await upload.finish()
            #expect(answer.status == 200 && answer.body.suffix(body.count) == body[...])
            #expect(await application.requests.map(\.connection) == [0])
        }
    }

    @Test(arguments: Client.allCases)
    private func `while its client still speaks goes on elsewhere`(client: Client) async throws {
        try await Self.with(streams: 3) { stand, application in
            let body = Self.bytes(50_000)
            let upload = try await Upload.begin(client, "POST", body.count, stand)
            // Refused twice, each time with more of it: then taken.
            for sent in [10_000, 25_000, 40_000] {
                try await upload.send(body[(sent == 10_000 ? 0 : sent - 15_000)..<sent])
                try await eventually("what was sent comes") { await application.unread == sent }
                try await application.refuseNeglected(goingAway: sent == 25_000)
            }
            try await upload.send(body[40_000...])
            let answer = try await upload.finish()
            #expect(answer.status == 200 && answer.body.suffix(body.count) == body[...])
            #expect(await application.connections == 2)
            #expect(try await stand.report().upstreamRetries == 3)
        }
    }

    @Test func `of which more was taken than is kept is answered for with 502`() async throws {
        let count = 400_000
        let hears = Turns(1)
        // Reads some, and then wants to have done nothing.
        let application = try await HTTP2Application.start { request in
            guard hears.take() else { return await HTTP2Application.echo(request) }
            return HTTP2Application.Answer(reset: .refusedStream, withholdsHead: true)
        }
        try await Stand.with(
            upstreams: [], options: { $0.endpoints = ["h2c://127.0.0.1:\(application.port)"] }
        ) { stand in
            let upload = try await Upload.begin(.http2, "POST", count, stand)
            try await upload.send(Self.bytes(count))
            #expect(try await upload.finish().status == 502)
            #expect(await application.requests.count == 1)
            #expect(try await stand.ask("GET /public/x").status == 200)
        }
        await application.stop()
    }

    /// Of an application of HTTP/1.1 nobody knows what it did before it closed: only what does no harm twice is sent again.
    @Test(arguments: [Client.http1, .http1InChunks, .http2], [("PUT", 200), ("POST", 502)])
    private func `over a kept connection that closes is sent again where that does no harm (RFC 9110, 9.2.2)`(
        client: Client, expected: (method: String, status: Int)
    ) async throws {
        let first = Turns(1)
        let script: ScriptedUpstream.Script = { wire, request in
            if request.startLine.hasPrefix("P"), first.take() { return await wire.close() }
            try await ScriptedUpstream.echo(wire, request)
        }
        try await Stand.with(script) { stand, upstream in
            let body = Self.bytes(120_000)
            #expect(try await stand.ask("GET /public/first").status == 200)
            let upload = try await Upload.begin(client, expected.method, body.count, stand)
            try await upload.send(body[..<50_000])
            try await upload.send(body[50_000...])
            let answer = try await upload.finish()
            #expect(answer.status == expected.status)
            #expect(expected.status == 502 || answer.body.suffix(body.count) == body[...])
            #expect(await upstream.connections == (expected.status == 200 ? 2 : 1))
        }
    }

    @Test func `by a client that leaves meanwhile leaves nothing behind`() async throws {
        try await Self.with { stand, application in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("POST /public/x", fields: ["Content-Length: 200000"]))
            try await wire.write(Self.bytes(100_000))
            try await eventually("a window of it comes") { await application.unread == Self.window }
            try await application.refuseNeglected(goingAway: true)
            try await eventually("it is sent again") { await application.connections == 2 }
            await wire.close()
            try await eventually("nothing is left") {
                let report = try await stand.report()
                return report.exchangesLent == 0 && report.upstreamInUse == 0
            }
            #expect(try await stand.ask("GET /public/x").status == 200)
        }
    }

    /// What a client does while its request stands in line for another connection.
    private enum Meanwhile: CaseIterable { case ends, endsAfterMore, leaves }

    /// The body goes on, and ends once, where the request was sent again: a second end would be the next request.
    @Test(arguments: Meanwhile.allCases)
    private func `waits for a connection with what its client says meanwhile`(meanwhile: Meanwhile) async throws {
        let (closing, holding) = (Turnstile(), Turnstile())
        let puts = Turns(1)
        let script: ScriptedUpstream.Script = { wire, request in
            if request.startLine.hasPrefix("PUT"), puts.take() {
                await closing.wait()
                return await wire.close()
            }
            if request.startLine.hasPrefix("GET /public/b") { await holding.wait() }
            var text = request.startLine + "\n"
            if request.startLine.hasPrefix("PUT") {
                var body = ""
                while !body.hasSuffix("0\r\n\r\n"), let piece = try await wire.piece() {
                    body += String(decoding: piece, as: UTF8.self)
                }
                text += body
            }
            try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n" + text)
        }
        let options: (inout Stand.Options) -> Void = {
            $0.upstreamLimits.connections = 1
            $0.upstreamLimits.pendingTimeout = .seconds(60)
        }
        try await Stand.with(script, readsBody: false, options: options) { stand, upstream in
            #expect(try await stand.ask("GET /public/a").status == 200)
            let client = try await HTTP2Wire.connect(stand.tls)
            let id = try await client.begin("PUT", "/public/x", ends: false)
            try await client.send(Array("first".utf8), on: id)
            try await eventually("the upload begins") { await closing.isReached }
            let other = try await Wire.connect(stand.plain)
            try await other.write(Stand.request("GET /public/b"))
            try await eventually("another stands in line") { try await stand.report().upstreamWaiting == 1 }
            // The one in line gets the place, and the upload the end of the line.
            await closing.open()
            try await eventually("the other has its turn") { await holding.isReached }
            try await eventually("the upload stands in line") { try await stand.report().upstreamWaiting == 1 }
            switch meanwhile {
            case .ends: try await client.send([], on: id, ends: true)
            case .endsAfterMore: try await client.send(Array("second".utf8), on: id, ends: true)
            case .leaves: try await client.reset(id)
            }
            await holding.open()
            #expect(try await other.message()?.status == 200)
            if meanwhile != .leaves {
                let answer = try await client.answer(id)
                let more = meanwhile == .ends ? "" : "6\r\nsecond\r\n"
                #expect(answer.status == 200 && answer.text == "PUT /public/x HTTP/1.1\n5\r\nfirst\r\n\(more)0\r\n\r\n")
            }
            #expect(try await stand.ask("GET /public/c").status == 200)
            let asked = await upstream.requests.map {
                $0.startLine.split(separator: " ").prefix(2).joined(separator: " ")
            }
            let again = meanwhile == .leaves ? [] : ["PUT /public/x"]
            #expect(asked == ["GET /public/a", "PUT /public/x", "GET /public/b"] + again + ["GET /public/c"])
            try await eventually("nothing is left") {
                let report = try await stand.report()
                return report.exchangesLent == 0 && report.upstreamInUse == 0 && report.keptRequestBytes == 0
            }
            await other.close()
            await client.close()
        }
    }
}
