import Glibc
import Synchronization
import Testing

@testable import EventLoop

@Suite struct WakeUpTests {
    @Test func `who stands back goes on behind all whom the next news concern, and nobody sleeps until then`() throws {
        let rig = Rig()
        let (socket, raw) = try rig.socket()
        let order = Box<[String]>([])
        let wire = Box(socket)
        rig.start {
            try? await wire.value.readable(deadline: .distantFuture)
            order.value.append("news")
        }
        rig.start {
            await rig.loop.nextTurn()
            order.value.append("back")
            await rig.loop.nextTurn()
            order.value.append("back again")
        }
        rig.turn()
        #expect(order.value == [])
        rig.kernel.tell(raw, .readable)
        rig.turn()
        #expect(order.value == ["news", "back"])
        rig.turn()
        #expect(order.value == ["news", "back", "back again"])
        rig.turn()
        #expect(rig.kernel.with { $0.timeouts } == [0, 0, 0, -1])
    }

    @Test func `who stands back when the loop stops goes on at once`() {
        let rig = Rig()
        let count = Box(0)
        rig.start {
            await rig.loop.nextTurn()
            count.value += 1
            rig.loop.stop()
        }
        rig.start {
            while count.value == 0 { await rig.loop.nextTurn() }
            await rig.loop.nextTurn()
            await rig.loop.nextTurn()
            count.value += 1
        }
        rig.turn(4)
        #expect(count.value == 2)
    }

    @Test func `jobs from the loop's own thread neither wake nor wait`() {
        let rig = Rig()
        let done = Box(0)
        rig.loop.run { done.value += 1 }
        rig.turn()
        #expect(done.value == 1)
        #expect(rig.kernel.with { $0.wakeCount } == 0)
        #expect(rig.kernel.with { $0.timeouts } == [0], "with work to do, the wait does not block")
        rig.turn()
        #expect(rig.kernel.with { $0.timeouts } == [0, -1], "without, it lasts as long as it takes")
    }

    @Test func `jobs that jobs make run in the same turn`() {
        let rig = Rig()
        let loop = rig.loop
        let order = Box<[Int]>([])
        loop.run {
            order.value.append(1)
            loop.run { order.value.append(3) }
        }
        loop.run { order.value.append(2) }
        rig.turn()
        #expect(order.value == [1, 2, 3])
    }

    @Test func `a job that makes jobs for ever does not keep events away`() throws {
        let rig = Rig()
        let (socket, raw) = try rig.socket()
        let loop = rig.loop
        @Sendable func again() { loop.run(again) }
        again()
        rig.kernel.with { $0.news = [[]] }
        rig.turn()
        rig.kernel.tell(raw, .readable)
        rig.turn()
        #expect(socket.mayRead)
    }

    @Test func `a loop that sleeps in the kernel is woken once by any number of jobs from another thread`() throws {
        let loop = try EventLoop(name: "sleeper")
        let count = Atomic(0)
        try loop.start()
        defer {
            loop.stop()
            loop.join()
        }
        // Gives the loop the time to fall asleep; should it not, the test still holds.
        usleep(20_000)
        for _ in 0..<1000 { loop.run { count.add(1, ordering: .relaxed) } }
        let limit = MonotonicInstant.now() + .seconds(60)
        while count.load(ordering: .relaxed) < 1000, .now() < limit { usleep(1000) }
        #expect(count.load(ordering: .relaxed) == 1000)
    }

    @Test func `many threads at once lose no job`() async throws {
        let loop = try EventLoop(name: "crowd")
        try loop.start()
        let count = Box(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<2000 { loop.run { count.value += 1 } } } }
        }
        loop.stop()
        loop.join()
        #expect(count.value == 16000, "what was accepted before the end has run")
    }

    @Test func `a task resumed from elsewhere continues on the loop`() async throws {
        let loop = try EventLoop(name: "home")
        try loop.start()
        defer {
            loop.stop()
            loop.join()
        }
        let home = await Task(executorPreference: loop) {
            await elsewhere()
            return loop.isCurrent
        }.value
        #expect(home)
    }

    @concurrent private func elsewhere() async { await Task.yield() }
}
