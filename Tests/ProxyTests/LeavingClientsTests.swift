import Configuration
import Foundation
import HTTP2
import Telemetry
import Testing

@testable import Proxy

/// Clients of HTTP/1.1 that leave while an application works for them. Nobody reads from them then: the kernel tells.
@Suite struct `Clients that leave while an answer is awaited` {
    /// What an application was asked, and how often its gateway hung up on it.
    private actor Story {
        private(set) var asked = 0
        private(set) var abandoned = 0
        func isAsked() { asked += 1 }
        func isAbandoned() { abandoned += 1 }
    }

    /// Answers `/public/next`; to all else it says `beginning`, and waits until the gateway hangs up.
    private static func silent(_ story: Story, beginning: String = "") -> ScriptedUpstream.Script {
        { wire, request in
            if request.startLine.contains("/next") { return try await ScriptedUpstream.echo(wire, request) }
            if !beginning.isEmpty { try await wire.write(beginning) }
            await story.isAsked()
            while try await wire.piece() != nil {}
            await story.isAbandoned()
        }
    }

    private static let halfAnAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"

    /// Records an issue unless the gateway is idle, counts nothing against the endpoint, and goes on to serve.
    private func expectNothingLeft(_ stand: Stand) async throws {
        try await eventually("a connection to the application is leaked") {
            let report = try await stand.report()
            return report.upstreamInUse == 0 && report.exchangesLent == 0
        }
        let report = try await stand.report()
        #expect(report.upstreamRetries == 0 && report.endpoints.first?.failures == 0)
        expect(200, of: try await stand.ask("GET /public/next"))
    }

    @Test(arguments: ["", halfAnAnswer])
    func `by a reset have their application told, and nothing is left behind`(beginning: String) async throws {
        let story = Story()
        try await Stand.with(Self.silent(story, beginning: beginning)) { stand, _ in
            let client = try RawClient(stand.plain)
            try client.write(Stand.request("GET /public/slow"))
            try await eventually("the application is asked") { await story.asked == 1 }
            client.reset()
            try await eventually("the application is told") { await story.abandoned == 1 }
            try await expectNothingLeft(stand)
            #expect(await story.asked == 1)
        }
    }

    @Test func `by a reset are noticed behind requests that wait unread`() async throws {
        let story = Story()
        try await Stand.with(Self.silent(story)) { stand, upstream in
            let client = try RawClient(stand.plain)
            try client.write(Stand.request("GET /public/slow") + Stand.request("GET /public/pipelined"))
            try await eventually("the application is asked") { await story.asked == 1 }
            try client.write(Stand.request("GET /public/later"))
            client.reset()
            try await eventually("the application is told") { await story.abandoned == 1 }
            try await expectNothingLeft(stand)
            #expect(await upstream.requests.count == 2)
        }
    }

    @Test(arguments: ["", halfAnAnswer])
    func `over TLS are gone with the end of what they say`(beginning: String) async throws {
        let story = Story()
        try await Stand.with(Self.silent(story, beginning: beginning)) { stand, _ in
            let wire = try await Wire.connect(stand.tls, tls: TestCertificates.shared.client())
            try await wire.write(Stand.request("GET /public/slow"))
            try await eventually("the application is asked") { await story.asked == 1 }
            await wire.close()
            try await eventually("the application is told") { await story.abandoned == 1 }
            try await expectNothingLeft(stand)
        }
    }

    @Test func `through a trusted proxy are gone with the end of what it says`() async throws {
        let story = Story()
        try await Stand.with(Self.silent(story), options: { $0.trustedProxies = ["127.0.0.0/8"] }) { stand, _ in
            let client = try RawClient(stand.plain)
            try client.write(Stand.request("GET /public/slow"))
            try await eventually("the application is asked") { await story.asked == 1 }
            client.leave()
            try await eventually("the application is told") { await story.abandoned == 1 }
            try await expectNothingLeft(stand)
        }
    }

    @Test func `only in one direction are answered (RFC 9112, 9.6)`() async throws {
        let turnstile = Turnstile()
        let script: ScriptedUpstream.Script = { wire, request in
            await turnstile.wait()
            try await ScriptedUpstream.echo(wire, request)
        }
        try await Stand.with(script) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/1") + Stand.request("GET /public/2"))
            await wire.finishWriting()
            try await eventually("the application is asked") { await turnstile.isReached }
            // Whatever the end of what it says brings about has come about once this is answered.
            _ = try await stand.report()
            await turnstile.open()
            #expect(try await wire.message()?.text.hasPrefix("GET /public/1") == true)
            #expect(try await wire.message()?.text.hasPrefix("GET /public/2") == true)
            #expect(try await wire.rest().isEmpty)
        }
    }

    @Test func `are told to an application of HTTP/2 by CANCEL, and its connection goes on`() async throws {
        let turnstile = Turnstile()
        let application = try await HTTP2Application.start { request in
            if request[":path"] == "/public/slow" { await turnstile.wait() }
            return await HTTP2Application.echo(request)
        }
        try await Stand.with(
            upstreams: [], options: { $0.endpoints = ["h2c://127.0.0.1:\(application.port)"] }
        ) { stand in
            let client = try RawClient(stand.plain)
            try client.write(Stand.request("GET /public/slow"))
            try await eventually("the application is asked") { await turnstile.isReached }
            client.reset()
            try await eventually("the application is told") { await application.resets == [.cancel] }
            try await expectNothingLeft(stand)
            #expect(await application.connections == 1)
        }
        await turnstile.open()
        await application.stop()
    }

    @Test func `while they wait for a connection to the application never reach it`() async throws {
        let story = Story()
        try await Stand.with(Self.silent(story), options: { $0.upstreamLimits.connections = 1 }) { stand, upstream in
            let first = try RawClient(stand.plain)
            try first.write(Stand.request("GET /public/first"))
            try await eventually("the application is asked") { await story.asked == 1 }
            let second = try RawClient(stand.plain)
            try second.write(Stand.request("GET /public/second"))
            try await eventually("the second waits") { try await stand.report().upstreamWaiting == 1 }
            second.reset()
            first.reset()
            try await expectNothingLeft(stand)
            let asked = await upstream.requests.map(\.startLine)
            #expect(asked == ["GET /public/first HTTP/1.1", "GET /public/next HTTP/1.1"])
        }
    }

    @Test func `are told to the log and to the metrics`() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("access-\(UUID()).log").path
        let writer = try LogWriter(.file(path: path))
        let story = Story()
        try await Stand.with(Self.silent(story), options: { $0.accessLog = writer }) { stand, _ in
            let client = try RawClient(stand.plain)
            try client.write(Stand.request("GET /public/slow"))
            try await eventually("the application is asked") { await story.asked == 1 }
            client.reset()
            try await expectNothingLeft(stand)
            let wire = try await Wire.connect(stand.operations)
            try await wire.write(Stand.request("GET /metrics"))
            let metrics = try #require(await wire.message()).text
            #expect(metrics.contains(#"{route="public",code="none",protocol="HTTP/1.1"} 1"#), "\(metrics)")
            await wire.close()
        }
        writer.finish(within: .seconds(60))
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.contains("/public/slow") })
        #expect(line.contains(#""status":0,"#) && line.contains(#""reason":"client_gone""#), "\(line)")
        #expect(line.contains(#""outcome":"allow""#), "\(line)")
        try FileManager.default.removeItem(atPath: path)
    }
}
