import Configuration
import Foundation
import HTTP2
import Testing

@testable import Proxy

@Suite struct `HTTP2 bodies` {
    private static let piece = [UInt8](repeating: 7, count: 1 << 20)
    private static let bytes = 4 << 20

    @Test func `of a known length arrive as they were, in one piece or many`() async throws {
        try await Stand.with { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let length = [("content-length", "11")]
            let whole = try await wire.ask("PUT", "/public/x", fields: length, body: "hello world")
            #expect(whole.text.hasSuffix("\n\nhello world"))
            #expect(await upstream.requests.last?["Content-Length"] == "11")
            let id = try await wire.begin("PUT", "/public/x", fields: length, ends: false)
            for byte in Array("hello world".utf8) { try await wire.send([byte], on: id) }
            try await wire.send([], on: id, ends: true)
            #expect(try await wire.answer(id).text.hasSuffix("\n\nhello world"))
            #expect(await upstream.requests.last?["Content-Length"] == "11")
            #expect(await upstream.connections == 1)
            await wire.close()
        }
    }

    @Test func `of an unknown length go on in chunks, and trailers end here`() async throws {
        try await Stand.with { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let id = try await wire.begin("POST", "/public/x", ends: false)
            try await wire.send(Array("wiki".utf8), on: id)
            _ = try await wire.ask("GET", "/public/between")
            try await wire.send(Array("pedia".utf8), on: id, ends: true)
            #expect(try await wire.answer(id).text.hasSuffix("\n\nwikipedia"))
            let seen = try #require(await upstream.requests.last)
            #expect(seen["Transfer-Encoding"] == "chunked" && seen["Content-Length"] == nil)
            await wire.close()
        }
    }

    @Test func `of 4 MiB go up in bounded memory`() async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            let count = try await wire.skip(Self.bytes)
            try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n\(count)")
        }
        try await Stand.with(script, readsBody: false) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let id = try await wire.begin(
                "POST", "/public/x", fields: [("content-length", "\(Self.bytes)")], ends: false)
            for index in 0..<4 { try await wire.send(Self.piece, on: id, ends: index == 3) }
            #expect(try await wire.answer(id).text == "\(Self.bytes)")
            #expect(try await stand.report().exchangeCapacityMax <= 512 * 1024)
            await wire.close()
        }
    }

    @Test(arguments: [false, true]) func `of 4 MiB come down in bounded memory`(chunked: Bool) async throws {
        try await Stand.with(Self.large(chunked: chunked)) { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let id = try await wire.begin("GET", "/public/x")
            let answer = try await wire.answer(id)
            #expect(answer.status == 200 && answer.body.count == Self.bytes && answer.isComplete)
            #expect(answer["content-length"] == (chunked ? nil : "\(Self.bytes)") && answer["transfer-encoding"] == nil)
            #expect(try await stand.report().exchangeCapacityMax <= 512 * 1024)
            #expect(await upstream.connections == 1)
            await wire.close()
        }
    }

    private static func large(chunked: Bool) -> ScriptedUpstream.Script {
        { wire, request in
            guard request.startLine.hasPrefix("GET /public/x") else {
                return try await ScriptedUpstream.echo(wire, request)
            }
            try await wire.write(
                "HTTP/1.1 200 OK\r\n\(chunked ? "Transfer-Encoding: chunked" : "Content-Length: \(Self.bytes)")\r\n\r\n"
            )
            for _ in 0..<4 {
                if chunked { try await wire.write("100000\r\n") }
                try await wire.write(piece)
                if chunked { try await wire.write("\r\n") }
            }
            if chunked { try await wire.write("0\r\n\r\n") }
        }
    }

    @Test func `that are not read hold little, and nobody else up`() async throws {
        try await Stand.with(Self.large(chunked: false)) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            await wire.takesNothing()
            let id = try await wire.begin("GET", "/public/x")
            _ = try await wire.hear(id) { $0.status == 200 }
            let other = try await HTTP2Wire.connect(stand.tls)
            for _ in 0..<20 { #expect(try await other.ask("GET", "/public/y").status == 200) }
            try await eventually { try await stand.report().exchangesLent == 1 }
            try await wire.takesAgain()
            #expect(try await wire.answer(id).body.count == Self.bytes)
            await wire.close()
            await other.close()
        }
    }

    @Test func `that nobody gives a window for are reset, and hold nothing (CVE-2019-9517)`() async throws {
        let impatient: @Sendable (inout Stand.Options) -> Void = { $0.timeouts.answerIdle = .milliseconds(300) }
        try await Stand.with(Self.large(chunked: false), options: impatient) { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            await wire.takesNothing()
            var ids: [Int32] = []
            for _ in 0..<20 { ids.append(try await wire.begin("GET", "/public/x")) }
            try await eventually { await upstream.requests.count == 20 }
            try await eventually {
                let report = try await stand.report()
                return report.exchangesLent == 0 && report.upstreamInUse == 0
            }
            try await wire.takesAgain()
            for id in ids {
                let answer = try await wire.hear(id) { $0.closeCode != nil }
                #expect(answer.closeCode != .noError && !answer.isComplete)
            }
            // The connection goes on.
            #expect(try await wire.ask("HEAD", "/public/y").status == 200)
            await wire.close()
        }
    }

    @Test func `that wait for 100 Continue are invited once the answer is not no (CVE-2025-32094)`() async throws {
        try await Stand.with { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let expectation = [("expect", "100-continue"), ("content-length", "5")]
            let id = try await wire.begin("POST", "/public/x", fields: expectation, ends: false)
            _ = try await wire.hear(id) { $0.interim == [100] }
            try await wire.send(Array("hello".utf8), on: id, ends: true)
            #expect(try await wire.answer(id).text.hasSuffix("\n\nhello"))
            #expect(await upstream.requests.first?["Expect"] == nil)
            let refused = try await wire.begin("POST", "/private/x", fields: expectation, ends: false)
            let answer = try await wire.answer(refused)
            #expect(answer.status == 401 && answer.interim.isEmpty)
            await wire.close()
        }
    }

    @Test func `larger than the route allows get 413`() async throws {
        try await Stand.with { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let announced = try await wire.begin(
                "POST", "/limited/x", fields: [("content-length", "1001")], ends: false)
            #expect(try await wire.answer(announced).status == 413)
            #expect(await upstream.requests.isEmpty)
            let unknown = try await wire.begin("POST", "/limited/x", ends: false)
            try await wire.send([UInt8](repeating: 7, count: 900), on: unknown)
            try await wire.send([UInt8](repeating: 7, count: 900), on: unknown)
            #expect(try await wire.answer(unknown).status == 413)
            #expect(try await wire.ask("POST", "/limited/x", body: "fine").status == 200)
            await wire.close()
        }
    }

    @Test(arguments: [("5", "hi"), ("1", "hello")])
    func `that are not as long as they say are never forwarded whole (CVE-2026-42926)`(
        length: String, body: String
    ) async throws {
        try await Stand.with { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let id = try await wire.begin("POST", "/public/x", fields: [("content-length", length)], ends: false)
            try await wire.send(Array(body.utf8), on: id, ends: true)
            let answer = try await wire.answer(id)
            #expect(answer.closeCode == .protocolError && answer.status == nil)
            #expect(await upstream.requests.isEmpty)
            #expect(try await wire.ask("GET", "/public/x").status == 200)
            await wire.close()
        }
    }

    @Test func `that nobody wants any more end early, and the client is told to stop`() async throws {
        let script: ScriptedUpstream.Script = { wire, request in
            try await wire.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
            if request.startLine.hasPrefix("POST") { _ = try await wire.skip(1 << 30) }
        }
        try await Stand.with(script, readsBody: false) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let id = try await wire.begin("POST", "/public/x", ends: false)
            try await wire.send(Array("hello".utf8), on: id)
            let answer = try await wire.hear(id) { $0.closeCode != nil }
            #expect(answer.status == 403 && answer.text == "no" && answer.isComplete)
            #expect(answer.closeCode == .noError)
            #expect(try await wire.ask("GET", "/public/x").status == 403)
            await wire.close()
        }
    }

    @Test func `that come too slowly get 408`() async throws {
        try await Stand.with(options: { $0.bodyIdle = .seconds(2) }) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let id = try await wire.begin("POST", "/public/x", fields: [("content-length", "10")], ends: false)
            try await wire.send(Array("hello".utf8), on: id)
            #expect(try await wire.answer(id).status == 408)
            await wire.close()
        }
    }

    @Test func `that end when the upstream's connection does come whole`() async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello")
            await wire.close()
        }
        try await Stand.with(script) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let answer = try await wire.ask("GET", "/public/x")
            #expect(answer.text == "hello" && answer.isComplete && answer["connection"] == nil)
            await wire.close()
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nxyz\r\n",
    ])
    func `that are cut short are reset, never ended (CVE-2024-23326)`(answer: String) async throws {
        let script: ScriptedUpstream.Script = { wire, request in
            guard request.startLine.hasPrefix("GET /public/cut") else {
                return try await ScriptedUpstream.echo(wire, request)
            }
            try await wire.write(answer)
            await wire.close()
        }
        try await Stand.with(script) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let answer = try await wire.ask("GET", "/public/cut")
            if answer.status == 200 {
                #expect(!answer.isComplete && answer.closeCode == .internalError)
            } else {
                #expect(answer.status == 502)
            }
            #expect(try await wire.ask("GET", "/public/x").status == 200)
            await wire.close()
        }
    }

    @Test func `may be preceded by hints, which are passed on`() async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write(
                "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        try await Stand.with(script) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let answer = try await wire.ask("GET", "/public/x")
            #expect(answer.interim == [103] && answer.status == 200 && answer.isComplete)
            await wire.close()
        }
    }

    @Test func `that stream come piece by piece`() async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            try await wire.write("6\r\ndata 1\r\n")
            _ = try await wire.message()
            try await wire.write("6\r\ndata 2\r\n0\r\n\r\n")
        }
        try await Stand.with(script) { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            let id = try await wire.begin("GET", "/public/x")
            // The first event is there while the second does not exist yet.
            #expect(try await wire.hear(id) { $0.text == "data 1" }.isComplete == false)
            await upstream.closeConnections()
            await wire.close()
        }
    }
}
