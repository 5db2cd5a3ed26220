import EventLoop
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
}
