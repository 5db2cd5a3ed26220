import Configuration
import Testing

@testable import Proxy

/// A listener with `proxy_protocol: true`.
@Suite struct `Behind a proxy that speaks the PROXY protocol` {
    private static let trusting: @Sendable (inout Stand.Options) -> Void = { options in
        options.expectsProxyHeader = true
        options.trustedProxies = ["127.0.0.0/8"]
    }

    private static let block: [UInt8] =
        [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10, 0x21, 0x11, 0, 12] + [203, 0, 113, 7, 192, 0, 2, 9]
        + [0xC8, 0x22, 0x01, 0xBB]

    @Test(arguments: [Array("PROXY TCP4 203.0.113.7 192.0.2.9 51234 443\r\n".utf8), Self.block])
    func `the client is whom the header names`(header: [UInt8]) async throws {
        try await Stand.with(options: Self.trusting) { stand, _ in
            for byByte in [false, true] {
                let wire = try await Wire.connect(stand.plain)
                let bytes = header + Array(Stand.request("GET /public/x").utf8)
                if byByte { for byte in bytes { try await wire.write([byte]) } } else { try await wire.write(bytes) }
                let answer = try #require(try await wire.message())
                expect(200, of: answer)
                #expect(answer.text.contains("X-Forwarded-For: 203.0.113.7\n"))
                await wire.close()
            }
        }
    }

    @Test func `TLS begins behind the header`() async throws {
        try await Stand.with(options: Self.trusting) { stand, _ in
            let wire = try await Wire.connect(stand.tls, tls: TestCertificates.shared.client(), preamble: Self.block)
            try await wire.write(Stand.request("GET /public/x"))
            let answer = try #require(try await wire.message())
            #expect(answer.text.contains("X-Forwarded-For: 203.0.113.7\n"))
            await wire.close()
        }
    }

    @Test func `a client's own X-Forwarded-For is not believed any more for it`() async throws {
        try await Stand.with(options: Self.trusting) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Self.block)
            try await wire.write(Stand.request("GET /public/x", fields: ["X-Forwarded-For: 10.9.8.7"]))
            let answer = try #require(try await wire.message())
            #expect(answer.text.contains("X-Forwarded-For: 203.0.113.7\n"))
            #expect(!answer.text.contains("10.9.8.7"))
            await wire.close()
        }
    }

    @Test func `a proxy that speaks for itself is the client`() async throws {
        try await Stand.with(options: Self.trusting) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write("PROXY UNKNOWN\r\n" + Stand.request("GET /public/x"))
            #expect(try await wire.message()?.text.contains("X-Forwarded-For: 127.0.0.1\n") == true)
            await wire.close()
        }
    }

    @Test(arguments: [
        "GET /public/x HTTP/1.1\r\nHost: h\r\n\r\n",
        "PROXY TCP4 203.0.113.7\r\nGET /public/x HTTP/1.1\r\nHost: h\r\n\r\n",
        "PROXY TCP4 300.0.0.1 192.0.2.9 1 1\r\nGET /public/x HTTP/1.1\r\nHost: h\r\n\r\n",
    ])
    func `a connection without a good header is closed`(bytes: String) async throws {
        try await Stand.with(options: Self.trusting) { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(bytes)
            #expect(try await wire.rest().isEmpty)
            #expect(await upstream.requests.isEmpty)
            #expect(try await stand.report().connectionsRefused == 1)
        }
    }

    @Test func `a header that does not come in time is not waited for`() async throws {
        let impatient: @Sendable (inout Stand.Options) -> Void = { options in
            Self.trusting(&options)
            options.timeouts.handshake = .milliseconds(200)
        }
        try await Stand.with(options: impatient) { stand, _ in
            let wire = try await Wire.connect(stand.plain)
            try? await wire.write("PROXY TCP4 203")
            #expect(try await wire.rest().isEmpty)
        }
    }

    @Test func `somebody else is refused, header or not`() async throws {
        let distrusting: @Sendable (inout Stand.Options) -> Void = { options in
            options.expectsProxyHeader = true
            options.trustedProxies = ["10.0.0.0/8"]
        }
        try await Stand.with(options: distrusting) { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            try? await wire.write(Self.block + Array(Stand.request("GET /public/x").utf8))
            #expect(try await wire.rest().isEmpty)
            #expect(await upstream.requests.isEmpty)
        }
    }

    @Test func `the limit on connections is that of the client's own address`() async throws {
        let limited: @Sendable (inout Stand.Options) -> Void = { options in
            Self.trusting(&options)
            options.limits.connectionsPerAddressMax = 1
        }
        try await Stand.with(options: limited) { stand, _ in
            let first = try await Wire.connect(stand.plain)
            try await first.write(Self.block + Array(Stand.request("GET /public/x").utf8))
            #expect(try await first.message()?.status == 200)
            let second = try await Wire.connect(stand.plain)
            try await second.write(Self.block + Array(Stand.request("GET /public/x").utf8))
            #expect(try await second.rest().isEmpty)
            let other = try await Wire.connect(stand.plain)
            try await other.write("PROXY TCP6 2001:db8::1 ::1 1 1\r\n" + Stand.request("GET /public/x"))
            #expect(try await other.message()?.status == 200)
            let neighbour = try await Wire.connect(stand.plain)
            try await neighbour.write("PROXY TCP6 2001:db8::ffff:2 ::1 1 1\r\n" + Stand.request("GET /public/x"))
            #expect(try await neighbour.rest().isEmpty, "a /64 counts as one")
            await first.close()
            await other.close()
        }
    }
}
