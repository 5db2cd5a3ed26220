import Configuration
import EventLoop
import Synchronization
import Testing

@testable import Proxy

@Suite struct `A budget of connections` {
    private func prefix(_ host: String) throws -> ClientPrefix {
        let address = try #require(SocketAddress(host: host, port: 1))
        return try #require(ClientPrefix(address))
    }

    private func areOne(_ one: String, _ other: String) throws -> Bool { try prefix(one) == prefix(other) }

    private func budget(_ connections: Int, perAddress: Int? = nil, memory: UInt64? = nil) -> ConnectionBudget {
        var limits = ClientLimits()
        limits.connectionsMax = connections
        limits.connectionsPerAddressMax = perAddress
        limits.memoryBytesMax = memory
        return ConnectionBudget(limits)
    }

    @Test func `is under pressure above 95 in a hundred, and full above 98`() {
        let budget = budget(200)
        for _ in 0..<190 { budget.opened() }
        #expect(budget.pressure == .none)
        budget.opened()
        #expect(budget.pressure == .high)
        for _ in 0..<4 { budget.opened() }
        #expect(budget.pressure == .high)
        budget.opened()
        #expect(budget.pressure == .full)
        for _ in 0..<6 { budget.closed() }
        #expect(budget.pressure == .none)
    }

    @Test func `counts a /64 of IPv6 as one address, and an IPv4 address by itself however it is written`() throws {
        #expect(try areOne("2001:db8::1", "2001:db8::ffff:0:0:1"))
        #expect(try areOne("::ffff:192.0.2.1", "192.0.2.1"))
        let others = try ["2001:db8:0:1::1", "2001:db8::1", "192.0.2.1", "192.0.2.2", "0.0.0.1", "::1"].map(prefix)
        #expect(Set(others).count == others.count)
        let socket = try #require(SocketAddress("unix:/run/x"))
        #expect(ClientPrefix(socket) == nil)
    }

    @Test func `gives an address as many as it may have, and forgets those that have none`() throws {
        let budget = budget(1000, perAddress: 2)
        let (one, other) = (try prefix("192.0.2.1"), try prefix("2001:db8::1"))
        #expect(budget.claim(one) && budget.claim(one) && !budget.claim(one))
        #expect(budget.claim(other))
        budget.release(one)
        #expect(budget.claim(one) && !budget.claim(one))
        budget.release(one)
        budget.release(one)
        budget.release(one)
        budget.release(other)
        #expect(budget.addresses == 0)
    }

    @Test func `keeps one address from shutting out the others when none has a limit`() throws {
        let budget = budget(100)
        let one = try prefix("192.0.2.1")
        for _ in 0..<96 {
            #expect(budget.claim(one))
            budget.opened()
        }
        #expect(!budget.claim(one))
        let other = try prefix("192.0.2.2")
        #expect(budget.claim(other))
    }

    @Test func `is full when memory is`() {
        let budget = budget(1000, memory: 1)
        #expect(budget.pressure == .none)
        budget.measureMemory()
        #expect(budget.pressure == .full)
        var limits = ClientLimits()
        limits.memoryBytesMax = 1 << 50
        budget.apply(limits)
        budget.measureMemory()
        #expect(budget.pressure == .none)
    }

    @Test func `knows how much memory there is, and how much is in use`() {
        // More than all other tests of this process take and give back meanwhile.
        let reserve = [UInt8](capacity: 512 << 20) { _ in }
        #expect(ProcessMemory.allocatedBytes >= 512 << 20)
        withExtendedLifetime(reserve) {}
        let block = [UInt8](repeating: 1, count: 32 << 20)
        #expect(ProcessMemory.bytesMax > UInt64(block.count))
        #expect((UInt64(block.count)...ProcessMemory.bytesMax).contains(ProcessMemory.residentBytes))
        #expect(block.last == 1)
    }

    @Test func `is looked at once a second, however many workers ask`() {
        let budget = budget(1000, memory: 1)
        let start = MonotonicInstant(nanoseconds: 5_000_000_000)
        budget.measureMemory(now: start)
        #expect(budget.pressure == .full)
        var limits = ClientLimits()
        limits.memoryBytesMax = 1 << 50
        budget.apply(limits)
        budget.measureMemory(now: start + .milliseconds(20))
        #expect(budget.pressure == .full)
        budget.measureMemory(now: start + .seconds(1))
        #expect(budget.pressure == .none)
    }

    /// How often something was done.
    private final class Count: Sendable {
        private let value = Atomic<Int>(0)
        func note() { value.add(1, ordering: .relaxed) }
        var now: Int { value.load(ordering: .relaxed) }
    }

    @Test func `has memory given back once a minute, however many workers ask`() async {
        let count = Count()
        let budget = ConnectionBudget(ClientLimits(), giveBackMemory: { count.note() })
        let start = MonotonicInstant(nanoseconds: 100_000_000_000)
        // Two workers, each every second for two minutes.
        for second in 0..<120 {
            for _ in 0..<2 { await budget.tidyMemory(now: start + .seconds(second))?.value }
            #expect(count.now == (second < 60 ? 1 : 2), "second \(second)")
        }
        await budget.tidyMemory(now: start + .seconds(120))?.value
        #expect(count.now == 3)
    }

    @Test func `leaves memory to one of the workers that ask at the same moment`() async {
        let count = Count()
        let budget = ConnectionBudget(ClientLimits(), giveBackMemory: { count.note() })
        await withTaskGroup { group in
            for _ in 0..<50 {
                group.addTask { await budget.tidyMemory(now: MonotonicInstant(nanoseconds: 1 << 40))?.value }
            }
        }
        #expect(count.now == 1)
    }
}
