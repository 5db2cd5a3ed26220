import EventLoop
import Foundation
import LayerTesting
import TLS
import Testing

@Suite struct HostileClientTests {
    /// What becomes of a server's handshake with a client that sends `bytes` and then closes or waits.
    private func meet(
        _ bytes: [UInt8], closes: Bool = false, within limit: Duration = .seconds(20)
    ) async throws -> (error: TLSError?, answer: [UInt8]) {
        let context = try ServerContext(certificates: [TestAuthority.shared.certificate("localhost")])
        return try await onLoop { loop in
            let listener = try loop.localListener()
            let client = try await Socket.connect(to: listener.address, loop: loop, deadline: loop.soon)
            try await Transport.plain(client).put(bytes, deadline: loop.soon)
            if closes { client.shutdownWrite() }
            let connection = try TLSConnection(socket: await listener.next(deadline: loop.soon), context: context)
            var failure: TLSError?
            do throws(TLSError) {
                try await connection.handshake(deadline: loop.now + limit)
            } catch {
                failure = error
                if error == .plainHTTP {
                    // What the proxy does: answers in plain text on the socket.
                    try await Transport.plain(connection.socket).put(Array("told".utf8), deadline: loop.soon)
                }
            }
            connection.close()
            let answer = try? await Transport.plain(client).take(1000, deadline: loop.soon)
            return (failure, answer ?? [])
        }
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "POST /x HTTP/1.0\r\n\r\n", "OPTIONS * HTTP/1.1\r\n\r\n",
        "DELETE / HTTP/1.1\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ])
    func `plain HTTP on a TLS port is told apart and can be answered in plain text`(request: String) async throws {
        let (error, answer) = try await meet(Array(request.utf8))
        #expect(error == .plainHTTP)
        #expect(String(decoding: answer, as: UTF8.self) == "told", "nothing of TLS comes before it")
    }

    @Test(arguments: [
        [0x16, 0x03, 0x01, 0x00, 0x04, 0xFF, 0xFF, 0xFF, 0xFF], [0x00] + [UInt8](repeating: 0xAA, count: 100),
        [0x16, 0x03, 0x01, 0xFF, 0xFF], [0x80, 0x2E, 0x01, 0x00, 0x02, 0x00, 0x15],
        [0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x28], [0x17, 0x03, 0x03, 0x00, 0x01, 0x00],
        [UInt8](repeating: 0x16, count: 20000),
    ])
    func `garbage in place of a ClientHello is an error and nothing worse`(bytes: [UInt8]) async throws {
        let (error, _) = try await meet(bytes, closes: true)
        switch error {
        case .handshake, .io(.closedByPeer): break
        default: Issue.record("unexpected: \(String(describing: error))")
        }
    }

    @Test func `random bytes never get through a handshake`() async throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<50 {
            let count = Int.random(in: 1...300, using: &generator)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            // Half of them look like a handshake at first.
            if Bool.random(using: &generator) {
                bytes.insert(contentsOf: [0x16, 0x03, 0x01, 0x00, UInt8(count & 255), 0x01], at: 0)
            }
            let (error, _) = try await meet(bytes, closes: true)
            #expect(error != nil)
        }
    }

    @Test(arguments: [[], [0x16], [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01]])
    func `a client that says nothing more is left at the handshake's deadline`(bytes: [UInt8]) async throws {
        let (error, _) = try await meet(bytes, within: .milliseconds(50))
        #expect(error == .io(.timedOut))
    }

    @Test func `a client that goes away at once is closedByPeer`() async throws {
        let (error, _) = try await meet([], closes: true)
        #expect(error == .io(.closedByPeer))
    }

    @Test(arguments: ["-tls1", "-tls1_1"])
    func `versions that are no good any more are refused (RFC 8996)`(version: String) async throws {
        let (output, error) = try await openssl([version, "-cipher", "ALL:@SECLEVEL=0"], input: "")
        #expect(!output.contains("Cipher is ECDHE"))
        guard case .handshake = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test func `a client that asks for renegotiation is refused (CVE-2009-3555, CVE-2011-1473)`() async throws {
        let (output, _) = try await openssl(["-tls1_2"], input: "R\n")
        #expect(output.contains("RENEGOTIATING"))
        #expect(output.contains("no renegotiation"), "\(output)")
    }

    @Test func `ciphers without forward secrecy are refused`() async throws {
        let (_, error) = try await openssl(["-tls1_2", "-cipher", "AES128-SHA:AES128-GCM-SHA256"], input: "")
        guard case .handshake = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    /// Runs `openssl s_client` against a server that reads until the end; its output, and the handshake's error.
    private func openssl(_ arguments: [String], input: String) async throws -> (String, TLSError?) {
        let context = try ServerContext(certificates: [TestAuthority.shared.certificate("localhost")])
        return try await onLoop { loop in
            let listener = try loop.localListener()
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["openssl", "s_client", "-connect", "\(listener.address)"] + arguments
            let (standardInput, output) = (Pipe(), Pipe())
            process.standardInput = standardInput
            process.standardOutput = output
            process.standardError = output
            try process.run()
            let connection = try TLSConnection(socket: await listener.next(deadline: loop.soon), context: context)
            var failure: TLSError?
            do throws(TLSError) {
                try await connection.handshake(deadline: loop.soon)
                try? standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
                // Until the client has heard that its wish is not granted, and leaves.
                _ = try? await Transport.tls(connection).take(1000, deadline: loop.soon)
            } catch { failure = error }
            connection.close()
            try? standardInput.fileHandleForWriting.close()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return (text, failure)
        }
    }
}
