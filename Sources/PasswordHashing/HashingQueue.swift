import Glibc
import Synchronization

/// The bounded queue between callers and hashing threads.
///
/// The semaphore counts what was submitted. A thread that it wakes may find the queue empty, because the job's caller
/// was cancelled; it then waits again.
final class HashingQueue: Sendable {
    /// One piece of work. Exactly one of its closures is called, once.
    struct Job: Sendable {
        let id: UInt64
        let run: @Sendable () -> Void
        let abandon: @Sendable (PasswordHashingError) -> Void
    }

    private struct State {
        var jobs: [Job] = []
        var isClosed = false
    }

    /// How long a thread keeps what it needs for the next job.
    private static let idleSeconds = 5

    private let waitingMax: Int
    private let state = Mutex(State())
    private let ready = Semaphore()
    private let count = Atomic<Int>(0)
    private let lastID = Atomic<UInt64>(0)
    /// How long a job takes on average, in nanoseconds; recent ones weigh more.
    private let averageTime = Atomic<UInt64>(100_000_000)

    init(waitingMax: Int) { self.waitingMax = waitingMax }

    var waiting: Int { count.load(ordering: .relaxed) }

    /// Whether one more would be refused now. Does not lock.
    var isFull: Bool { waiting >= waitingMax }

    func nextID() -> UInt64 { lastID.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Adds the job, or abandons it at once when the queue is full.
    func submit(_ job: Job, threads: Int) {
        let accepted = state.withLock { state in
            guard state.jobs.count < waitingMax, !state.isClosed else { return false }
            state.jobs.append(job)
            count.store(state.jobs.count, ordering: .relaxed)
            return true
        }
        if accepted { ready.signal() } else { job.abandon(.busy(retryAfter: retryAfter(threads: threads))) }
    }

    /// Abandons the job if it still waits.
    func cancel(_ id: UInt64) {
        let job = state.withLock { state -> Job? in
            guard let index = state.jobs.firstIndex(where: { $0.id == id }) else { return nil }
            defer { count.store(state.jobs.count, ordering: .relaxed) }
            return state.jobs.remove(at: index)
        }
        job?.abandon(.cancelled)
    }

    /// Ends every thread once it has finished what it does, and abandons what waits.
    func close(threads: Int) {
        let left = state.withLock { state in
            state.isClosed = true
            defer { state.jobs = [] }
            return state.jobs
        }
        for job in left { job.abandon(.cancelled) }
        for _ in 0..<threads { ready.signal() }
    }

    /// The life of a thread: job after job until the queue is closed.
    ///
    /// - Parameter whenIdle: called when nothing was submitted for a while: the thread may wait long now.
    func serve(whenIdle: () -> Void = {}) {
        while true {
            if !ready.wait(seconds: Self.idleSeconds) {
                whenIdle()
                ready.wait()
            }
            let (job, isClosed) = state.withLock { state in
                let job = state.jobs.isEmpty ? nil : state.jobs.removeFirst()
                count.store(state.jobs.count, ordering: .relaxed)
                return (job, state.isClosed)
            }
            if isClosed { return }
            guard let job else { continue }
            let start = ContinuousClock.now
            job.run()
            note(ContinuousClock.now - start)
        }
    }

    /// When a place in the queue should be free again: what waits now, shared by the threads; at least a second.
    func retryAfter(threads: Int) -> Duration {
        let nanoseconds = averageTime.load(ordering: .relaxed) / UInt64(max(threads, 1))
        return max(.seconds(1), .nanoseconds(Int64(clamping: nanoseconds)) * (waiting + 1))
    }

    /// Takes one more time into the average. Two threads may do so at once and one be lost: it is an estimate.
    private func note(_ time: Duration) {
        let (seconds, attoseconds) = time.components
        let nanoseconds = UInt64(clamping: min(seconds, 3_600) * 1_000_000_000 + attoseconds / 1_000_000_000)
        let average = averageTime.load(ordering: .relaxed)
        averageTime.store((average * 7 + nanoseconds) / 8, ordering: .relaxed)
    }
}

/// A POSIX semaphore (sem_overview(7)). Sendable, because the kernel says so.
@safe private final class Semaphore: @unchecked Sendable {
    private let storage: UnsafeMutablePointer<sem_t>

    init() {
        unsafe storage = .allocate(capacity: 1)
        unsafe sem_init(storage, 0, 0)
    }

    deinit {
        unsafe sem_destroy(storage)
        unsafe storage.deallocate()
    }

    func signal() { unsafe sem_post(storage) }

    /// Waits for a signal, but not for ever; whether there was one. A clock that is set makes it sooner or later.
    func wait(seconds: Int) -> Bool {
        var end = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &end)
        end.tv_sec += seconds
        while unsafe sem_timedwait(storage, &end) != 0 {
            if errno != EINTR { return false }
        }
        return true
    }

    /// Waits for a signal; an interruption is none.
    func wait() {
        while unsafe sem_wait(storage) != 0 {}
    }
}
