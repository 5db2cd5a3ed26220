import LayerTesting
import Testing

@testable import EventLoop

@Suite struct DeadlineTests {
    @Test func `the heap gives entries back in order, and only those that are due`() {
        var heap = DeadlineHeap()
        var generator = SeededGenerator(seed: 1)
        let instants = (0..<2000).map { _ in UInt64.random(in: 0..<1000, using: &generator) }
        for instant in instants { heap.insert(MonotonicInstant(nanoseconds: instant), .sleeper(instant)) }
        var out: [UInt64] = []
        while let entry = heap.popDue(at: MonotonicInstant(nanoseconds: 499)) { out.append(entry.instant.nanoseconds) }
        #expect(out == instants.filter { $0 < 500 }.sorted())
        #expect(heap.count == instants.count - out.count)
    }

    @Test func `sleepers wake in the order of their deadlines, not of their coming`() {
        let rig = Rig()
        let loop = rig.loop
        let order = Box<[Int]>([])
        let begin = loop.now
        for milliseconds in [30, 10, 20] {
            rig.start {
                await loop.sleep(until: begin + .milliseconds(milliseconds))
                order.value.append(milliseconds)
            }
        }
        rig.turn()
        #expect(order.value == [])
        rig.kernel.pass(.milliseconds(25))
        rig.turn()
        #expect(order.value == [10, 20])
        rig.kernel.pass(.milliseconds(25))
        rig.turn()
        #expect(order.value == [10, 20, 30])
    }

    @Test func `the kernel is asked to wait for the earliest deadline and not shorter`() {
        let rig = Rig()
        let loop = rig.loop
        let deadline = loop.now + .microseconds(2500)
        rig.start { await loop.sleep(until: deadline) }
        rig.turn(2)
        #expect(rig.kernel.with { $0.timeouts.last } == 3)
    }

    @Test func `a wait ends with timedOut at its deadline`() throws {
        let rig = Rig()
        let loop = rig.loop
        let socket = Box(try rig.socket().socket)
        let outcome = Box<IOError?>(nil)
        rig.start {
            do throws(IOError) { try await socket.value.readable(deadline: loop.now + .seconds(10)) } catch {
                outcome.value = error
            }
        }
        rig.turn()
        rig.kernel.pass(.seconds(9))
        rig.turn()
        #expect(outcome.value == nil)
        rig.kernel.pass(.seconds(1))
        rig.turn()
        #expect(outcome.value == .timedOut)
    }

    @Test func `moving a deadline further away costs no entry, and the early entry re-arms itself`() throws {
        let rig = Rig()
        let loop = rig.loop
        let (socket, raw) = try rig.socket()
        let box = Box(socket)
        let outcome = Box<IOError?>(nil)
        let rounds = 1000
        rig.start {
            do throws(IOError) {
                for _ in 0..<rounds {
                    try await box.value.readable(deadline: loop.now + .seconds(10))
                    _ = try readOne(box.value)
                }
                try await box.value.readable(deadline: loop.now + .seconds(10))
            } catch {
                outcome.value = error
            }
        }
        rig.turn()
        for _ in 0..<rounds {
            rig.kernel.with { $0.receptions = [.success([1])] }
            rig.kernel.tell(raw, .readable)
            rig.kernel.pass(.milliseconds(1))
            rig.turn()
        }
        #expect(loop.pendingDeadlines == 1, "the first wait's entry serves all of them")
        rig.kernel.pass(.seconds(9.5))
        rig.turn()
        #expect(outcome.value == nil, "the last wait began a second after the first")
        #expect(loop.pendingDeadlines == 1)
        rig.kernel.pass(.seconds(0.5))
        rig.turn()
        #expect(outcome.value == .timedOut)
        #expect(loop.pendingDeadlines == 0)
    }

    @Test func `an earlier deadline is heeded although a later one was there first`() throws {
        let rig = Rig()
        let loop = rig.loop
        let (socket, raw) = try rig.socket()
        let box = Box(socket)
        let outcome = Box<IOError?>(nil)
        rig.start {
            do throws(IOError) {
                try await box.value.readable(deadline: loop.now + .seconds(75))
                _ = try readOne(box.value)
                try await box.value.readable(deadline: loop.now + .seconds(2))
            } catch {
                outcome.value = error
            }
        }
        rig.turn()
        rig.kernel.with { $0.receptions = [.success([1])] }
        rig.kernel.tell(raw, .readable)
        rig.turn()
        rig.kernel.pass(.seconds(2))
        rig.turn()
        #expect(outcome.value == .timedOut)
        rig.kernel.pass(.seconds(100))
        rig.turn()
        #expect(loop.pendingDeadlines == 0, "the stale entry is dropped when it comes due")
    }

    @Test func `reading and writing have a deadline each`() throws {
        let rig = Rig()
        let loop = rig.loop
        let descriptor = rig.descriptor()
        let raw = descriptor.raw
        let socket = try Socket(prepared: descriptor, loop: loop, mayWrite: false, peer: nil)
        let box = Box(socket)
        let log = Box<[String]>([])
        rig.start {
            do throws(IOError) { try await box.value.readable(deadline: loop.now + .seconds(5)) } catch {
                log.value.append("read \(error)")
            }
        }
        rig.start {
            do throws(IOError) { try await box.value.writable(deadline: loop.now + .seconds(8)) } catch {
                log.value.append("write \(error)")
            }
        }
        rig.turn()
        rig.kernel.pass(.seconds(6))
        rig.turn()
        #expect(log.value == ["read timed out"])
        rig.kernel.pass(.seconds(6))
        rig.turn()
        #expect(log.value == ["read timed out", "write timed out"])
        rig.kernel.tell(raw, [.readable, .writable])
        rig.turn()
        #expect(socket.mayRead && socket.mayWrite)
    }

    @Test func `what is readable already is so after the deadline too`() async throws {
        let rig = Rig()
        let (socket, raw) = try rig.socket()
        rig.kernel.tell(raw, .readable)
        rig.turn()
        let box = Box(socket)
        let past = rig.loop.now
        let outcome = Box<IOError?>(nil)
        rig.start {
            do throws(IOError) { try await box.value.readable(deadline: past) } catch { outcome.value = error }
        }
        rig.turn()
        #expect(outcome.value == nil)
    }

    @Test(arguments: [
        (Duration.seconds(1), UInt64(1_000_000_005)), (.nanoseconds(-5), 0), (.seconds(-9), 0),
        (.seconds(Int64.max), .max), (.seconds(Int64.min), 0), (.nanoseconds(3), 8),
    ])
    func `adding a duration never overflows`(length: Duration, expected: UInt64) {
        #expect((MonotonicInstant(nanoseconds: 5) + length).nanoseconds == expected)
    }
}

private func readOne(_ socket: Socket) throws(IOError) -> ReadOutcome {
    var outcome = ReadOutcome.wouldBlock
    _ = try [UInt8](capacity: 16) { (span) throws(IOError) in outcome = try socket.read(into: &span) }
    return outcome
}
