import Glibc
import Testing

@testable import EventLoop

/// Sockets that another process opened.
@Suite struct `A socket handed over` {
    @Test func `listens where it did, and keeps who waits in it`() async throws {
        let loop = try EventLoop(name: "handover")
        try loop.start()
        defer { loop.stop() }
        let task = Task(executorPreference: loop) {
            let first = try Listener(address: .anyLocalPort, loop: loop)
            let early = try await Socket.connect(to: first.address, loop: loop, deadline: loop.now + .seconds(60))
            let socket = try #require(try first.handedOver(as: "a"))
            #expect(socket.address == first.address && socket.label == "a")
            first.stop()
            let second = try Listener(listening: socket.duplicate(), address: socket.address, loop: loop)
            try await second.acceptable(deadline: loop.now + .seconds(60))
            guard case .accepted = second.accept() else {
                Issue.record("who connected before is lost")
                return
            }
            early.close()
            #expect(try first.handedOver(as: "a") == nil, "a listener that has stopped has none")
        }
        try await task.value
    }

    private static func descriptor(_ kind: String) -> Int32 {
        switch kind {
        case "file": unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        case "datagram": socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        case "connecting": socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        default: -1
        }
    }

    @Test(arguments: ["file", "datagram", "connecting", "closed"])
    func `that does not listen is refused`(kind: String) {
        #expect(throws: IOError.self) { try ListeningSocket(adopting: Self.descriptor(kind), label: nil) }
    }
}
