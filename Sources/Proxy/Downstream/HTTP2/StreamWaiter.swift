import EventLoop

/// A task that waits for news of its stream, and until when.
@safe struct StreamWaiter {
    /// How a wait ended.
    enum Wake { case ready, timedOut, gone }

    private let continuation: UnsafeContinuation<Wake, Never>
    let deadline: MonotonicInstant

    /// Waits until the waiter that `begin` puts somewhere is resumed; at once when `isOver`.
    ///
    /// That is asked twice. Between the first answer and the beginning of the wait the task may have gone back to the
    /// loop's queue, since the runtime looks for its executor again, and what happened meanwhile was told to nobody.
    static func wait(
        until deadline: MonotonicInstant, unless isOver: () -> Bool, _ begin: (StreamWaiter) -> Void
    ) async -> Wake {
        if isOver() { return .ready }
        return unsafe await withUnsafeContinuation { continuation in
            if isOver() { return unsafe continuation.resume(returning: .ready) }
            begin(unsafe StreamWaiter(continuation: continuation, deadline: deadline))
        }
    }

    func resume(_ wake: Wake) { unsafe continuation.resume(returning: wake) }
}
