import Configuration
import EventLoop
import Synchronization

/// How many connections of clients there may be, in all and of one address, and how much memory: for all workers
/// together.
///
/// Counted when a connection begins and ends, never on the way of a request. What is shared between the workers is one
/// atomic number, and a lock for each of a few parts of the addresses.
final class ConnectionBudget: Sendable {
    /// How near the process is to its limits.
    enum Pressure: UInt8, Comparable {
        case none
        /// Above 95 %: idle connections are closed.
        case high
        /// Above 98 %: no connection is accepted; of memory, no upload either.
        case full

        static func < (left: Pressure, right: Pressure) -> Bool { left.rawValue < right.rawValue }

        /// What `used` of `all` amounts to.
        init(_ used: UInt64, of all: UInt64) {
            if used > all - all / 50 { self = .full } else { self = used > all - all / 20 ? .high : .none }
        }
    }

    private struct Limits {
        let connectionsMax: Int
        let perAddressMax: Int?
        let memoryBytesMax: UInt64
    }

    private static let partsCount = 16

    private let limits: Mutex<Limits>
    private let connectionsMaxNow: Atomic<Int>
    private let openConnections = Atomic<Int>(0)
    private let memory = Atomic<UInt8>(Pressure.none.rawValue)
    /// When memory was last looked at, in the loops' nanoseconds.
    private let measuredAt = Atomic<UInt64>(0)
    private static let measuringNanoseconds: UInt64 = 900_000_000
    /// When memory was last given back to the kernel, if there was any to give, in the loops' nanoseconds.
    private let tidiedAt = Atomic<UInt64>(0)
    private static let tidyingNanoseconds: UInt64 = 60_000_000_000
    private let giveBackMemory: @Sendable () -> Void
    private let parts: [Part]

    /// A part of the addresses, so that workers seldom wait for each other.
    private final class Part: Sendable {
        let connections = Mutex<[ClientPrefix: Int]>([:])
    }

    /// - Parameter giveBackMemory: gives memory back to the kernel that nobody needs, if that is much.
    init(
        _ settings: ClientLimits,
        giveBackMemory: @escaping @Sendable () -> Void = { ProcessMemory.giveBackSurplus() }
    ) {
        self.giveBackMemory = giveBackMemory
        let limits = Self.limits(settings)
        self.limits = Mutex(limits)
        connectionsMaxNow = Atomic(limits.connectionsMax)
        parts = (0..<Self.partsCount).map { _ in Part() }
    }

    /// Takes the limits of a new snapshot. Connections that stand are not closed for it.
    func apply(_ settings: ClientLimits) {
        let limits = Self.limits(settings)
        self.limits.withLock { $0 = limits }
        connectionsMaxNow.store(limits.connectionsMax, ordering: .relaxed)
    }

    private static func limits(_ settings: ClientLimits) -> Limits {
        let descriptors = DescriptorBudget.connections
        return Limits(
            connectionsMax: max(1, min(settings.connectionsMax ?? descriptors, descriptors)),
            perAddressMax: settings.connectionsPerAddressMax,
            memoryBytesMax: settings.memoryBytesMax ?? ProcessMemory.bytesMax)
    }

    // MARK: Connections

    var connectionsMax: Int { connectionsMaxNow.load(ordering: .relaxed) }
    var count: Int { openConnections.load(ordering: .relaxed) }

    /// How near connections and memory are to their ends, whichever is nearer.
    var pressure: Pressure {
        let connections = Self.pressure(count, of: connectionsMax)
        return max(connections, Pressure(rawValue: memory.load(ordering: .relaxed)) ?? .none)
    }

    /// Whether there is next to no memory left. What is in progress may take some still: an upload holds the most.
    var isMemoryFull: Bool { memory.load(ordering: .relaxed) == Pressure.full.rawValue }

    /// Whether a few more connections would be too many.
    private static func pressure(_ count: Int, of connectionsMax: Int) -> Pressure {
        if count >= max(1, connectionsMax - connectionsMax / 50) { return .full }
        return count > connectionsMax - connectionsMax / 20 ? .high : .none
    }

    func opened() { openConnections.add(1, ordering: .relaxed) }
    func closed() { openConnections.subtract(1, ordering: .relaxed) }

    /// Counts a connection of this address; false, and it is not counted, when the address has as many as it may.
    ///
    /// Without a fixed number any address may have as many as there are, until few are left: from then on nobody gets
    /// more than half of all, so that one address cannot shut all others out.
    func claim(_ prefix: ClientPrefix) -> Bool {
        let fixed = limits.withLock { $0.perAddressMax }
        let most = fixed ?? (Self.pressure(count, of: connectionsMax) == .none ? Int.max : max(1, connectionsMax / 2))
        return part(of: prefix).connections.withLock { connections in
            let present = connections[prefix, default: 0]
            guard present < most else { return false }
            connections[prefix] = present + 1
            return true
        }
    }

    /// Counts one connection of this address less.
    func release(_ prefix: ClientPrefix) {
        part(of: prefix).connections.withLock { connections in
            guard let present = connections[prefix] else { return }
            connections[prefix] = present > 1 ? present - 1 : nil
        }
    }

    private func part(of prefix: ClientPrefix) -> Part {
        parts[Int(truncatingIfNeeded: UInt(bitPattern: prefix.hashValue)) & (Self.partsCount - 1)]
    }

    /// How many addresses have connections, for tests.
    var addresses: Int { parts.reduce(0) { $0 + $1.connections.withLock { $0.count } } }

    // MARK: Memory

    /// Looks how much memory is in use, unless another worker just has. For every now and then.
    func measureMemory(now: MonotonicInstant) {
        if isDue(measuredAt, now, every: Self.measuringNanoseconds) { measureMemory() }
    }

    /// Gives memory back to the kernel that a busy time has left, unless some worker just has. Not here and now: it takes
    /// the allocator some milliseconds, so that is a task's, which is answered; nil when it was not time.
    @discardableResult
    func tidyMemory(now: MonotonicInstant) -> Task<Void, Never>? {
        guard isDue(tidiedAt, now, every: Self.tidyingNanoseconds) else { return nil }
        return Task.detached { [giveBackMemory] in giveBackMemory() }
    }

    /// Whether it is time for what is done every so often by one of the workers, and this one it is.
    private func isDue(_ last: borrowing Atomic<UInt64>, _ now: MonotonicInstant, every interval: UInt64) -> Bool {
        let former = last.load(ordering: .relaxed)
        return now.nanoseconds >= former &+ interval
            && last.compareExchange(expected: former, desired: now.nanoseconds, ordering: .relaxed).exchanged
    }

    /// Looks how much memory is in use. As long as what the kernel counts is little, the allocator is not asked, which
    /// would go through all its heaps.
    func measureMemory() {
        let most = limits.withLock { $0.memoryBytesMax }
        var pressure = Pressure(ProcessMemory.residentBytes, of: most)
        if pressure != .none { pressure = min(pressure, Pressure(ProcessMemory.allocatedBytes, of: most)) }
        memory.store(pressure.rawValue, ordering: .relaxed)
    }
}
