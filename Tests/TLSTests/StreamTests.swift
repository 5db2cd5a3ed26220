import EventLoop
import TLS
import Testing

@Suite struct StreamTests {
    /// Runs `server` and `client` on the two ends of a connection that stands.
    @discardableResult
    private func connected<R: Sendable>(
        _ server: @escaping @Sendable (TLSConnection, EventLoop) async throws -> R,
        client: @escaping @Sendable (TLSConnection, EventLoop) async throws -> Void
    ) async throws -> R {
        let context = try ServerContext(certificates: [TestAuthority.shared.certificate("localhost")])
        let visitor = try Client()
        return try await onLoop { loop in
            let listener = try loop.localListener()
            let address = listener.address
            async let done: Void = client(visitor.connect(to: address, loop: loop), loop)
            let connection = try TLSConnection(socket: await listener.next(deadline: loop.soon), context: context)
            try await connection.handshake(deadline: loop.soon)
            let result = try await server(connection, loop)
            try await done
            return result
        }
    }

    @Test(arguments: [1, 5, 16384, 65536])
    func `several records that came at once are all read, however small the reads`(step: Int) async throws {
        let pieces = [[UInt8](repeating: 1, count: 16384), [UInt8](repeating: 2, count: 5), [3]]
        let received = try await connected { connection, loop in
            // Everything is there before the first read, and no event will tell of it a second time.
            await loop.sleep(until: loop.now + .milliseconds(30))
            return try await Transport.tls(connection).take(16390, step: step, deadline: loop.soon)
        } client: { connection, loop in
            for piece in pieces { try await Transport.tls(connection).put(piece, deadline: loop.soon) }
            await loop.sleep(until: loop.now + .milliseconds(300))
        }
        #expect(received == pieces.flatMap { $0 })
    }

    @Test func `what a slow reader leaves is kept, and written once`() async throws {
        let block = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 13 >> 4) }
        let count = 120
        let waits = try await connected { connection, loop in
            let transport = Transport.tls(connection)
            var waits = 0
            for number in 0..<count {
                let bytes = [UInt8(number)] + block
                var done = 0
                while done < bytes.count {
                    // From a copy each time: the bytes may move between the attempts.
                    let rest = Array(bytes[done...])
                    switch try transport.write(rest.span) {
                    case .bytes(let count): done += count
                    case .wouldBlock:
                        waits += 1
                        try await transport.writable(deadline: loop.soon)
                    }
                }
            }
            transport.close()
            return waits
        } client: { connection, loop in
            await loop.sleep(until: loop.now + .milliseconds(50))
            let all = try await Transport.tls(connection).take(count * 100_001 + 1, deadline: loop.soon)
            #expect(all.count == count * 100_001)
            for number in 0..<count where number * 100_001 < all.count {
                #expect(all[number * 100_001] == UInt8(number))
                #expect(all[(number * 100_001 + 1)..<((number + 1) * 100_001)].elementsEqual(block))
            }
        }
        #expect(waits > 0)
    }

    @Test func `a write that is given up after a part of it was encrypted breaks the connection, not the stream`()
        async throws
    {
        try await connected { connection, loop in
            let transport = Transport.tls(connection)
            let bytes = [UInt8](repeating: 9, count: 65536)
            while try transport.write(bytes.span) != .wouldBlock {}
            try await transport.writable(deadline: loop.soon)
            #expect(throws: IOError.self) {
                while true { if try transport.write([1].span) == .wouldBlock { return } }
            }
            transport.close()
        } client: { connection, loop in
            await loop.sleep(until: loop.now + .milliseconds(50))
            _ = try? await Transport.tls(connection).take(.max, deadline: loop.soon)
        }
    }

    @Test func `an end without a close_notify is a truncation (RFC 8446, section 6.1)`() async throws {
        try await connected { connection, loop in
            await #expect(throws: IOError.truncated) {
                _ = try await Transport.tls(connection).take(100, deadline: loop.soon)
            }
        } client: { connection, loop in
            try await Transport.tls(connection).put([1, 2, 3], deadline: loop.soon)
            connection.socket.shutdownWrite()
            await loop.sleep(until: loop.now + .milliseconds(50))
        }
    }

    @Test func `after a close_notify the other direction still works`() async throws {
        try await connected { connection, loop in
            let transport = Transport.tls(connection)
            #expect(try await transport.take(100, deadline: loop.soon) == [1, 2, 3])
            try await transport.put([4, 5], deadline: loop.soon)
            transport.close()
        } client: { connection, loop in
            let transport = Transport.tls(connection)
            try await transport.put([1, 2, 3], deadline: loop.soon)
            transport.shutdownWrite()
            #expect(try await transport.take(100, deadline: loop.soon) == [4, 5])
        }
    }

    @Test func `a record that was tampered with ends the connection`() async throws {
        try await connected { connection, loop in
            let transport = Transport.tls(connection)
            await #expect(throws: IOError.self) { _ = try await transport.take(100, deadline: loop.soon) }
            #expect(throws: IOError.self) { try transport.write([1].span) }
        } client: { connection, loop in
            let forged: [UInt8] = [0x17, 0x03, 0x03, 0x00, 0x20] + [UInt8](repeating: 0xAB, count: 32)
            try await Transport.plain(connection.socket).put(forged, deadline: loop.soon)
            await loop.sleep(until: loop.now + .milliseconds(50))
        }
    }

    @Test func `a wait ends at its deadline, and when it is cancelled`() async throws {
        try await connected { connection, loop in
            await #expect(throws: IOError.timedOut) {
                try await connection.readable(deadline: loop.now + .milliseconds(20))
            }
            let canceller = connection.socket.canceller
            async let cancelled: Void = {
                await loop.sleep(until: loop.now + .milliseconds(10))
                canceller.cancel()
            }()
            await #expect(throws: IOError.cancelled) { try await connection.readable(deadline: loop.soon) }
            await cancelled
            connection.socket.close()
        } client: { connection, loop in
            // Stays until it is left.
            _ = try? await Transport.tls(connection).take(1, deadline: loop.soon)
        }
    }
}
