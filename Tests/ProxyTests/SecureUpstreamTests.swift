import Configuration
import Foundation
import TLS
import Testing

@testable import Proxy

@Suite struct `An application behind TLS` {
    private static func with(
        _ certificate: String, endpoint: (UInt16) -> String = { "https://localhost:\($0)" },
        _ change: (inout Stand.Options) -> Void = { _ in },
        _ body: @Sendable (Stand, ScriptedUpstream, LogCapture) async throws -> Void
    ) async throws {
        let upstream = try await ScriptedUpstream.start(tls: try TestCertificates.shared.server(certificate))
        let log = LogCapture()
        let url = endpoint(upstream.port)
        let options: (inout Stand.Options) -> Void = {
            $0.endpoints = [url]
            // This machine may know itself by other addresses too.
            $0.addressesOfName = { _ in ["127.0.0.1"] }
            $0.tls.authority = TestCertificates.shared.path("ca.pem")
            $0.logger = log.logger
            change(&$0)
        }
        try await Stand.with(upstreams: [], options: options) { stand in try await body(stand, upstream, log) }
        await upstream.stop()
        await upstream.closeConnections()
    }

    /// A stand whose application is what the test makes of a bare listener.
    private static func withBareListener(
        _ body: @escaping @Sendable (Stand, BareListener) async throws -> Void
    ) async throws {
        let listener = try BareListener()
        let options: (inout Stand.Options) -> Void = {
            $0.endpoints = ["https://localhost:\(listener.port)"]
            $0.addressesOfName = { _ in ["127.0.0.1"] }
            $0.tls.authority = TestCertificates.shared.path("ca.pem")
        }
        try await Stand.with(upstreams: [], options: options) { stand in try await body(stand, listener) }
    }

    /// New keys cost us as much as the application, and bring nothing (RFC 8446, section 4.6.3).
    @Test(arguments: [false, true])
    func `that sends records without data and nothing else is given up`(asksBack: Bool) async throws {
        try await Self.withBareListener { stand, listener in
            // Not repeated, since the application may have done something about it.
            async let answer = stand.ask("POST /public/x")
            let application = try await RenewingPeer.accept(on: listener, certificate: "site")
            #expect(try await application.hear().startLine == "POST /public/x HTTP/1.1")
            // Either it hears of the end while it still sends, or afterwards.
            await #expect(throws: (any Error).self) {
                try await application.renewKeys(10_000, asksBack: asksBack)
                _ = try await application.hear()
            }
            expect(502, of: try await answer)
            #expect(try await stand.report().upstreamInUse == 0)
            #expect(try await stand.report().upstreamKept == 0)
        }
    }

    /// Nobody is held to it who has something to say in between.
    @Test func `that renews keys with every answer is asked again and again`() async throws {
        try await Self.withBareListener { stand, listener in
            async let first = stand.ask("GET /public/x")
            let application = try await RenewingPeer.accept(on: listener, certificate: "site")
            try await Self.answer(application)
            expect(200, of: try await first)
            for _ in 0..<60 {
                async let next = stand.ask("GET /public/x")
                try await Self.answer(application)
                expect(200, of: try await next)
            }
        }
    }

    private static func answer(_ application: RenewingPeer) async throws {
        #expect(try await application.hear().startLine == "GET /public/x HTTP/1.1")
        try await application.renewKeys(50, asksBack: false)
        try await application.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    }

    @Test func `is asked over one connection again and again`() async throws {
        try await Self.with("site") { stand, upstream, _ in
            for number in 0..<3 {
                let answer = try await stand.ask("POST /public/\(number)", body: String(repeating: "x", count: 100_000))
                expect(200, of: answer)
                #expect(answer.body.count > 100_000)
            }
            #expect(await upstream.connections == 1)
            #expect(await upstream.requests.first?["X-Forwarded-Proto"] == "http")
        }
    }

    @Test func `is known by its address when it has no name`() async throws {
        try await Self.with("address", endpoint: { "https://127.0.0.1:\($0)" }) { stand, _, _ in
            expect(200, of: try await stand.ask("GET /public/x"))
        }
    }

    @Test func `is asked for the name that the configuration says`() async throws {
        try await Self.with(
            "other", endpoint: { "https://127.0.0.1:\($0)" }, { $0.tls.serverName = "other.test" }
        ) { stand, _, _ in
            expect(200, of: try await stand.ask("GET /public/x"))
        }
    }

    @Test func `is believed whoever it is only if the configuration says so`() async throws {
        try await Self.with("expired", { $0.tls.verifies = false }) { stand, _, _ in
            expect(200, of: try await stand.ask("GET /public/x"))
        }
    }

    @Test(arguments: [
        ("other", "ca.pem", "hostname mismatch"), ("expired", "ca.pem", "certificate has expired"),
        ("site", "stranger.pem", "unable to get local issuer certificate"),
        ("stranger", "ca.pem", "self-signed certificate"),
    ])
    func `that is not who it should be is never asked: 502, and the log says why`(
        certificate: String, authority: String, reason: String
    ) async throws {
        try await Self.with(
            certificate, { $0.tls.authority = TestCertificates.shared.path(authority) }
        ) { stand, upstream, log in
            for _ in 0..<3 {
                let answer = try await stand.ask("POST /public/x", body: "secret")
                #expect(answer.status == 502 && answer.text.contains("\"code\":\"upstream_insecure\""))
                #expect(!answer.text.contains(reason))
            }
            #expect(await upstream.requests.isEmpty)
            let lines = log.lines.filter { $0.hasPrefix("warning: an application failed") }
            // Said once, however often it happens.
            #expect(lines.count == 1 && lines[0].contains(reason) && lines[0].contains("upstream=app"), "\(lines)")
            #expect(try await stand.report().upstreamInUse == 0)
        }
    }

    /// Without `ca`, this machine's authorities are believed, and ours is none of them.
    @Test func `is not believed by an authority that the configuration does not name`() async throws {
        try await Self.with("site", { $0.tls.authority = nil }) { stand, upstream, _ in
            expect(502, of: try await stand.ask("GET /public/x"))
            #expect(await upstream.requests.isEmpty)
        }
    }

    @Test func `that speaks no TLS is answered for with 502`() async throws {
        // Another gateway, which says 400 to what is no HTTP.
        try await Stand.with(upstreams: [ScriptedUpstream.nobodysPort]) { other in
            let options: (inout Stand.Options) -> Void = { $0.endpoints = ["https://127.0.0.1:\(other.plain)"] }
            try await Stand.with(upstreams: [], options: options) { stand in
                let answer = try await stand.ask("GET /public/x")
                #expect(answer.status == 502 && answer.text.contains("\"code\":\"upstream_insecure\""))
            }
        }
    }

    @Test func `that never finishes its handshake is answered for with 504`() async throws {
        let upstream = try await ScriptedUpstream.start { _, _ in try await Task.sleep(for: .seconds(60)) }
        let options: (inout Stand.Options) -> Void = {
            $0.endpoints = ["https://127.0.0.1:\(upstream.port)"]
            $0.connect = .milliseconds(200)
        }
        try await Stand.with(upstreams: [], options: options) { stand in
            let answer = try await stand.ask("GET /public/x")
            #expect(answer.status == 504 && answer.text.contains("\"code\":\"upstream_connect_timeout\""))
        }
        await upstream.stop()
        await upstream.closeConnections()
    }

    /// Against `openssl s_server`, which insists on a certificate of its client and shows it.
    @Test(arguments: [true, false]) func `is shown the gateway's certificate if it asks`(shows: Bool) async throws {
        let server = try SecureServer(requiringClients: true)
        let options: (inout Stand.Options) -> Void = {
            $0.endpoints = ["https://127.0.0.1:\(server.port)"]
            $0.tls.authority = TestCertificates.shared.path("ca.pem")
            if shows {
                $0.tls.certificate = CertificatePair(
                    certificate: TestCertificates.shared.path("gateway.pem"),
                    key: TestCertificates.shared.path("gateway.key"))
            }
        }
        try await Stand.with(upstreams: [], options: options) { stand in
            let answer = try await stand.ask("GET /public/x")
            if shows {
                #expect(answer.status == 200 && answer.text.contains("CN=gateway"))
            } else {
                expect(502, of: answer)
            }
        }
        server.stop()
    }

    @Test func `whose files are not there keeps a gateway from starting`() async throws {
        await #expect(throws: GatewayError.self) {
            try await Stand.with(
                upstreams: [],
                options: {
                    $0.endpoints = ["https://127.0.0.1:1"]
                    $0.tls.authority = "/nowhere/ca.pem"
                }
            ) { _ in }
        }
    }
}

/// `openssl s_server` on a port of its own.
private final class SecureServer {
    private let process = Process()
    let port: UInt16

    init(requiringClients: Bool) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let certificates = TestCertificates.shared
        process.arguments =
            [
                "openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", certificates.path("address.pem"),
                "-key", certificates.path("address.key"),
            ]
            + (requiringClients
                ? ["-Verify", "1", "-verify_return_error", "-CAfile", certificates.path("ca.pem")] : [])
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var text = ""
        while true {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { break }
            text += String(decoding: data, as: UTF8.self)
            // ACCEPT 127.0.0.1:12345
            if let start = text.range(of: "ACCEPT 127.0.0.1:"), let end = text[start.upperBound...].firstIndex(of: "\n")
            {
                port = UInt16(text[start.upperBound..<end]) ?? 0
                return
            }
        }
        port = 0
    }

    func stop() {
        // It has nothing to tidy up, and waiting for it would need a run loop.
        kill(process.processIdentifier, SIGKILL)
    }
}
