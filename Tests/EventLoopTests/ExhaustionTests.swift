import Glibc
import Testing

@testable import EventLoop

@Suite struct ExhaustionTests {
    @Test func `with no descriptors left the loop goes on, refuses newcomers at once and recovers`() async {
        // In a process of its own, whose descriptors really run out.
        await #expect(processExitsWith: .success) {
            try await onLoop { loop in
                let deadline = loop.now + .seconds(20)
                let listener = try Listener(address: .anyLocalPort, loop: loop)
                let newcomer = try await Socket.connect(to: listener.address, loop: loop, deadline: deadline)
                var limit = rlimit()
                unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                limit.rlim_cur = min(limit.rlim_cur, 256)
                unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                var hoard: [Int32] = []
                while true {
                    let raw = unsafe open("/dev/null", O_RDONLY)
                    if raw < 0 { break }
                    hoard.append(raw)
                }
                #expect(errno == EMFILE)

                try await listener.acceptable(deadline: deadline)
                guard case .exhausted = listener.accept() else { return #expect(Bool(false), "exhausted is expected") }
                // The client learns at once: its connection is closed, not left hanging.
                try await newcomer.readable(deadline: deadline)
                #expect(newcomer.peerHasHungUp)

                // Nobody waits any more, and with descriptors back the next one is served.
                guard case .wouldBlock = listener.accept() else { return #expect(Bool(false), "nobody is expected") }
                for raw in hoard { close(raw) }
                let next = try await Socket.connect(to: listener.address, loop: loop, deadline: deadline)
                try await listener.acceptable(deadline: deadline)
                guard case .accepted(let served, let peer) = listener.accept() else {
                    return #expect(Bool(false), "a connection is expected")
                }
                #expect(peer == next.localAddress)
                served.close()
            }
        }
    }
}
