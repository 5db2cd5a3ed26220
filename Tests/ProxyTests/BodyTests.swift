import Foundation
import Testing

@testable import Proxy

@Suite struct `Bodies` {
    @Test func `in chunks arrive as chunks, in one piece or byte by byte`() async throws {
        try await Stand.with { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            let body = "4;ext=\"1\"\r\nwiki\r\n5\r\npedia\r\n0\r\n\r\n"
            try await wire.write(Stand.request("POST /public/x", fields: ["Transfer-Encoding: chunked"]) + body)
            #expect(try await wire.message()?.text.hasSuffix("\n\nwikipedia") == true)
            try await wire.write(Stand.request("POST /public/y", fields: ["Transfer-Encoding: chunked"]))
            for byte in body.utf8 { try await wire.write([byte]) }
            #expect(try await wire.message()?.text.hasSuffix("\n\nwikipedia") == true)
            let seen = try #require(await upstream.requests.last)
            #expect(seen["Transfer-Encoding"] == "chunked" && seen["Content-Length"] == nil)
            #expect(await upstream.connections == 1)
            await wire.close()
        }
    }

    @Test func `of a known length arrive byte by byte too`() async throws {
        try await Stand.with { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            for byte in Stand.request("PUT /public/x", body: "hello world").utf8 { try await wire.write([byte]) }
            #expect(try await wire.message()?.text.hasSuffix("\n\nhello world") == true)
            #expect(await upstream.requests.first?["Content-Length"] == "11")
            await wire.close()
        }
    }

    @Test func `wait for 100 Continue, which the application never hears of`() async throws {
        try await Stand.with { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(
                Stand.request("POST /public/x", fields: ["Expect: 100-continue", "Content-Length: 5"]))
            #expect(try await wire.head()?.status == 100)
            try await wire.write("hello")
            #expect(try await wire.message()?.text.hasSuffix("\n\nhello") == true)
            #expect(await upstream.requests.first?["Expect"] == nil)
            try await wire.write(Stand.request("GET /public/next"))
            #expect(try await wire.message()?.status == 200)
            await wire.close()
        }
    }

    @Test func `that wait for 100 Continue are not asked for when the answer is no (CVE-2025-32094)`() async throws {
        try await Stand.with { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(
                Stand.request("POST /private/x", fields: ["Expect: 100-continue", "Content-Length: 5"]))
            let answer = try #require(await wire.message())
            #expect(answer.status == 401 && answer["Connection"] == "close")
            #expect(try await wire.rest().isEmpty)
        }
    }

    static let tooLarge = [
        "POST /limited/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n" + String(repeating: "x", count: 1001),
        "POST /limited/x HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\nGET /public/smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /limited/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + String(repeating: "64\r\n" + String(repeating: "x", count: 100) + "\r\n", count: 11) + "0\r\n\r\n",
    ]

    @Test(arguments: tooLarge)
    func `larger than the route allows get 413, and are never read as a request (CVE-2025-4366)`(
        request: String
    ) async throws {
        try await Stand.with { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(request + Stand.request("GET /public/smuggled"))
            let answer = try #require(await wire.message())
            #expect(answer.status == 413 && answer["Connection"] == "close")
            #expect(try await wire.rest().isEmpty)
            #expect(await !upstream.requests.contains { $0.startLine.contains("smuggled") })
        }
    }

    @Test(arguments: [401, 403, 404, 400])
    func `that come after an early answer are never read as a request (CVE-2022-22720)`(status: Int) async throws {
        let path = [401: "/private/x", 403: "/engineers/detroit/x", 404: "/nothing", 400: "/public/%2e%2e%00"][status]
        try await Stand.with { stand, upstream in
            let token = stand.sessions.signIn()
            let wire = try await Wire.connect(stand.plain)
            let smuggled = Stand.request("GET /public/smuggled")
            try await wire.write(
                Stand.request(
                    "POST \(path ?? "")", fields: ["Content-Length: \(smuggled.utf8.count)"],
                    token: status == 403 ? token : nil))
            let answer = try #require(await wire.message())
            #expect(answer.status == status && answer["Connection"] == "close")
            // After a pause, as in the exploit.
            try? await wire.write(smuggled)
            #expect(try await wire.rest().isEmpty)
            #expect(await upstream.requests.isEmpty)
        }
    }

    @Test func `that came whole with a refused request leave the connection open`() async throws {
        try await Stand.with { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("POST /private/x", body: "hello") + Stand.request("GET /public/y"))
            #expect(try await wire.message()?.status == 401)
            #expect(try await wire.message()?.status == 200)
            await wire.close()
        }
    }

    @Test func `that stop coming get 408`() async throws {
        try await Stand.with(options: { $0.bodyIdle = .milliseconds(150) }) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("POST /public/x", fields: ["Content-Length: 10"]) + "hel")
            let answer = try #require(await wire.message())
            #expect(answer.status == 408 && answer["Connection"] == "close")
        }
    }

    @Test func `that dribble get 408 although each byte is in time`() async throws {
        try await Stand.with(options: { $0.bodyIdle = .milliseconds(200) }) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("POST /public/x", fields: ["Content-Length: 1000"]))
            let dribble = Task {
                for _ in 0..<100 {
                    try await wire.write("x")
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            #expect(try await wire.message()?.status == 408)
            dribble.cancel()
        }
    }

    @Test(arguments: [
        "3\nabc\n0\n\n", "-1\r\n", "fffffffffffffffff\r\n", "3\r\nabcd\r\n", "1_0\r\n", "+3\r\nabc\r\n",
        "3 \r\nabc\r\n",
    ])
    func `with broken chunks are refused and the connection closed (CVE-2025-55315)`(chunks: String) async throws {
        try await Stand.with { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(
                Stand.request("POST /public/x", fields: ["Transfer-Encoding: chunked"]) + chunks
                    + Stand.request("GET /public/smuggled"))
            let all = try await wire.rest()
            #expect(all.hasPrefix("HTTP/1.1 400 "), "\(all)")
            #expect(all.components(separatedBy: "HTTP/1.1 ").count == 2)
            #expect(await !upstream.requests.contains { $0.startLine.contains("smuggled") })
        }
    }

    @Test func `need not be read by an application that has answered already`() async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly")
        }
        try await Stand.with(script, readsBody: false) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("POST /public/x", fields: ["Content-Length: 100000"]) + "some")
            let answer = try #require(await wire.message())
            #expect(answer.text == "early" && answer["Connection"] == "close")
            try? await wire.write(String(repeating: "x", count: 50_000))
            #expect(try await wire.rest().isEmpty)
            #expect(try await stand.report().upstreamKept == 0)
        }
    }

    @Test func `flow both ways at once`() async throws {
        // Answers each piece as it comes, before the next is sent.
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<5 {
                let piece = try await wire.take(4)
                try await wire.write(Array("4\r\n".utf8) + piece + [13, 10])
            }
            try await wire.write("0\r\n\r\n")
        }
        try await Stand.with(script, readsBody: false) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("POST /public/x", fields: ["Content-Length: 20"]))
            for index in 0..<5 {
                try await wire.write("abc\(index)")
                if index == 0 { #expect(try await wire.head()?.status == 200) }
                #expect(try await wire.take(9) == Array("4\r\nabc\(index)\r\n".utf8))
            }
            #expect(try await wire.take(5) == Array("0\r\n\r\n".utf8))
            await wire.close()
        }
    }
}
