import EventLoop
import Policy
import Synchronization

/// What is left to each client of the routes with a rate: one table for all workers, so that a rate means the same
/// however many there are and wherever the kernel puts a connection.
///
/// No lock: a client is one word, changed by compare and exchange. It holds when the client will have made up for all
/// its requests (the generic cell rate algorithm, as in nginx's and Envoy's leaky buckets), and a client who has is
/// the same as one who was never seen, so nothing needs to be cleared.
///
/// The memory is bounded, whatever addresses come: 2 MiB, in parts that are made when first used. A new client takes the
/// place of the one, among four, who has made up for most. Only a flood of addresses that exceed their rate could so let
/// one of them off early; it never refuses somebody who is within theirs, but for the one in four billion whose mark is
/// another's.
final class RateTable: Sendable {
    /// A piece of the table, in one piece of memory.
    private final class Part: Sendable {
        let slots: InlineArray<256, Atomic<UInt64>>
        init() { slots = InlineArray { _ in Atomic<UInt64>(0) } }
    }

    private let parts: InlineArray<1024, AtomicLazyReference<Part>>
    private let start: MonotonicInstant

    private static let ways = 4
    /// How many bits of a hash, from the lowest on, say which part, and then which four slots of it.
    private static let partBits = 10
    private static let setBits = 6
    /// A word is a mark of 16 bits and a time of 48, in units of 1024 nanoseconds: nine years.
    private static let timeMask = (UInt64(1) << 48) - 1
    /// How often a word that others change at the same moment is tried.
    private static let attemptsMax = 16

    init(start: MonotonicInstant) {
        self.start = start
        parts = InlineArray { _ in AtomicLazyReference() }
    }

    /// What becomes of one request more.
    struct Verdict: Equatable {
        let isAllowed: Bool
        /// How many more could come at this moment.
        let remaining: Int
        /// Until there is room for one more if it was refused, else until all is made up for. Rounded up.
        let seconds: Int
    }

    /// Counts a request of the client with this hash, unless it is one too many.
    func take(_ hash: UInt64, _ rate: RequestRate, now: MonotonicInstant) -> Verdict {
        let interval = max(1, Self.units(Nanoseconds(rate.window).count) / UInt64(rate.requests))
        let (most, overflow) = interval.multipliedReportingOverflow(by: UInt64(rate.burst))
        let limit = overflow ? Self.timeMask / 4 : min(most, Self.timeMask / 4)
        let present = Self.units(Nanoseconds(from: start, to: now).count) & Self.timeMask
        let part = part(Int(hash & (1 << Self.partBits - 1)))
        let first = Int(hash >> Self.partBits & (1 << Self.setBits - 1)) * Self.ways
        let mark = hash & ~Self.timeMask
        for _ in 0..<Self.attemptsMax {
            let (slot, word) = Self.find(mark, in: part, first)
            let known = word & ~Self.timeMask == mark ? word & Self.timeMask : 0
            let next = max(known, present) + interval
            let owed = next - present
            guard owed <= limit else {
                return Verdict(isAllowed: false, remaining: 0, seconds: Self.seconds(owed - limit))
            }
            let changed = part.slots[slot].compareExchange(
                expected: word, desired: mark | next & Self.timeMask, ordering: .relaxed
            ).exchanged
            if changed {
                return Verdict(
                    isAllowed: true, remaining: Int(clamping: (limit - owed) / interval), seconds: Self.seconds(owed))
            }
        }
        // So many at once that nobody could count: let through rather than wait.
        return Verdict(isAllowed: true, remaining: 0, seconds: 1)
    }

    private func part(_ index: Int) -> Part { parts[index].load() ?? parts[index].storeIfNil(Part()) }

    /// The slot of this mark, or the one whose client has made up for most, with what stands in it.
    private static func find(_ mark: UInt64, in part: Part, _ first: Int) -> (slot: Int, word: UInt64) {
        var best = (slot: first, word: UInt64.max, time: UInt64.max)
        for slot in first..<(first + ways) {
            let word = part.slots[slot].load(ordering: .relaxed)
            let time = word & timeMask
            if word & ~timeMask == mark, time > 0 { return (slot, word) }
            if time < best.time { best = (slot, word, time) }
        }
        return (best.slot, best.word)
    }

    private static func units(_ nanoseconds: UInt64) -> UInt64 { nanoseconds >> 10 }
    private static func seconds(_ units: UInt64) -> Int { Int(clamping: (units << 10 &+ 999_999_999) / 1_000_000_000) }
}
