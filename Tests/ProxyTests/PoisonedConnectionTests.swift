import Configuration
import HTTP2
import Testing

@testable import Proxy

/// Applications whose answers do not end where they should, on connections that might be kept for somebody else: what is
/// left over must never become another person's answer.
@Suite struct `What an application says unasked` {
    private static let poison = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"

    @Test func `while its connection waits for the next request is nobody's answer`() async throws {
        let turnstile = Turnstile()
        let script: ScriptedUpstream.Script = { wire, request in
            try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
            guard request.startLine.contains("first") else { return }
            await turnstile.wait()
            try await wire.write(Self.poison)
        }
        try await Stand.with(script) { stand, upstream in
            expect(200, of: try await stand.ask("GET /public/first"))
            try await eventually { try await stand.report().upstreamKept == 1 }
            await turnstile.open()
            try await eventually { try await stand.report().upstreamKept == 0 }
            #expect(try await stand.ask("GET /public/second").text == "good")
            #expect(await upstream.connections == 2)
        }
    }

    /// These answers have no body, whatever their fields say (RFC 9112, section 6.3).
    @Test(arguments: [
        ("HEAD /public/x", "200 OK"), ("GET /public/x", "204 No Content"), ("GET /public/x", "304 Not Modified"),
    ])
    func `as the body of an answer that has none is nobody's answer`(request: String, status: String) async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write(
                "HTTP/1.1 \(status)\r\nContent-Length: \(Self.poison.utf8.count)\r\n\r\n\(Self.poison)")
        }
        try await Stand.with(script) { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            for round in 1...3 {
                try await wire.write(Stand.request(request))
                let answer = try #require(try await wire.message(bodyless: true))
                #expect(answer.startLine == "HTTP/1.1 \(status)")
                #expect(try await wire.isSilent(for: .milliseconds(50)))
                #expect(await upstream.connections == round)
            }
            await wire.close()
        }
    }

    private static let endless = String(repeating: "X: \(String(repeating: "y", count: 1000))\r\n", count: 20)

    @Test func `in trailers without end cuts its answer off (CVE-2024-23326)`() async throws {
        let script: ScriptedUpstream.Script = { wire, request in
            guard request.startLine.contains("endless") else { return try await ScriptedUpstream.echo(wire, request) }
            try await wire.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
            try await Task.sleep(for: .milliseconds(100))
            try await wire.write("0\r\n" + Self.endless + "\r\n")
        }
        try await Stand.with(script) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/endless"))
            let rest = try await wire.rest()
            #expect(rest.contains("half") && !rest.contains("0\r\n\r\n") && !rest.contains("X: y"))
            let modern = try await HTTP2Wire.connect(stand.tls)
            let answer = try await modern.ask("GET", "/public/endless")
            #expect(!answer.isComplete && answer.closeCode == .internalError)
            #expect(try await modern.ask("GET", "/public/x").status == 200)
            await modern.close()
            try await eventually { try await stand.report().upstreamKept == 1 }
        }
    }

    @Test func `about a length that it never reaches cuts its answer off, however large`() async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nhalf")
            await wire.close()
        }
        try await Stand.with(script) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/x"))
            #expect(try await wire.head()?["Content-Length"] == "9223372036854775807")
            #expect(try await wire.rest() == "half")
            let modern = try await HTTP2Wire.connect(stand.tls)
            let answer = try await modern.ask("GET", "/public/x")
            #expect(answer.text == "half" && !answer.isComplete && answer.closeCode == .internalError)
            await modern.close()
        }
    }
}

@Suite struct `An application that is slow on purpose` {
    @Test func `and reads nothing of a body has its client told, and holds nothing for long`() async throws {
        let stuck: ScriptedUpstream.Script = { wire, _ in try await Task.sleep(for: .seconds(60)) }
        let impatient: @Sendable (inout Stand.Options) -> Void = { options in
            options.timeouts.answerIdle = .milliseconds(300)
            options.firstByte = .milliseconds(300)
        }
        try await Stand.with(stuck, readsBody: false, options: impatient) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("POST /public/x", fields: ["Content-Length: 100000000"]))
            let feeding = Task {
                let piece = [UInt8](repeating: 97, count: 65_536)
                while !Task.isCancelled { try await wire.write(piece) }
            }
            let answer = try #require(try await wire.message())
            #expect([502, 504].contains(answer.status) && answer["Connection"] == "close", "\(answer.startLine)")
            feeding.cancel()
            await wire.close()
            try await eventually {
                let report = try await stand.report()
                return report.exchangesLent == 0 && report.upstreamInUse == 0 && report.connections == 0
            }
            #expect(try await stand.report().exchangeCapacityMax <= 256 * 1024)
        }
    }
}
