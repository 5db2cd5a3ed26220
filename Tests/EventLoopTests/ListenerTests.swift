import Glibc
import Testing

@testable import EventLoop

@Suite struct ListenerTests {
    @Test(arguments: [EMFILE, ENFILE])
    func `without descriptors left a connection is closed at once, and accepting goes on later`(code: Int32) throws {
        let rig = Rig()
        let descriptor = rig.descriptor()
        let raw = descriptor.raw
        let listener = try Listener(
            listening: descriptor, address: try #require(SocketAddress("127.0.0.1:1")), loop: rig.loop)
        rig.kernel.tell(raw, .readable)
        rig.turn()
        // Closing one end of a pipe is seen at the other.
        var ends: [Int32] = [-1, -1]
        #expect(unsafe pipe(&ends) == 0)
        let watched = Descriptor(owning: ends[0])
        let refused = ends[1]
        let accepted = rig.descriptor().take()
        rig.kernel.with { $0.arrivals = [-code, refused, accepted] }
        guard case .exhausted = listener.accept() else { return #expect(Bool(false), "exhausted is expected") }
        var byte: UInt8 = 0
        #expect(unsafe Glibc.read(watched.raw, &byte, 1) == 0, "the client is told at once")
        guard case .accepted(_, let peer) = listener.accept() else {
            return #expect(Bool(false), "a connection is expected")
        }
        #expect(peer.hostText == "192.0.2.1")
        guard case .wouldBlock = listener.accept() else { return #expect(Bool(false), "no more is expected") }
        #expect(!listener.isExpectingMore)
    }

    /// All that man 2 accept says of the network, and of the connection itself.
    private static let passing = [
        ECONNABORTED, EPROTO, EPERM, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH,
    ]

    @Test(arguments: passing)
    func `a connection that broke while it waited is passed over`(code: Int32) throws {
        let rig = Rig()
        let listener = try Listener(address: .anyLocalPort, loop: rig.loop)
        rig.kernel.tell(try #require(listener.number), .readable)
        rig.turn()
        rig.kernel.with { $0.arrivals = [-code] }
        guard case .transient = listener.accept() else { return #expect(Bool(false), "transient is expected") }
        #expect(listener.isExpectingMore)
    }

    @Test(arguments: [EBADF, EINVAL, ENOTSOCK, EOPNOTSUPP])
    func `a socket that listens no more is no fault that passes`(code: Int32) throws {
        let rig = Rig()
        let descriptor = rig.descriptor()
        let raw = descriptor.raw
        let listener = try Listener(
            listening: descriptor, address: try #require(SocketAddress("127.0.0.1:1")), loop: rig.loop)
        rig.kernel.tell(raw, .readable)
        rig.turn()
        rig.kernel.with { $0.arrivals = [-code] }
        guard case .broken(let error) = listener.accept() else { return #expect(Bool(false), "broken is expected") }
        #expect(error == .system(errno: code, call: "accept"))
    }

    @Test(arguments: [false, true])
    func `one whose socket was shut down by who shares it hears of that, and listens anew`(isUnix: Bool) async throws {
        let path = "/tmp/gatehouse-broken-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
        defer { unsafe unlink(path) }
        let place = isUnix ? try #require(SocketAddress("unix:" + path)) : .anyLocalPort
        try await onLoop { loop in
            let deadline = loop.now + .seconds(20)
            let listener = try Listener(address: place, loop: loop, reusePort: !isUnix)
            try shutDown(listener)
            try await listener.acceptable(deadline: deadline)
            guard case .broken = listener.accept() else { return #expect(Bool(false), "broken is expected") }
            let next = try listener.reopened(reusePort: !isUnix)
            #expect(next.address == listener.address && listener.number == nil)
            if !isUnix {
                // The port is shared as it was.
                let other = try Listener(address: next.address, loop: loop, reusePort: true)
                other.stop()
            }
            let client = try await Socket.connect(to: next.address, loop: loop, deadline: deadline)
            try await next.acceptable(deadline: deadline)
            guard case .accepted = next.accept() else { return #expect(Bool(false), "a connection is expected") }
            client.close()
        }
    }

    /// Such as a service manager hands over, which opens one for all.
    @Test func `those that shared a socket which was shut down listen anew by one each`() async throws {
        try await onLoop { loop in
            let first = try Listener(address: .anyLocalPort, loop: loop)
            let socket = try #require(try first.handedOver(as: "a"))
            let second = try Listener(listening: socket.duplicate(), address: socket.address, loop: loop)
            try shutDown(first)
            let listeners = try [first, second].map { try $0.reopened(reusePort: true) }
            #expect(listeners.allSatisfy { $0.address == socket.address })
        }
    }

    /// As another process does that has the socket as well.
    private func shutDown(_ listener: Listener) throws {
        let copy = try ListeningSocket.duplicate(try #require(listener.number))
        #expect(shutdown(copy.raw, Int32(SHUT_RDWR)) == 0)
    }

    @Test func `the kernel forgets one that stops, also when its socket was handed over (man 7 epoll, Q6)`() throws {
        let rig = Rig()
        let descriptor = rig.descriptor()
        let raw = descriptor.raw
        let listener = try Listener(
            listening: descriptor, address: try #require(SocketAddress("127.0.0.1:1")), loop: rig.loop)
        #expect(rig.kernel.with { $0.interests[raw] != nil })
        listener.stop()
        #expect(rig.kernel.with { $0.interests[raw] == nil })
    }

    @Test func `a port that is taken is told by its error number`() async throws {
        try await onLoop { loop in
            let address = SocketAddress.anyLocalPort
            let first = try Listener(address: address, loop: loop)
            #expect(first.address.port != 0)
            #expect(throws: IOError.system(errno: EADDRINUSE, call: "bind")) {
                try Listener(address: first.address, loop: loop)
            }
        }
    }

    @Test func `listeners share a port when they all want to`() async throws {
        try await onLoop { loop in
            let address = SocketAddress.anyLocalPort
            let first = try Listener(address: address, loop: loop, reusePort: true)
            let second = try Listener(address: first.address, loop: loop, reusePort: true)
            #expect(second.address == first.address)
        }
    }

    @Test func `a Unix socket that a killed process left behind is replaced, a living one is not`() async throws {
        try await onLoop { loop in
            let path = "/tmp/gatehouse-listener-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
            defer { unsafe unlink(path) }
            let address = try #require(SocketAddress("unix:" + path))
            let first = try Listener(address: address, loop: loop)
            #expect(throws: IOError.system(errno: EADDRINUSE, call: "bind")) {
                try Listener(address: address, loop: loop)
            }
            first.stop()
            let second = try Listener(address: address, loop: loop)
            #expect(second.address == address)
        }
    }
}
