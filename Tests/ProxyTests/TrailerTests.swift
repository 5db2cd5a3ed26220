import HTTP2
import Testing

@testable import Proxy

/// Fields behind the body of an answer that comes in chunks (RFC 9112, section 7.1.2).
@Suite struct `Trailers` {
    private static let answer =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
        + "X-Sum: 7\r\nX-Spaced:  \t a b \t\r\nX-Empty:\r\nSet-Cookie: a=b\r\nConnection: x-sum\r\nContent-Length: 3\r\n\r\n"

    /// However it is cut, it is the same.
    private static func pieces(_ size: Int) -> ScriptedUpstream.Script {
        { wire, _ in
            var rest = Array(answer.utf8)[...]
            while !rest.isEmpty {
                try await wire.write(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
                if size < 100 { await Task.yield() }
            }
        }
    }

    @Test(arguments: [1, 7, 1000])
    func `reach clients of HTTP2, but those that mean something before the body`(size: Int) async throws {
        try await Stand.with(Self.pieces(size)) { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            for _ in 0..<2 {
                let answer = try await wire.ask("GET", "/public/x")
                #expect(answer.status == 200 && answer.text == "abc" && answer.closeCode == .noError)
                #expect(answer.trailers.map(\.name) == ["x-sum", "x-spaced", "x-empty"])
                #expect(answer.trailers.map(\.value) == ["7", "a b", ""])
            }
            #expect(await upstream.connections == 1)
            await wire.close()
        }
    }

    @Test(arguments: [
        ("TE: trailers", true), ("te: deflate, Trailers", true), ("TE: gzip", false), ("TE: trailersx", false),
        ("X-Te: trailers", false),
    ])
    func `reach clients of HTTP1 that ask for them`(field: String, reaches: Bool) async throws {
        try await Stand.with(Self.pieces(1000)) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/x", fields: [field, "Connection: close"]))
            let text = try await wire.rest()
            let end = reaches ? "0\r\nX-Sum: 7\r\nX-Spaced: a b\r\nX-Empty: \r\n\r\n" : "0\r\n\r\n"
            #expect(text.hasSuffix("3\r\nabc\r\n" + end), "\(text)")
        }
    }

    @Test func `of one answer are not those of the next`() async throws {
        let script: ScriptedUpstream.Script = { wire, request in
            let hasTrailers = request.startLine.contains("/with ")
            try await wire.write(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\(hasTrailers ? "X-Sum: 7\r\n" : "")\r\n"
            )
        }
        try await Stand.with(script) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            for path in ["/public/with", "/public/without", "/public/with", "/private/x", "/public/without"] {
                let answer = try await wire.ask("GET", path)
                #expect(answer.trailers.count == (path.hasSuffix("/with") ? 1 : 0))
            }
            await wire.close()
        }
    }
}
