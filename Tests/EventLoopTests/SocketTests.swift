import Glibc
import Testing

@testable import EventLoop

/// Runs `body` as a task of a loop that lives for it.
func onLoop<R: Sendable>(_ body: @escaping @Sendable (EventLoop) async throws -> R) async throws -> R {
    let loop = try EventLoop(name: "test")
    try loop.start()
    defer {
        loop.stop()
        loop.join()
    }
    return try await Task(executorPreference: loop) { try await body(loop) }.value
}

@Suite struct SocketTests {
    @Test(arguments: ["127.0.0.1:0", "[::1]:0", "unix"])
    func `bytes go both ways, with back-pressure, until both ends have closed`(place: String) async throws {
        try await onLoop { loop in
            let path = "/tmp/gatehouse-socket-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
            defer { unsafe unlink(path) }
            let address = try #require(SocketAddress(place == "unix" ? "unix:" + path : place))
            let listener = try Listener(address: address, loop: loop)
            let target = listener.address
            // More than the kernel's buffers hold, in blocks that differ.
            let block = (0..<65536).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 5) }
            let big = (0..<256).flatMap { number in [UInt8(number)] + block }
            async let sent: Bool = send(big, to: target, loop: loop)
            try await listener.acceptable(deadline: loop.now + .seconds(60))
            guard case .accepted(let socket, let peer) = listener.accept() else {
                return #expect(Bool(false), "a connection is expected")
            }
            #expect(peer.isUnix == target.isUnix)
            #expect(socket.localAddress == target)
            // The reader comes late, so the writer has to wait.
            await loop.sleep(until: loop.now + .milliseconds(20))
            let received = try await receive(from: socket, loop: loop)
            #expect(received == big)
            #expect(socket.peerHasHungUp)
            socket.close()
            #expect(try await sent)
        }
    }

    private func send(_ bytes: [UInt8], to address: SocketAddress, loop: EventLoop) async throws -> Bool {
        let socket = try await Socket.connect(to: address, loop: loop, deadline: loop.now + .seconds(60))
        #expect(socket.peerAddress == address)
        var done = 0
        var waits = 0
        while done < bytes.count {
            switch try socket.write(bytes.span.extracting(droppingFirst: done)) {
            case .bytes(let count): done += count
            case .wouldBlock:
                waits += 1
                try await socket.writable(deadline: loop.now + .seconds(60))
            }
        }
        socket.shutdownWrite()
        let rest = try await receive(from: socket, loop: loop)
        #expect(rest.isEmpty)
        return waits > 0
    }

    private func receive(from socket: Socket, loop: EventLoop) async throws -> [UInt8] {
        var received: [UInt8] = []
        while true {
            var outcome = ReadOutcome.wouldBlock
            received += try [UInt8](capacity: 65536) { span in outcome = try socket.read(into: &span) }
            switch outcome {
            case .bytes: break
            case .endOfStream: return received
            case .wouldBlock: try await socket.readable(deadline: loop.now + .seconds(60))
            }
        }
    }

    @Test func `connecting where nobody listens is refused`() async throws {
        try await onLoop { loop in
            // A port that was just given up might be given to somebody else.
            let address = try #require(SocketAddress("127.0.0.1:1"))
            await #expect(throws: IOError.system(errno: ECONNREFUSED, call: "connect")) {
                _ = try await Socket.connect(to: address, loop: loop, deadline: loop.now + .seconds(60))
            }
        }
    }

    @Test func `writing to a peer that has reset the connection is closedByPeer and raises no signal`() async throws {
        try await onLoop { loop in
            let listener = try Listener(address: .anyLocalPort, loop: loop)
            let socket = try await Socket.connect(
                to: listener.address, loop: loop, deadline: loop.now + .seconds(60))
            try await listener.acceptable()
            guard case .accepted(let peer, _) = listener.accept() else {
                return #expect(Bool(false), "a connection is expected")
            }
            peer.close()
            try await socket.readable(deadline: loop.now + .seconds(60))
            #expect(socket.peerHasHungUp)
            let bytes = [UInt8](repeating: 1, count: 100)
            await #expect(throws: IOError.closedByPeer) {
                for _ in 0..<100 {
                    _ = try socket.write(bytes.span)
                    await loop.sleep(until: loop.now + .milliseconds(1))
                }
            }
        }
    }

    @Test(arguments: [
        ("127.0.0.1:80", "127.0.0.1", 80), ("[::1]:8443", "::1", 8443), ("0.0.0.0:0", "0.0.0.0", 0),
        ("[2001:db8::0:1]:443", "2001:db8::1", 443), ("[::ffff:192.0.2.7]:1", "192.0.2.7", 1),
    ])
    func `an address has one text`(text: String, host: String, port: Int) throws {
        let address = try #require(SocketAddress(text))
        #expect(address.hostText == host)
        #expect(address.port == UInt16(port))
        #expect(SocketAddress(address.description) == address)
    }

    @Test(arguments: [
        "", "127.0.0.1", "localhost:80", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+80", "::1:80", "[::1]",
        "[127.0.0.1]:80", "[]:80", "256.0.0.1:1", "unix:", "unix:relative", "127.0.0.1:80 ", "127.1:80",
    ])
    func `what is no address is nil`(text: String) {
        #expect(SocketAddress(text) == nil)
    }
}
