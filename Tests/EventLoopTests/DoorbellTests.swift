import Testing

@testable import EventLoop

@Suite struct `A doorbell` {
    @Test func `wakes who waits, and says whether it rang`() {
        let rig = Rig()
        let loop = rig.loop
        let bell = Box(Doorbell(loop: loop))
        let outcomes = Box<[Bool]>([])
        rig.start {
            outcomes.value.append(await bell.value.wait(until: loop.now + .seconds(10)))
            outcomes.value.append(await bell.value.wait(until: loop.now + .seconds(10)))
        }
        rig.turn()
        #expect(outcomes.value == [])
        bell.value.ring()
        rig.turn()
        #expect(outcomes.value == [true])
        rig.kernel.pass(.seconds(11))
        rig.turn(2)
        #expect(outcomes.value == [true, false])
    }

    @Test func `that rang before does not let anybody wait, once`() {
        let rig = Rig()
        let loop = rig.loop
        let bell = Box(Doorbell(loop: loop))
        let outcomes = Box<[Bool]>([])
        bell.value.ring()
        rig.start {
            outcomes.value.append(await bell.value.wait(until: .distantFuture))
            outcomes.value.append(await bell.value.wait(until: loop.now + .seconds(1)))
        }
        rig.turn()
        #expect(outcomes.value == [true])
        rig.kernel.pass(.seconds(2))
        rig.turn()
        #expect(outcomes.value == [true, false])
    }

    @Test func `leaves one entry in the heap, however often its deadline moves away`() {
        let rig = Rig()
        let loop = rig.loop
        let bell = Box(Doorbell(loop: loop))
        let rounds = Box(0)
        rig.start {
            while await bell.value.wait(until: loop.now + .seconds(10)) { rounds.value += 1 }
        }
        for _ in 0..<100 {
            rig.turn()
            bell.value.ring()
            rig.kernel.pass(.milliseconds(10))
        }
        rig.turn()
        #expect(rounds.value == 100 && loop.pendingDeadlines == 1)
        // The first deadline is over, the last one is not.
        rig.kernel.pass(.milliseconds(9500))
        rig.turn()
        #expect(rounds.value == 100 && loop.pendingDeadlines == 1)
        rig.kernel.pass(.seconds(1))
        rig.turn(2)
        #expect(loop.pendingDeadlines == 0)
    }

    @Test func `does not keep a loop from stopping`() {
        let rig = Rig()
        let loop = rig.loop
        let bell = Box(Doorbell(loop: loop))
        let outcome = Box<Bool?>(nil)
        rig.start { outcome.value = await bell.value.wait(until: .distantFuture - .seconds(1)) }
        rig.turn()
        loop.stop()
        rig.turn(2)
        #expect(outcome.value == false)
    }
}

extension MonotonicInstant {
    fileprivate static func - (moment: MonotonicInstant, length: Duration) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: moment.nanoseconds - UInt64(length.components.seconds) * 1_000_000_000)
    }
}
