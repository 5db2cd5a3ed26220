import EventLoop
import Synchronization

/// Work that a worker has had done off its loop for its clients, such as making a page. Bounded in number, so that a
/// flood of requests takes no more than its share of the process, and in time, so that nobody waits for what hangs.
///
/// A place is free again when the work itself has ended, not when nobody waits for it any more: what hangs cannot pile
/// up.
final class LocalWork: Sendable {
    /// How an attempt ended.
    enum Outcome<Value: Sendable>: Sendable {
        case done(Value)
        /// All places are taken.
        case busy
        /// It did not come to its end in time. It was told to end, and keeps its place until it does.
        case late
    }

    private let loop: EventLoop
    private let doer: EventLoop?
    private let placesMax: Int
    private let taken = Atomic(0)

    /// - Parameters:
    ///   - loop: whose clients wait.
    ///   - doer: what does the work; nil: Swift's pool of threads.
    init(loop: EventLoop, doer: EventLoop? = nil, placesMax: Int = 64) {
        self.loop = loop
        self.doer = doer
        self.placesMax = placesMax
    }

    /// How many places are taken.
    var count: Int { taken.load(ordering: .relaxed) }

    /// Has `work` done and waits for it, for at most `limit`. Called on the loop only.
    func run<Value: Sendable>(
        within limit: Duration, _ work: @escaping @Sendable () async -> Value
    ) async -> Outcome<Value> {
        guard count < placesMax else { return .busy }
        taken.add(1, ordering: .relaxed)
        let ending = FirstEnding<Outcome<Value>>()
        let task = Task.detached(executorPreference: doer) { [self] in
            let value = await work()
            taken.subtract(1, ordering: .relaxed)
            _ = ending.settle(.done(value))
        }
        let deadline = loop.now + limit
        let timer = Task(executorPreference: loop) { [loop] in
            await loop.sleep(until: deadline)
            if ending.settle(.late) { task.cancel() }
        }
        let outcome = await ending.value
        timer.cancel()
        return outcome
    }
}

/// Which of several things happened first.
private final class FirstEnding<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Value, Never>)
        case settled(Value)
        case told
    }

    private let state = Mutex(State.open)

    /// Settles on `value` unless another came first. Whether it was this one.
    func settle(_ value: Value) -> Bool {
        let (waiter, isFirst): (CheckedContinuation<Value, Never>?, Bool) = state.withLock { state in
            switch state {
            case .open:
                state = .settled(value)
                return (nil, true)
            case .awaited(let waiter):
                state = .told
                return (waiter, true)
            case .settled, .told: return (nil, false)
            }
        }
        waiter?.resume(returning: value)
        return isFirst
    }

    /// What came first, once something has. For one caller.
    var value: Value {
        get async {
            await withCheckedContinuation { waiter in
                let settled: Value? = state.withLock { state in
                    guard case .settled(let value) = state else {
                        state = .awaited(waiter)
                        return nil
                    }
                    state = .told
                    return value
                }
                if let settled { waiter.resume(returning: settled) }
            }
        }
    }
}
