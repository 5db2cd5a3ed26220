import Glibc
import Synchronization
import Testing

@testable import EventLoop

/// A task that did not say that it prefers the loop is brought there by its actor. The runtime then looks for its
/// executor at every call of the concurrency library, and puts it behind what is ready.
@Suite struct `A task that takes a detour` {
    /// Jobs that make each other.
    private final class Crowd: Sendable {
        private let isOver = Atomic(false)

        func walk(on loop: EventLoop) {
            if !isOver.load(ordering: .relaxed) { loop.run { self.walk(on: loop) } }
        }

        func stop() { isOver.store(true, ordering: .relaxed) }
    }

    private actor Walker {
        let loop: EventLoop
        nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

        init(_ loop: EventLoop) { self.loop = loop }

        /// Has the loop always be given as many jobs as a turn runs, so that each detour lasts until the turn after.
        private func crowd() -> Crowd {
            let crowd = Crowd()
            for _ in 0..<EventLoop.jobsATurn { crowd.walk(on: loop) }
            return crowd
        }

        /// The bytes come while the reader is between asking whether there are any and waiting for them.
        func readBehindACrowd() async throws -> ReadOutcome {
            var ends: [Int32] = [-1, -1]
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
                throw IOError(errno: errno, call: "socketpair")
            }
            let peer = Descriptor(owning: ends[1])
            let socket = try Socket(Descriptor(owning: ends[0]), loop: loop)
            let crowd = crowd()
            defer { crowd.stop() }
            // From the next turn on, it is there already when a turn begins.
            unsafe await withUnsafeContinuation { unsafe $0.resume() }
            _ = unsafe Glibc.write(peer.raw, "x", 1)
            try await socket.readable(deadline: loop.now + .seconds(30))
            var outcome = ReadOutcome.wouldBlock
            _ = try [UInt8](capacity: 8) { space in outcome = try socket.read(into: &space) }
            socket.close()
            return outcome
        }

        /// The bell rings while the task is between asking whether it has rung and waiting for it. Whether it was heard
        /// before the end of time.
        func waitBehindACrowd() async -> Bool {
            nonisolated(unsafe) let bell = Doorbell(loop: loop)
            let crowd = crowd()
            defer { crowd.stop() }
            let deadline = loop.now + .seconds(30)
            loop.run { unsafe bell.ring() }
            return unsafe await bell.wait(until: deadline) && loop.now < deadline
        }
    }

    private func onLoop<Answer: Sendable>(_ body: (Walker) async throws -> Answer) async throws -> Answer {
        let loop = try EventLoop(name: "detours")
        try loop.start()
        defer {
            loop.stop()
            loop.join()
        }
        return try await body(Walker(loop))
    }

    @Test func `reads what came on the way`() async throws {
        #expect(try await onLoop { try await $0.readBehindACrowd() } == .bytes(1))
    }

    @Test func `hears the bell that rang on the way`() async throws {
        #expect(try await onLoop { await $0.waitBehindACrowd() })
    }
}
