import EventLoop
import Glibc
import Testing

@Suite struct LoopTests {
    @Test func `a task with the loop's preference runs on the loop and sleeps there`() async throws {
        let loop = try EventLoop(name: "test")
        try loop.start()
        let slept = await Task(executorPreference: loop) {
            let before = loop.now
            await loop.sleep(until: loop.now + .milliseconds(20))
            return (loop.isCurrent, loop.now - before)
        }.value
        #expect(slept.0)
        #expect(slept.1 >= .milliseconds(20))
        loop.stop()
        loop.join()
    }

    @Test func `a loop that stands back does so alone`() async throws {
        let loops = [try EventLoop(name: "nice", niceness: 7), try EventLoop(name: "as ever")]
        for loop in loops { try loop.start() }
        var found: [Int32] = []
        for loop in loops {
            found.append(
                await Task(executorPreference: loop) { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }.value
            )
        }
        let own = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        #expect(found == [max(own, 7), own])
        for loop in loops { loop.stop() }
        for loop in loops { loop.join() }
    }
}
