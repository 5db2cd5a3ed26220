import CLinux
import EventLoop
import TLS
import Testing

@Suite struct IdleMemoryTests {
    @Test func `an idle keep-alive connection costs at most 16 KiB`() async {
        // In a process of its own, since what is counted is a process' memory.
        await #expect(processExitsWith: .success) {
            for version in TLSVersion.allCases {
                let bytes = try await IdleMemory.bytes(of: version)
                #expect(bytes <= 16 * 1024, "\(version.rawValue): \(bytes) bytes")
            }
        }
    }

    @Test func `a client that says nothing costs at most 16 KiB while its handshake is waited for`() async {
        await #expect(processExitsWith: .success) {
            let bytes = try await IdleMemory.bytesOfSilence()
            #expect(bytes <= 16 * 1024, "\(bytes) bytes")
        }
    }
}

private enum IdleMemory {
    /// Of a connection whose client only connects, with the task that waits for more.
    static func bytesOfSilence() async throws -> Int {
        let context = try ServerContext(certificates: [TestAuthority.shared.certificate("localhost")])
        let count = 500
        return try await onLoop { loop in
            let listener = try loop.localListener()
            let address = listener.address
            var silent: [(server: TLSConnection, client: Socket)] = []
            // The first ones pay for what is made once.
            for _ in 0..<20 { silent.append(try await silence(listener, address, context, loop)) }
            let before = linux_allocated_bytes()
            for _ in 0..<count { silent.append(try await silence(listener, address, context, loop)) }
            let after = linux_allocated_bytes()
            silent.forEach { $0.server.close() }
            return Int(after - before) / count
        }
    }

    private static func silence(
        _ listener: Listener, _ address: SocketAddress, _ context: ServerContext, _ loop: EventLoop
    ) async throws -> (TLSConnection, Socket) {
        let client = try await Socket.connect(to: address, loop: loop, deadline: loop.soon)
        let connection = try TLSConnection(socket: await listener.next(deadline: loop.soon), context: context)
        let carried = Carried(connection)
        Task(executorPreference: loop) { try? await carried.value.handshake(deadline: loop.soon) }
        // Lets it begin.
        await Task.yield()
        return (connection, client)
    }

    static func bytes(of version: TLSVersion) async throws -> Int {
        let context = try ServerContext(certificates: [TestAuthority.shared.certificate("localhost")])
        let client = try Client(versions: version...version)
        let count = 500
        return try await onLoop { loop in
            let listener = try loop.localListener()
            let address = listener.address
            var idle: [(server: TLSConnection, client: Socket)] = []
            // The first ones pay for what is made once.
            for _ in 0..<20 { idle.append(try await pair(client, listener, address, context, loop)) }
            let before = linux_allocated_bytes()
            for _ in 0..<count { idle.append(try await pair(client, listener, address, context, loop)) }
            let after = linux_allocated_bytes()
            idle.forEach { $0.server.close() }
            return Int(after - before) / count
        }
    }

    /// A connection that has answered a request and waits. Of the client's side only the socket is kept.
    private static func pair(
        _ client: Client, _ listener: Listener, _ address: SocketAddress, _ context: ServerContext, _ loop: EventLoop
    ) async throws -> (TLSConnection, Socket) {
        async let visitor = visit(client, address, loop)
        let connection = try TLSConnection(socket: await listener.next(deadline: loop.soon), context: context)
        try await connection.handshake(deadline: loop.soon)
        let transport = Transport.tls(connection)
        _ = try await transport.take(100, deadline: loop.soon)
        try await transport.put([UInt8](repeating: 1, count: 200), deadline: loop.soon)
        return (connection, try await visitor.value)
    }

    private static func visit(_ client: Client, _ address: SocketAddress, _ loop: EventLoop) async throws -> Carried<
        Socket
    > {
        let connection = try await client.connect(to: address, loop: loop)
        let transport = Transport.tls(connection)
        try await transport.put([UInt8](repeating: 2, count: 100), deadline: loop.soon)
        _ = try await transport.take(200, deadline: loop.soon)
        return Carried(connection.socket)
    }
}

/// Carries what only one thread uses past the compiler, which cannot know that.
private struct Carried<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
