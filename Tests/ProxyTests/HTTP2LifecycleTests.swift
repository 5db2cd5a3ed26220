import Foundation
import HTTP2
import Testing

@testable import Proxy

@Suite struct `HTTP2 connections` {
    /// Answers when told to: `release` lets one more answer go.
    private actor Gate {
        private var open = 0
        private var waiting: [CheckedContinuation<Void, Never>] = []
        private(set) var arrived = 0

        func pass() async {
            arrived += 1
            if open > 0 {
                open -= 1
            } else {
                await withCheckedContinuation { waiting.append($0) }
            }
        }

        func release(_ count: Int = 1) {
            for _ in 0..<count { if waiting.isEmpty { open += 1 } else { waiting.removeFirst().resume() } }
        }

        func waitForArrivals(_ count: Int) async throws {
            try await eventually { arrived >= count }
        }
    }

    @Test func `whose client waits for our greeting hear it`() async throws {
        try await Stand.with { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls, speaksFirst: false)
            #expect(try await wire.ask("GET", "/public/x").status == 200)
            await wire.close()
        }
    }

    /// The frames of an HTTP/2 connection's beginning, by their types and flags, as they came in one record.
    private static func frames(_ wire: Wire) async throws -> [[UInt8]] {
        frames(of: try #require(await wire.piece()))
    }

    /// The first frames that come, by their types and flags, however they come.
    private static func frames(_ wire: Wire, first count: Int) async throws -> [[UInt8]] {
        var bytes: [UInt8] = []
        while frames(of: bytes).count < count { bytes += try #require(await wire.piece()) }
        return frames(of: bytes)
    }

    private static func frames(of bytes: [UInt8]) -> [[UInt8]] {
        var rest = bytes[...]
        var frames: [[UInt8]] = []
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            frames.append(Array(head[3...4]))
            rest = rest.dropFirst(9 + Int(head[0]) << 16 + Int(head[1]) << 8 + Int(head[2]))
        }
        return frames
    }

    private static let settings: [UInt8] = [4, 0]
    private static let acknowledgement: [UInt8] = [4, 1]
    private static let windowUpdate: [UInt8] = [8, 0]
    /// What every client of HTTP/2 begins with (RFC 9113, section 3.4).
    private static let greeting = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

    @Test func `greet together with the answer to the client's greeting`() async throws {
        let patient: (inout Stand.Options) -> Void = { $0.greetingPatience = .seconds(60) }
        try await Stand.with(options: patient) { stand, _ in
            let wire = try await Wire.connect(stand.tls, tls: TestCertificates.shared.client(protocols: ["h2"]))
            #expect(try await wire.isSilent(for: .milliseconds(50)))
            try await wire.write(Self.greeting)
            #expect(try await Self.frames(wire) == [Self.settings, Self.windowUpdate, Self.acknowledgement])
            await wire.close()
        }
    }

    /// A request for a path, as the first of a connection, its fields in no table (RFC 7541, section 6.2.2).
    private static func request(_ path: String) -> [UInt8] {
        var block: [UInt8] = [0x82, 0x87, 0x01, UInt8("localhost".utf8.count)] + Array("localhost".utf8)
        block += [0x04, UInt8(path.utf8.count)] + Array(path.utf8)
        return [0, 0, UInt8(block.count), 1, 5, 0, 0, 0, 1] + block
    }

    private static let head: [UInt8] = [1, 4]
    private static let lastBytes: [UInt8] = [0, 1]

    @Test func `greet together with the answer to what a client asks with its greeting`() async throws {
        let patient: (inout Stand.Options) -> Void = { $0.greetingPatience = .seconds(60) }
        try await Stand.with(options: patient) { stand, _ in
            // On a busy machine an answer may take longer than the connection looks after its deadlines.
            try await eventually("they come together") {
                let wire = try await Wire.connect(stand.tls, tls: TestCertificates.shared.client(protocols: ["h2"]))
                try await wire.write(Self.greeting + Self.request("/public/x"))
                let first = try await Self.frames(wire)
                await wire.close()
                return first == [
                    Self.settings, Self.windowUpdate, Self.acknowledgement, Self.head, Self.lastBytes,
                ]
            }
        }
    }

    @Test func `greet a client whose first answer takes its time before that`() async throws {
        let gate = Gate()
        let script: ScriptedUpstream.Script = { wire, request in
            await gate.pass()
            try await ScriptedUpstream.echo(wire, request)
        }
        try await Stand.with(script) { stand, _ in
            let wire = try await Wire.connect(stand.tls, tls: TestCertificates.shared.client(protocols: ["h2"]))
            try await wire.write(Self.greeting + Self.request("/public/x"))
            // All this before the answer: together, unless the client is so slow that it is greeted alone.
            #expect(
                try await Self.frames(wire, first: 3) == [Self.settings, Self.windowUpdate, Self.acknowledgement])
            await gate.release()
            #expect(try await Self.frames(wire, first: 2) == [Self.head, Self.lastBytes])
            await wire.close()
        }
    }

    @Test func `greet alone a client that says nothing, and answer its greeting when it comes`() async throws {
        try await Stand.with { stand, _ in
            let wire = try await Wire.connect(stand.tls, tls: TestCertificates.shared.client(protocols: ["h2"]))
            #expect(try await Self.frames(wire) == [Self.settings, Self.windowUpdate])
            try await wire.write(Self.greeting)
            #expect(try await Self.frames(wire) == [Self.acknowledgement])
            await wire.close()
        }
    }

    /// A client that says only half of its greeting hears ours all the same.
    @Test func `greet alone a client whose greeting is not complete`() async throws {
        let patient: (inout Stand.Options) -> Void = { $0.greetingPatience = .seconds(60) }
        try await Stand.with(options: patient) { stand, _ in
            let wire = try await Wire.connect(stand.tls, tls: TestCertificates.shared.client(protocols: ["h2"]))
            try await wire.write(Array(Self.greeting.prefix(10)))
            #expect(try await Self.frames(wire) == [Self.settings, Self.windowUpdate])
            try await wire.write(Array(Self.greeting.dropFirst(10)))
            #expect(try await Self.frames(wire) == [Self.acknowledgement])
            await wire.close()
        }
    }

    @Test func `that drain say so first, and let what runs come to its end`() async throws {
        let gate = Gate()
        let upstream = try await ScriptedUpstream.start { wire, request in
            await gate.pass()
            try await ScriptedUpstream.echo(wire, request)
        }
        let stand = try await Stand.start([upstream.port])
        let wire = try await HTTP2Wire.connect(stand.tls)
        let id = try await wire.begin("GET", "/public/x")
        try await gate.waitForArrivals(1)
        async let drained: Void = stand.gateway.drain(limit: .seconds(10))
        try await wire.waitForGoAway()
        await gate.release()
        let answer = try await wire.answer(id)
        #expect(answer.status == 200 && answer.isComplete)
        #expect(try await wire.rest() == .noError)
        await drained
        await wire.close()
        await upstream.stop()
    }

    @Test func `that only wait are told when the gateway drains`() async throws {
        let upstream = try await ScriptedUpstream.start()
        let stand = try await Stand.start([upstream.port])
        let wire = try await HTTP2Wire.connect(stand.tls)
        #expect(try await wire.ask("GET", "/public/x").status == 200)
        async let drained: Void = stand.gateway.drain(limit: .seconds(10))
        #expect(try await wire.rest() == .noError)
        await drained
        await wire.close()
        await upstream.stop()
    }

    @Test func `that have nothing to say for long are ended with a word`() async throws {
        try await Stand.with(options: { $0.keepAliveIdle = .seconds(6) }) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            #expect(try await wire.ask("GET", "/public/x").status == 200)
            #expect(try await wire.rest() == .noError)
            await wire.close()
        }
    }

    @Test func `that pause and go on are served`() async throws {
        try await Stand.with { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            #expect(try await wire.ask("GET", "/public/x").status == 200)
            // Longer than the pause after which less memory is held.
            try await Task.sleep(for: .milliseconds(2500))
            #expect(try await wire.ask("GET", "/public/x").status == 200)
            #expect(try await stand.report().exchangesLent == 0)
            #expect(await upstream.connections == 1)
            await wire.close()
        }
    }

    @Test func `whose client resets a stream give the upstream up at once`() async throws {
        let gate = Gate()
        let script: ScriptedUpstream.Script = { wire, request in
            if request.startLine.hasPrefix("GET /public/slow") { await gate.pass() }
            try await ScriptedUpstream.echo(wire, request)
        }
        try await Stand.with(script) { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let id = try await wire.begin("GET", "/public/slow")
            try await gate.waitForArrivals(1)
            #expect(try await stand.report().upstreamInUse == 1)
            try await wire.reset(id)
            try await eventually {
                let report = try await stand.report()
                return report.upstreamInUse == 0 && report.upstreamKept == 0 && report.exchangesLent == 0
            }
            #expect(try await wire.ask("GET", "/public/x").status == 200)
            #expect(await upstream.requests.count == 2)
            await gate.release()
            await wire.close()
        }
    }

    @Test func `that break leave nothing behind`() async throws {
        let gate = Gate()
        let script: ScriptedUpstream.Script = { wire, request in
            await gate.pass()
            try await ScriptedUpstream.echo(wire, request)
        }
        try await Stand.with(script) { stand, _ in
            for _ in 0..<5 {
                let wire = try await HTTP2Wire.connect(stand.tls)
                for index in 0..<20 {
                    try await wire.begin(index % 2 == 0 ? "GET" : "POST", "/public/x", ends: index % 2 == 0)
                }
                await wire.close()
            }
            try await eventually {
                let report = try await stand.report()
                return report.connections == 0 && report.exchangesLent == 0 && report.upstreamInUse == 0
            }
            await gate.release(200)
        }
    }

    @Test func `that open and reset without end are ended, and others served (CVE-2023-44487)`() async throws {
        try await Stand.with { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let other = try await HTTP2Wire.connect(stand.tls)
            do {
                for _ in 0..<5000 {
                    let id = try await wire.begin("GET", "/public/x")
                    try await wire.reset(id)
                    if try await wire.hearsGoodbye() { break }
                }
            } catch {
                // The gateway has closed the connection, which is what is expected.
            }
            #expect(try await wire.rest() == .enhanceYourCalm)
            #expect(try await other.ask("GET", "/public/x").status == 200)
            #expect(await upstream.requests.count < 1500)
            await wire.close()
            await other.close()
        }
    }

    @Test func `that begin a head and never end it are given up`() async throws {
        try await Stand.with(options: { $0.head = .seconds(6) }) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            #expect(try await wire.ask("GET", "/public/x").status == 200)
            // HEADERS of stream 3 without END_HEADERS, and nothing after it.
            try await wire.write([0, 0, 1, 1, 1, 0, 0, 0, 3, 0x82])
            #expect(try await wire.rest() == .enhanceYourCalm)
            await wire.close()
        }
    }

    @Test func `that never acknowledge our settings are given up (CVE-2025-53506)`() async throws {
        try await Stand.with(options: { $0.head = .seconds(3) }) { stand, _ in
            let context = try TestCertificates.shared.client(protocols: ["h2"])
            let wire = try await Wire.connect(stand.tls, tls: context)
            try await wire.write(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0])
            let bytes = try await wire.rest()
            #expect(!bytes.isEmpty)
        }
    }

    @Test func `that do not speak HTTP2 after choosing it are closed`() async throws {
        try await Stand.with { stand, upstream in
            let context = try TestCertificates.shared.client(protocols: ["h2"])
            let wire = try await Wire.connect(stand.tls, tls: context)
            try await wire.write("GET /public/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = try await wire.rest()
            #expect(await upstream.requests.isEmpty)
        }
    }

    @Test func `of a hundred streams are served at once`() async throws {
        let gate = Gate()
        let script: ScriptedUpstream.Script = { wire, request in
            await gate.pass()
            try await ScriptedUpstream.echo(wire, request)
        }
        try await Stand.with(script) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            var ids: [Int32] = []
            for index in 0..<100 { ids.append(try await wire.begin("GET", "/public/\(index)")) }
            try await gate.waitForArrivals(100)
            await gate.release(100)
            for (index, id) in ids.enumerated() {
                let answer = try await wire.answer(id)
                #expect(answer.status == 200 && answer.text.hasPrefix("GET /public/\(index) "))
            }
            #expect(try await stand.report().exchangesLent == 0)
            await wire.close()
        }
    }
}
