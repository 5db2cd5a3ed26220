/// Readiness of a descriptor that somebody else owns, reads and writes, such as libpq's socket.
///
/// Unlike a `Socket` it remembers no readiness: each wait asks the kernel how things stand now, so it does not matter
/// how much the owner read. It never closes the descriptor. Use it on its loop only, end it with `remove()` **before**
/// the owner may close the descriptor (libpq: before each `PQconnectPoll`, before `PQfinish`), and make a new one then.
package final class Watch {
    private let registration: Registration
    private var isRemoved = false

    /// Watches `descriptor`, which stays the owner's. Errors are epoll_ctl(2)'s.
    package init(borrowing descriptor: Int32, loop: EventLoop) throws(IOError) {
        registration = try loop.register(descriptor, trigger: .level, mayWrite: false)
    }

    deinit { remove() }

    /// Waits until reading brings something: bytes, the end or an error.
    package func readable(deadline: MonotonicInstant) async throws(IOError) {
        try await registration.readable(deadline: deadline)
    }

    /// Waits until a write can go through or fail.
    package func writable(deadline: MonotonicInstant) async throws(IOError) {
        try await registration.writable(deadline: deadline)
    }

    /// Ends the present waits, and all later ones at once, with `IOError.cancelled`.
    package func cancel() { registration.cancel() }

    /// What can cancel from another thread.
    package var canceller: Canceller { Canceller(loop: registration.loop, number: registration.number) }

    /// Ends the watch, and the waits with `IOError.cancelled`. Idempotent.
    package func remove() {
        guard !isRemoved else { return }
        isRemoved = true
        registration.loop.unregister(registration.number, keepingOpen: registration.descriptor)
    }
}

/// Cancels the waits on one socket or watch, from any thread, also when that is gone already.
///
/// One task-cancellation handler around a whole connection with this in it costs less than one around every wait.
package struct Canceller: Sendable {
    let loop: EventLoop
    let number: RegistrationNumber

    package func cancel() { loop.cancel(number) }
}
