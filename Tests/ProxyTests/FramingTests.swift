import Foundation
import Testing

@testable import Proxy

@Suite struct `Requests that can be read in two ways` {
    static let refused: [(name: String, request: String)] = [
        (
            "CVE-2026-2835: length and chunks",
            "POST /public/a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        (
            "CVE-2026-40561: space before the colon",
            "POST /public/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"
        ),
        ("xchunked", "POST /public/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        ("chunks in HTTP/1.0", "POST /public/a HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("CVE-2023-40225: empty length", "POST /public/a HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n"),
        (
            "CVE-2021-40346: two lengths",
            "POST /public/a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"
        ),
        ("signed length", "POST /public/a HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello"),
        ("CVE-2023-25725: empty name", "GET /public/a HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n"),
        ("CVE-2023-45539: fragment", "GET /public/a#b HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("no host", "GET /public/a HTTP/1.1\r\n\r\n"),
        ("two hosts", "GET /public/a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        ("host with a path", "GET /public/a HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        ("host with a user", "GET /public/a HTTP/1.1\r\nHost: u@a\r\n\r\n"),
        ("bare line feeds", "GET /public/a HTTP/1.1\nHost: a\n\n"),
        ("folded field", "GET /public/a HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n"),
        ("NUL in a value", "GET /public/a HTTP/1.1\r\nHost: a\r\nX: 1\u{0}2\r\n\r\n"),
    ]

    @Test(arguments: refused.map(\.name))
    func `get one 400, and the connection is closed`(name: String) async throws {
        let request = try #require(Self.refused.first { $0.name == name }).request
        try await Stand.with { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(request + Stand.request("GET /public/smuggled"))
            let all = try await wire.rest()
            #expect(all.hasPrefix("HTTP/1.1 400 "), "\(all)")
            #expect(all.components(separatedBy: "HTTP/1.1 ").count == 2, "\(all)")
            #expect(all.contains("\r\nConnection: close\r\n") && all.contains("application/problem+json"))
            #expect(await upstream.requests.isEmpty)
        }
    }

    @Test(arguments: [
        ("GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        ("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 101) + "\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 70_000))\r\n\r\n", 431),
        ("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 501),
        ("TRACE /public/x HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /public/x HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", 417),
        ("GET /public/x HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("GET /public/%2e%2e%2fx HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /public/..;/private/x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ])
    func `or that ask too much are told so`(request: String, status: Int) async throws {
        try await Stand.with { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(request)
            expect(status, of: try #require(await wire.message()))
            #expect(await upstream.requests.isEmpty)
            await wire.close()
        }
    }

    @Test func `or whose head does not end get 408`() async throws {
        try await Stand.with(options: { $0.head = .milliseconds(150) }) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write("GET /public/x HTTP/1.1\r\nHost:")
            let answer = try #require(await wire.message())
            #expect(answer.status == 408 && answer["Connection"] == "close")
            #expect(try await wire.rest().isEmpty)
        }
    }

    @Test func `or whose head dribbles get 408`() async throws {
        try await Stand.with(options: { $0.head = .milliseconds(200) }) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            let dribble = Task {
                try await wire.write("GET /public/x HTTP/1.1\r\nHost: a\r\nX: ")
                for _ in 0..<100 {
                    try await wire.write("x")
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            #expect(try await wire.message()?.status == 408)
            dribble.cancel()
        }
    }

    @Test func `and clients that say nothing are closed without a word`() async throws {
        try await Stand.with(options: { $0.keepAliveIdle = .seconds(6) }) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/x"))
            #expect(try await wire.message()?.status == 200)
            #expect(try await wire.rest().isEmpty)
        }
    }
}
