/// What one task waits at, with a deadline, until something else on the same loop rings.
///
/// Ringing before the wait counts: the next wait returns at once. At most one task waits. Belongs to the loop's thread.
/// A deadline that moves further away touches no heap, as with sockets (`Registration`), so a bell may be used over and
/// over.
@safe package final class Doorbell {
    typealias Waiter = UnsafeContinuation<Void, Never>

    package let loop: EventLoop
    private let number: UInt64
    @exclusivity(unchecked) private var waiter: Waiter?
    @safe @exclusivity(unchecked) private var isRung = false
    @safe @exclusivity(unchecked) private var deadline = MonotonicInstant.distantFuture
    /// The earliest entry in the heap that is ours; later ones that we left there are stale.
    @safe @exclusivity(unchecked) private var armed = MonotonicInstant.distantFuture

    package init(loop: EventLoop) {
        self.loop = loop
        number = loop.doorbells.nextNumber()
    }

    deinit { if armed != .distantFuture, loop.isCurrent { loop.doorbells.forget(number) } }

    /// Wakes who waits, or spares the next who comes the wait.
    package func ring() {
        isRung = true
        resume()
    }

    /// Waits until somebody rings or `deadline` comes; at once when somebody has. Whether it rang.
    @discardableResult
    package func wait(until deadline: MonotonicInstant) async -> Bool {
        if !isRung, deadline > loop.now, !loop.isStopping {
            unsafe await withUnsafeContinuation { (waiter: Waiter) in
                // It may have rung since it was asked: the runtime looks for the task's executor in between.
                if isRung || loop.isStopping { return unsafe waiter.resume() }
                precondition(unsafe self.waiter == nil, "two tasks wait at one bell")
                unsafe self.waiter = waiter
                self.deadline = deadline
                arm(deadline)
            }
        }
        defer { isRung = false }
        return isRung
    }

    private func arm(_ instant: MonotonicInstant) {
        guard instant < armed else { return }
        armed = instant
        loop.doorbells.remember(self, number)
        loop.deadlines.insert(instant, .doorbell(number))
    }

    /// An entry of the heap came due.
    func deadlinePassed(_ instant: MonotonicInstant, now: MonotonicInstant) {
        // A stale entry: an earlier one was put in after it, and that one has put in what is needed.
        guard instant == armed else { return }
        armed = .distantFuture
        guard unsafe waiter != nil else { return loop.doorbells.forget(number) }
        if deadline <= now { resume() } else { arm(deadline) }
    }

    /// Ends the wait without a ring: the loop stops.
    func resume() {
        guard let waiter = unsafe waiter else { return }
        unsafe self.waiter = nil
        unsafe waiter.resume()
    }
}

/// The bells of a loop that have a deadline in its heap.
struct Doorbells {
    private struct Place {
        weak var bell: Doorbell?
    }

    private var places: [UInt64: Place] = [:]
    private var lastNumber: UInt64 = 0

    /// A number that was never used before.
    mutating func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    mutating func remember(_ bell: Doorbell, _ number: UInt64) { places[number] = Place(bell: bell) }
    mutating func forget(_ number: UInt64) { places.removeValue(forKey: number) }
    subscript(number: UInt64) -> Doorbell? { places[number]?.bell }
    var all: [Doorbell] { places.values.compactMap(\.bell) }
}
