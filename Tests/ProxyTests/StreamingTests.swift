import Testing

@testable import Proxy

@Suite struct `Streaming` {
    private static let size = 64 << 20

    @Test(arguments: [false, true])
    func `64 MiB up takes bounded memory`(overTLS: Bool) async throws {
        let script: ScriptedUpstream.Script = { wire, request in
            let count = try await wire.skip(Self.size)
            try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n\(String(count).prefix(8))")
        }
        try await Stand.with(script, readsBody: false) { stand, _ in
            let wire = try await Wire.connect(
                overTLS ? stand.tls : stand.plain, tls: overTLS ? TestCertificates.shared.client() : nil)
            try await wire.write(Stand.request("POST /public/x", fields: ["Content-Length: \(Self.size)"]))
            let piece = [UInt8](repeating: 7, count: 1 << 20)
            for _ in 0..<(Self.size >> 20) { try await wire.write(piece) }
            #expect(try await wire.message()?.text == "67108864")
            try await wire.write(Stand.request("GET /none"))
            #expect(try await wire.message()?.status == 404)
            await wire.close()
            #expect(try await stand.report().exchangeCapacityMax <= 256 * 1024)
        }
    }

    @Test(arguments: [false, true])
    func `64 MiB down takes bounded memory`(chunked: Bool) async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            let piece = [UInt8](repeating: 7, count: 1 << 20)
            try await wire.write(
                "HTTP/1.1 200 OK\r\n\(chunked ? "Transfer-Encoding: chunked" : "Content-Length: \(Self.size)")\r\n\r\n")
            for _ in 0..<(Self.size >> 20) {
                if chunked { try await wire.write("100000\r\n") }
                try await wire.write(piece)
                if chunked { try await wire.write("\r\n") }
            }
            if chunked { try await wire.write("0\r\n\r\n") }
        }
        try await Stand.with(script) { stand, upstream in
            let wire = try await Wire.connect(stand.tls, tls: TestCertificates.shared.client())
            try await wire.write(Stand.request("GET /public/x"))
            let head = try #require(await wire.head())
            #expect(head.status == 200)
            if chunked {
                #expect(head["Transfer-Encoding"] == "chunked")
                #expect(try await wire.skip(Self.size) == Self.size)
            } else {
                #expect(try await wire.skip(Self.size) == Self.size)
                try await wire.write(Stand.request("GET /none"))
                #expect(try await wire.message()?.status == 404)
            }
            await wire.close()
            #expect(await upstream.connections == 1)
        }
    }

    @Test func `a client that reads nothing holds little`() async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            try? await wire.write([UInt8](repeating: 7, count: 32 << 20))
        }
        try await Stand.with(script) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/x"))
            #expect(try await wire.head()?.status == 200)
            try await Task.sleep(for: .milliseconds(200))
            await wire.close()
            // The connection is given up as soon as it is gone, in the middle of the answer.
            while try await stand.report().exchangesLent > 0 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(try await stand.report().exchangeCapacityMax <= 256 * 1024)
            #expect(try await stand.report().upstreamKept == 0)
        }
    }
}
