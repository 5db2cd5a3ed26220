import EventLoop
import Testing

@testable import Proxy

@Suite(.timeLimit(.minutes(10))) struct StreamWaiterTests {
    @Test func `news between a wait's first look and its beginning are not missed`() async {
        var looks = 0
        let wake = await StreamWaiter.wait(
            until: .distantFuture,
            unless: {
                looks += 1
                return looks == 2
            },
            { _ in Issue.record("nobody would wake who waits now") })
        #expect(wake == .ready)
        #expect(looks == 2)
    }

    @Test func `who has no reason to wait does not`() async {
        let wake = await StreamWaiter.wait(
            until: .distantFuture, unless: { true }, { _ in Issue.record("nobody would wake who waits now") })
        #expect(wake == .ready)
    }

    @Test(arguments: [StreamWaiter.Wake.ready, .timedOut, .gone])
    func `a wait ends as its waiter is told`(wake: StreamWaiter.Wake) async {
        #expect(await StreamWaiter.wait(until: .distantFuture, unless: { false }, { $0.resume(wake) }) == wake)
    }
}
