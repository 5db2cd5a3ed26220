import EventLoop
import TLS
import Testing

@Suite struct HandshakeTests {
    @Test(arguments: TLSVersion.allCases)
    func `client and server agree and exchange bytes both ways`(version: TLSVersion) async throws {
        let server = try ServerContext(certificates: [TestAuthority.shared.certificate("localhost")])
        let client = try ClientContext(trust: TestAuthority.shared.trust, versions: version...version)
        let big = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }
        try await onLoop { loop in
            let listener = try loop.localListener()
            let address = listener.address
            async let echoed = connect(to: address, context: client, loop: loop, sending: big, version: version)
            let connection = try TLSConnection(socket: await listener.next(deadline: loop.soon), context: server)
            try await connection.handshake(deadline: loop.soon)
            #expect(connection.version == version)
            #expect(connection.sniHostname == "localhost")
            #expect(connection.alpnProtocol == "http/1.1")
            #expect(!connection.isResumed)
            let transport = Transport.tls(connection)
            let received = try await transport.take(big.count, deadline: loop.soon)
            try await transport.put(received, deadline: loop.soon)
            transport.close()
            let answer = try await echoed
            #expect(answer == big)
        }
    }

    private func connect(
        to address: SocketAddress, context: ClientContext, loop: EventLoop, sending bytes: [UInt8], version: TLSVersion
    ) async throws -> [UInt8] {
        let socket = try await Socket.connect(to: address, loop: loop, deadline: loop.soon)
        let connection = try TLSConnection(socket: socket, context: context, hostname: "localhost")
        try await connection.handshake(deadline: loop.soon)
        let transport = Transport.tls(connection)
        try await transport.put(bytes, deadline: loop.soon)
        // One more than there is, so that the end must come too.
        return try await transport.take(bytes.count + 1, deadline: loop.soon)
    }
}
