import Glibc
import Testing

@testable import EventLoop

@Suite struct CancellationTests {
    enum End: CaseIterable { case cancel, canceller, close, loopStops }

    @Test(arguments: End.allCases)
    func `whoever waits on a socket is resumed when it is given up`(end: End) throws {
        let rig = Rig()
        let box = Box(try rig.socket().socket)
        let outcomes = Box<[IOError?]>([])
        @Sendable func wait() async {
            do throws(IOError) {
                try await box.value.readable(deadline: .distantFuture)
                outcomes.value.append(nil)
            } catch {
                outcomes.value.append(error)
            }
        }
        rig.start(wait)
        rig.turn()
        #expect(outcomes.value == [])
        switch end {
        case .cancel: box.value.cancel()
        case .canceller: box.value.canceller.cancel()
        case .close: box.value.close()
        case .loopStops: rig.loop.stop()
        }
        rig.turn()
        #expect(outcomes.value == [.cancelled])
        rig.start(wait)
        rig.turn()
        #expect(outcomes.value == [.cancelled, .cancelled], "later waits fail at once")
    }

    @Test func `a socket is cancelled from another thread while its task sleeps`() async throws {
        let loop = try EventLoop(name: "cancel")
        try loop.start()
        defer {
            loop.stop()
            loop.join()
        }
        let (canceller, pass) = AsyncStream.makeStream(of: Canceller.self)
        async let outcome: IOError? = Task(executorPreference: loop) {
            do throws(IOError) {
                let listener = try Listener(address: .anyLocalPort, loop: loop)
                pass.yield(listener.canceller)
                try await listener.acceptable()
                return nil
            } catch { return error }
        }.value
        for await canceller in canceller {
            canceller.cancel()
            break
        }
        #expect(await outcome == .cancelled)
    }

    @Test func `a canceller that outlives its socket harms nobody`() throws {
        let rig = Rig()
        let first = try rig.socket()
        let canceller = first.socket.canceller
        first.socket.close()
        let second = try rig.socket()
        canceller.cancel()
        rig.turn()
        #expect(!second.socket.isCancelled)
    }

    @Test func `a cancelled task sleeps no longer`() async throws {
        let loop = try EventLoop(name: "sleep")
        try loop.start()
        defer {
            loop.stop()
            loop.join()
        }
        let task = Task(executorPreference: loop) { await loop.sleep(until: .distantFuture) }
        usleep(5000)
        task.cancel()
        await task.value
        let early = Task(executorPreference: loop) { await loop.sleep(until: .distantFuture) }
        early.cancel()
        await early.value
        let foreign = Task { await loop.sleep(until: .distantFuture) }
        foreign.cancel()
        await foreign.value
    }

    @Test func `a stopped loop runs what it accepted, lets nobody wait, and refuses the rest`() async throws {
        let loop = try EventLoop(name: "stop")
        try loop.start()
        let log = Box<[String]>([])
        let waiting = Task(executorPreference: loop) {
            async let slept: Void = loop.sleep(until: .distantFuture)
            do throws(IOError) {
                let listener = try Listener(address: .anyLocalPort, loop: loop)
                try await listener.acceptable()
            } catch { log.value.append("\(error)") }
            await slept
            // New waits end at once, so what is told to stop gets to its end.
            await loop.sleep(until: .distantFuture)
            log.value.append("slept")
        }
        usleep(5000)
        for number in 0..<3 { loop.run { log.value.append("job \(number)") } }
        loop.stop()
        loop.stop()
        loop.join()
        await waiting.value
        #expect(Set(log.value) == ["cancelled", "slept", "job 0", "job 1", "job 2"])
        #expect(!loop.run {})
    }

    @Test func `a socket may be let go of on any thread, and after its loop has ended`() async throws {
        let loop = try EventLoop(name: "away")
        try loop.start()
        let boxes = try await Task(executorPreference: loop) {
            try (0..<2).map { _ in
                let descriptor = Descriptor(owning: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
                return Box<Socket?>(try Socket(descriptor, loop: loop))
            }
        }.value
        boxes[0].value = nil
        loop.stop()
        loop.join()
        boxes[1].value = nil
        #expect(!loop.isCurrent)
    }
}
