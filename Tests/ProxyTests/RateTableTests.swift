import EventLoop
import LayerTesting
import Policy
import Testing

@testable import Proxy

@Suite struct `A table of rates` {
    private let start = MonotonicInstant(nanoseconds: 5_000_000_000)
    private static let rate = RequestRate(per: .address, requests: 60, window: .seconds(60), burst: 3)

    @Test func `lets a burst pass, then one at a time`() {
        let table = RateTable(start: start)
        let verdicts = (0..<4).map { _ in table.take(1, Self.rate, now: start + .seconds(1)) }
        #expect(verdicts.map(\.isAllowed) == [true, true, true, false])
        #expect(verdicts.map(\.remaining) == [2, 1, 0, 0])
        #expect(verdicts.map(\.seconds) == [1, 2, 3, 1])
        #expect(!table.take(1, Self.rate, now: start + .milliseconds(1900)).isAllowed)
        #expect(table.take(1, Self.rate, now: start + .milliseconds(2100)).isAllowed)
        #expect(!table.take(1, Self.rate, now: start + .milliseconds(2200)).isAllowed)
        let later = table.take(1, Self.rate, now: start + .seconds(3600))
        #expect(later.isAllowed && later.remaining == 2, "what was not used does not add up beyond the burst")
    }

    @Test func `counts what is refused as nothing`() {
        let table = RateTable(start: start)
        for _ in 0..<1000 { _ = table.take(1, Self.rate, now: start) }
        #expect(table.take(1, Self.rate, now: start + .milliseconds(1100)).isAllowed)
    }

    @Test func `counts each client by itself`() {
        let table = RateTable(start: start)
        for client in 0..<2000 as Range<UInt64> {
            let hash = client &* 0x9E37_79B9_7F4A_7C15
            #expect((0..<4).filter { _ in table.take(hash, Self.rate, now: start).isAllowed }.count == 3)
        }
    }

    /// Addresses are easy to have in large numbers: they cost no memory, and no well-behaved client their place.
    @Test func `bears a flood of addresses`() {
        let table = RateTable(start: start)
        var random = SeededGenerator(seed: 1)
        var refused = 0
        // All in one part of the table and in few places there, as if there were a hundred million.
        for _ in 0..<20_000 {
            let client = random.next() << 11 & ~0x1FFF
            if !table.take(client, Self.rate, now: start).isAllowed { refused += 1 }
        }
        #expect(refused < 10, "a new client is let in, whatever the others do")
    }

    @Test func `gives exactly the burst, however many workers ask at once`() async {
        let table = RateTable(start: start)
        let rate = RequestRate(per: .address, requests: 1, window: .seconds(86_400), burst: 100)
        let start = start
        let allowed = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<200).filter { _ in table.take(7, rate, now: start).isAllowed }.count }
            }
            return await group.reduce(0, +)
        }
        #expect(allowed == 100)
    }

    @Test(arguments: [
        RequestRate(per: .user, requests: 1, window: .seconds(86_400), burst: 1_000_000),
        RequestRate(per: .user, requests: 1_000_000, window: .seconds(100), burst: 1_000_000),
        RequestRate(per: .user, requests: 1, window: .seconds(1), burst: 1),
    ])
    func `does not overflow at the ends of what can be configured`(rate: RequestRate) {
        let table = RateTable(start: start)
        #expect(table.take(.max, rate, now: start).isAllowed)
        _ = table.take(0, rate, now: .distantFuture)
        #expect(table.take(0, rate, now: MonotonicInstant(nanoseconds: 0)).seconds >= 0)
    }
}
