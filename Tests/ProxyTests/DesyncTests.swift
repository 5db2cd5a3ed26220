import Testing

@testable import Proxy

/// Whatever is wrong with a message, nobody takes the rest of it for another one.
@Suite struct `What is left of a refused message` {
    /// The chunk that goes beyond the limit holds what looks like the body's end and another request.
    private static let smuggled = "\r\n0\r\n\r\nGET /public/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"

    @Test(arguments: ["POST /.gatehouse/login", "POST /.gatehouse/x"])
    func `is never a request, when a page's body is too large (CVE-2022-22720, CVE-2025-4366)`(
        request: String
    ) async throws {
        try await Stand.with { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request(request, fields: ["Transfer-Encoding: chunked"]))
            let limit = LocalRequest.bodyBytesMax
            try await wire.write(String(limit, radix: 16) + "\r\n" + String(repeating: "x", count: limit) + "\r\n")
            // What the limit allows is read before the rest comes, so that this begins a read of its own.
            try await Task.sleep(for: .milliseconds(100))
            let size = String(Self.smuggled.utf8.count, radix: 16)
            try await wire.write(size + "\r\n" + Self.smuggled + "\r\n0\r\n\r\n")
            let answer = try #require(await wire.message())
            #expect(answer.status == 413 && answer["Connection"] == "close")
            #expect(try await wire.rest().isEmpty)
            #expect(await upstream.requests.isEmpty)
        }
    }

    @Test func `is never a request, when a page's body breaks its framing`() async throws {
        try await Stand.with { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(
                Stand.request("POST /.gatehouse/x", fields: ["Transfer-Encoding: chunked"])
                    + "1\r\nab\r\n0\r\n\r\n" + Stand.request("GET /public/smuggled"))
            let answer = try #require(await wire.message())
            #expect(answer.status == 400 && answer["Connection"] == "close")
            #expect(try await wire.rest().isEmpty)
            #expect(await upstream.requests.isEmpty)
        }
    }
}
