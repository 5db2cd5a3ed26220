import Configuration
import EventLoop
import Testing

@testable import Proxy

/// What a client may send, and how slowly; what it may hold (threats.md: exhaustion).
@Suite struct `A limit` {
    @Test(arguments: [
        (["X-Long: \(String(repeating: "a", count: 3000))"], "/public/x", 431, "head_too_large"),
        ((0..<12).map { "X-\($0): 1" }, "/public/x", 431, "too_many_fields"),
        // Each cookie counts as a field (CVE-2026-47774).
        (["Cookie: " + (0..<12).map { "c\($0)=1" }.joined(separator: "; ")], "/public/x", 431, "too_many_fields"),
        ([], "/public/" + String(repeating: "a", count: 300), 414, "target_too_long"),
    ])
    func `on the head is that of the configuration`(
        fields: [String], path: String, status: Int, code: String
    ) async throws {
        let strict: @Sendable (inout Stand.Options) -> Void = { options in
            options.limits.headBytesMax = 2048
            options.limits.fieldCountMax = 10
            options.limits.targetBytesMax = 256
        }
        try await Stand.with(options: strict) { stand, upstream in
            let answer = try await stand.ask("GET \(path)", fields: fields)
            expect(status, of: answer)
            #expect(answer.text.contains(code))
            #expect(await upstream.requests.isEmpty)
            // A new snapshot's limits hold from its first request on.
            _ = try await stand.gateway.replaceSnapshot(Stand.snapshot([upstream.port], Stand.Options()))
            expect(200, of: try await stand.ask("GET \(path)", fields: fields))
        }
    }

    @Test func `on the connections of one address leaves the others alone`() async throws {
        let limited: @Sendable (inout Stand.Options) -> Void = { $0.limits.connectionsPerAddressMax = 3 }
        try await Stand.with(options: limited) { stand, _ in
            var wires: [Wire] = []
            for _ in 0..<3 {
                let wire = try await Wire.connect(stand.plain)
                try await wire.write(Stand.request("GET /public/x"))
                #expect(try await wire.message()?.status == 200)
                wires.append(wire)
            }
            #expect(try await Wire.connect(stand.plain).rest().isEmpty, "the fourth is closed at once")
            #expect(try await stand.report().connectionsRefused == 1)
            let page = String(decoding: await stand.gateway.metrics(), as: UTF8.self)
            #expect(page.contains("gatehouse_connections_refused_total 1\n"))
            await wires.removeLast().close()
            // The place is free once the gateway has seen the end.
            try await eventually { try await stand.report().connections == 2 }
            expect(200, of: try await stand.ask("GET /public/x"))
            for wire in wires { await wire.close() }
        }
    }

    @Test func `on the connections of one address is not for trusted proxies`() async throws {
        let limited: @Sendable (inout Stand.Options) -> Void = { options in
            options.limits.connectionsPerAddressMax = 1
            options.trustedProxies = ["127.0.0.0/8"]
        }
        try await Stand.with(options: limited) { stand, _ in
            let first = try await Wire.connect(stand.plain)
            try await first.write(Stand.request("GET /public/x"))
            #expect(try await first.message()?.status == 200)
            expect(200, of: try await stand.ask("GET /public/x"))
            await first.close()
        }
    }

    @Test func `on a whole body holds however fast it comes`() async throws {
        let short: @Sendable (inout Stand.Options) -> Void = { options in
            options.timeouts.body = .milliseconds(700)
            options.timeouts.bodyBytesPerSecondMin = 1
        }
        try await Stand.with(options: short) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write("POST /public/x HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n")
            let feeding = Task {
                for _ in 0..<200 {
                    try await wire.write([UInt8](repeating: 97, count: 100))
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            let answer = try #require(try await wire.message())
            feeding.cancel()
            expect(408, of: answer)
            #expect(answer.text.contains("body_timeout"))
            await wire.close()
        }
    }

    @Test func `on a handshake ends a client that says nothing`() async throws {
        try await Stand.with(options: { $0.timeouts.handshake = .milliseconds(200) }) { stand, _ in
            #expect(try await Wire.connect(stand.tls).rest().isEmpty)
            try await eventually { try await stand.report().connections == 0 }
            #expect(try await stand.report().handshakesFailed == 1)
            let page = String(decoding: await stand.gateway.metrics(), as: UTF8.self)
            #expect(page.contains("gatehouse_handshakes_failed_total 1\n"))
        }
    }

    @Test func `on a slow head holds although each byte is in time`() async throws {
        try await Stand.with(options: { $0.head = .milliseconds(500) }) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            let feeding = Task {
                for byte in "GET /public/x HTTP/1.1\r\nHost: h\r\nX: \(String(repeating: "a", count: 500))".utf8 {
                    try await wire.write([byte])
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            let answer = try #require(try await wire.message())
            feeding.cancel()
            expect(408, of: answer)
            await wire.close()
        }
    }

    @Test func `on reading ends a client that takes nothing of its answer`() async throws {
        let impatient: @Sendable (inout Stand.Options) -> Void = { $0.timeouts.answerIdle = .milliseconds(300) }
        let endless: ScriptedUpstream.Script = { wire, _ in
            try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            while true { try await wire.write([UInt8](repeating: 97, count: 65536)) }
        }
        try await Stand.with(endless, options: impatient) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/x"))
            try await eventually { try await stand.report().connections == 0 }
            // Whoever served it gives back what it had when it is gone.
            try await eventually { try await stand.report().exchangesLent == 0 }
            await wire.close()
        }
    }
}

@Suite struct `A pace` {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    @Test func `buys time with bytes, and never more than the idle time at once`() {
        var pace = Pace(idleTimeout: .seconds(10), bytesPerSecondMin: 100)
        #expect(pace.deadline(now: start) == start + .seconds(10))
        pace.note(waited: .seconds(9))
        #expect(pace.deadline(now: start) == start + .seconds(1))
        pace.note(bytes: 300)
        #expect(pace.deadline(now: start) == start + .seconds(4))
        pace.note(bytes: 1_000_000)
        #expect(pace.deadline(now: start) == start + .seconds(10))
        pace.note(waited: .seconds(100_000))
        #expect(pace.deadline(now: start) < start + .seconds(1), "who dribbles has used it up")
    }

    @Test func `ends with the whole time, however many bytes there are`() {
        var pace = Pace(idleTimeout: .seconds(10), bytesPerSecondMin: 1, whole: .seconds(25))
        pace.note(bytes: 1_000_000)
        pace.note(waited: .seconds(20))
        #expect(pace.deadline(now: start) == start + .seconds(5))
        pace.note(waited: .seconds(20))
        #expect(pace.deadline(now: start) < start)
    }

    @Test func `does not overflow`() {
        var pace = Pace(idleTimeout: .seconds(10), bytesPerSecondMin: 1_000_000)
        pace.note(allBytes: .max)
        #expect(pace.deadline(now: start) == start + .seconds(10))
    }

    /// Connections that are open already could take any amount by uploads: over HTTP/2, each has a hundred.
    @Test func `on memory lets no upload begin that an open connection could bring, and all else pass`() async throws {
        let turnstile = Turnstile()
        let script: ScriptedUpstream.Script = { wire, request in
            if request.startLine.hasPrefix("GET /public/slow") { await turnstile.wait() }
            try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        try await Stand.with(script, readsBody: false) { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            // Who has a request under way is not idle, and not closed to make room.
            let running = try await wire.begin("GET", "/public/slow")
            try await eventually { await turnstile.isReached }
            // Is answered as soon as its head is there, and never ends.
            let upload: @Sendable () async throws -> HTTP2Wire.Answer = {
                let id = try await wire.begin("POST", "/public/x", ends: false)
                let answer = try await wire.hear(id) { $0.isComplete || $0.closeCode != nil }
                try await wire.reset(id)
                return answer
            }
            #expect(try await upload().status == 200)
            var options = Stand.Options()
            options.limits.memoryBytesMax = 1
            _ = try await stand.gateway.replaceSnapshot(Stand.snapshot([upstream.port], options))
            try await eventually("memory is looked at") { try await upload().status == 503 }
            let refused = try await upload()
            #expect(refused.text.contains("\"code\":\"busy\"") && refused["retry-after"] == "1")
            #expect(try await wire.ask("GET", "/public/x").status == 200)
            _ = try await stand.gateway.replaceSnapshot(Stand.snapshot([upstream.port], Stand.Options()))
            try await eventually("memory is looked at again") { try await upload().status == 200 }
            await turnstile.open()
            #expect(try await wire.answer(running).status == 200)
            await wire.close()
        }
    }

    /// New keys cost us as much as the client, and bring nothing (RFC 8446, section 4.6.3). OpenSSL takes any number of
    /// them in one call, while all others wait.
    @Test(arguments: [false, true])
    func `on records without data ends a client that sends nothing else`(asksBack: Bool) async throws {
        try await Stand.with { stand, _ in
            let client = try await RenewingPeer.connect(stand.tls)
            #expect(try await client.ask(Stand.request("GET /public/x")).status == 200)
            // Either it hears of the end while it still sends, or afterwards.
            await #expect(throws: (any Error).self) {
                try await client.renewKeys(10_000, asksBack: asksBack)
                _ = try await client.ask(Stand.request("GET /public/x"))
            }
            #expect(try await stand.ask("GET /public/x").status == 200)
            try await eventually { try await stand.report().connections == 0 }
        }
    }

    /// Nobody is held to it who has something to say in between.
    @Test func `on records without data leaves alone who renews keys with every request`() async throws {
        try await Stand.with { stand, _ in
            let client = try await RenewingPeer.connect(stand.tls)
            for _ in 0..<60 {
                #expect(try await client.ask(Stand.request("GET /public/x")).status == 200)
                try await client.renewKeys(50, asksBack: false)
            }
            #expect(try await client.ask(Stand.request("GET /public/x")).status == 200)
        }
    }
}
