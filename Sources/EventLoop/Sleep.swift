import Synchronization

/// The tasks that sleep on a loop.
@safe struct Sleepers {
    typealias Sleeper = UnsafeContinuation<Void, Never>

    private var asleep: [UInt64: Sleeper] = unsafe [:]
    private var lastNumber: UInt64 = 0

    /// A number that was never used before.
    mutating func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    mutating func insert(_ sleeper: Sleeper, number: UInt64) { unsafe asleep[number] = sleeper }

    /// Resumes that sleeper, unless it is awake already.
    mutating func wake(_ number: UInt64) {
        if let sleeper = unsafe asleep.removeValue(forKey: number) { unsafe sleeper.resume() }
    }

    mutating func wakeAll() {
        let all = unsafe asleep.values
        unsafe asleep = [:]
        unsafe all.forEach { unsafe $0.resume() }
    }
}

extension EventLoop {
    private enum SleepState {
        case notYet, cancelled
        case asleep(UInt64)
    }

    /// Suspends the task until `instant`, or until it is cancelled or the loop stops.
    ///
    /// Not for the request path: waits on a socket have a deadline of their own, which costs next to nothing.
    package func sleep(until instant: MonotonicInstant) async {
        let state = Mutex(SleepState.notYet)
        await withTaskCancellationHandler {
            unsafe await withUnsafeContinuation { (sleeper: Sleepers.Sleeper) in
                let begin: @Sendable () -> Void = { [self] in
                    let number = sleepers.nextNumber()
                    let mayBegin = state.withLock { state in
                        if case .cancelled = state { return false }
                        state = .asleep(number)
                        return true
                    }
                    guard mayBegin, !isStopping else { return unsafe sleeper.resume() }
                    unsafe sleepers.insert(sleeper, number: number)
                    deadlines.insert(instant, .sleeper(number))
                }
                if isCurrent { begin() } else if !run(begin) { unsafe sleeper.resume() }
            }
        } onCancel: {
            let former = state.withLock { state in
                defer { state = .cancelled }
                return state
            }
            if case .asleep(let number) = former { run { [self] in sleepers.wake(number) } }
        }
    }
}
