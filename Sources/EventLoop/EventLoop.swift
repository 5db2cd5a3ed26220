import Glibc
import Synchronization

/// One thread around one epoll set, and an executor for the tasks that live on it.
///
/// Start every task of the data plane with `Task(executorPreference: loop)` and make actors of the data plane give
/// `loop.asUnownedSerialExecutor()` as their executor: then resuming a task is one append to an array. With the
/// actor's executor alone it would pass through the global pool first, two hops and a foreign thread per wake-up.
///
/// One turn: sleep in epoll_wait(2) until something happens; read the clock; note what the kernel tells and which
/// deadlines have passed; run the jobs that became ready by it.
///
/// Sendable by hand: `mailbox`, `thread` and `kernel` are for every thread; all other state belongs to the loop's own.
@safe package final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    /// In place of the thread's name: before `start()`, when whoever made the loop may prepare it.
    private static let notStarted: UInt = 0
    /// In place of the thread's name: while it starts and when it has ended, when the loop is nobody's.
    private static let nobody = UInt.max
    /// How many jobs run, at least, before the kernel is asked for news although more are ready.
    static let jobsATurn = 1024
    /// How long `stop` lets jobs go on that keep making new ones.
    private static let stoppingTimeMax = Duration.seconds(5)

    package let name: String
    private let niceness: Int32
    let kernel: any Kernel

    private let mailbox = Mailbox()
    /// The loop's thread as pthread_self(3) names it.
    private let thread = Atomic<UInt>(EventLoop.notStarted)
    /// The thread, until somebody joins it.
    private let unjoined = Mutex<pthread_t?>(nil)

    private var ready: [LoopJob] = []
    private var running: [LoopJob] = []
    private var events: [ReadinessEvent] = []
    private var registrations = RegistrationTable()
    var deadlines = DeadlineHeap()
    var sleepers = Sleepers()
    var doorbells = Doorbells()
    /// Who goes on in the next turn.
    private var standingBack: [UnsafeContinuation<Void, Never>] = unsafe []
    private var present: MonotonicInstant
    private(set) var isStopping = false
    private var scratchMemory: ScratchMemory?

    /// A loop around a new epoll set. Nothing runs before `start()`.
    ///
    /// - Parameter niceness: how far its thread stands back when others have work, 0 to 19, as nice(2) has it.
    package convenience init(name: String, niceness: Int32 = 0) throws(IOError) {
        self.init(name: name, niceness: niceness, kernel: try SystemKernel())
    }

    /// A loop around a kernel of the caller's.
    package init(name: String, niceness: Int32 = 0, kernel: any Kernel) {
        self.name = name
        self.niceness = niceness
        self.kernel = kernel
        present = kernel.now()
    }

    // MARK: For every thread

    /// Makes the thread and begins to run.
    package func start() throws(IOError) {
        thread.store(EventLoop.nobody, ordering: .relaxed)
        let handle = try LoopThread.start(name: name, niceness: niceness) { [self] in
            adoptCurrentThread()
            while turn() {}
            end()
        }
        unjoined.withLock { $0 = handle }
    }

    /// Asks the loop to end. Every wait on it ends with `IOError.cancelled`, every sleep at once; the jobs that are
    /// ready, and those that they make, still run. From any thread; repeatable.
    package func stop() {
        if mailbox.stop() { kernel.wake() }
    }

    /// Blocks the calling thread, which is not the loop's, until the loop has ended. For one caller.
    package func join() {
        if let thread = unjoined.withLock({ $0.take() }) { pthread_join(thread, nil) }
    }

    /// Whether the caller runs on this loop's thread.
    package var isCurrent: Bool { thread.load(ordering: .relaxed) == pthread_self() }

    /// Runs `job` on the loop, after what is ready there already. From any thread. False, and `job` never runs, when
    /// the loop has ended.
    @discardableResult
    package func run(_ job: @escaping @Sendable () -> Void) -> Bool { accept(.call(job)) }

    package func enqueue(_ job: consuming ExecutorJob) { _ = accept(.task(UnownedJob(job))) }

    private func accept(_ job: LoopJob) -> Bool {
        if isCurrent {
            ready.append(job)
            return true
        }
        switch mailbox.post(job) {
        case .refused: return false
        case .taken: return true
        case .takenAsleep:
            kernel.wake()
            return true
        }
    }

    package func checkIsolated() {
        precondition(isCurrent, "this runs outside of the loop \(name)")
    }

    package func isIsolatingCurrentContext() -> Bool? { isCurrent }

    // MARK: For what runs on the loop

    /// The time, read once per wake-up. Elsewhere than on the loop, the present.
    package var now: MonotonicInstant { isCurrent ? present : kernel.now() }

    /// Suspends the task, which runs on the loop, until the next turn, behind all whom the kernel's news concern then: so
    /// that what has begun goes on before more begins.
    package func nextTurn() async {
        unsafe await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
            if isStopping { unsafe waiter.resume() } else { unsafe standingBack.append(waiter) }
        }
    }

    /// Memory for use between two suspensions, shared by everything on this loop: so that no connection keeps a
    /// buffer of its own while it only waits.
    package var scratch: UnsafeMutableRawBufferPointer {
        if let scratchMemory { return unsafe scratchMemory.bytes }
        let memory = ScratchMemory()
        scratchMemory = memory
        return unsafe memory.bytes
    }

    /// How many descriptors the loop watches.
    package var registrationCount: Int { registrations.count }

    /// How many entries the heap of deadlines has, stale ones too.
    var pendingDeadlines: Int { deadlines.count }

    /// Begins to watch a descriptor.
    func register(
        _ descriptor: Int32, trigger: Registration.Trigger, mayWrite: Bool
    ) throws(IOError) -> Registration {
        precondition(
            isCurrent || thread.load(ordering: .relaxed) == EventLoop.notStarted,
            "a descriptor is registered on its loop")
        let registration = registrations.insert { number in
            Registration(descriptor, number: number, loop: self, trigger: trigger, mayWrite: mayWrite)
        }
        do throws(IOError) {
            try kernel.add(descriptor, registration.number, registration.interest)
        } catch {
            _ = registrations.remove(registration.number)
            throw error
        }
        if isStopping { registration.cancel() }
        return registration
    }

    /// Ends a registration, and the waits on it. From any thread. The kernel is told only if the descriptor stays
    /// open: close(2) says the same.
    func unregister(_ number: RegistrationNumber, keepingOpen descriptor: Int32?) {
        guard isCurrent else {
            if let descriptor { kernel.remove(descriptor) }
            run { [self] in registrations.remove(number)?.cancel() }
            return
        }
        if let descriptor { kernel.remove(descriptor) }
        registrations.remove(number)?.cancel()
    }

    /// Cancels the waits of a registration, if it is still there. From any thread.
    func cancel(_ number: RegistrationNumber) {
        if isCurrent { registrations[number]?.cancel() } else { run { [self] in registrations[number]?.cancel() } }
    }

    /// Has the registration told when `instant` comes.
    func schedule(_ instant: MonotonicInstant, _ number: RegistrationNumber) {
        deadlines.insert(instant, .registration(number))
    }

    // MARK: The loop itself

    /// Makes the calling thread the loop's.
    func adoptCurrentThread() { thread.store(pthread_self(), ordering: .relaxed) }

    /// One turn. False when the loop is to end.
    func turn() -> Bool {
        var mayBlock = unsafe ready.isEmpty && standingBack.isEmpty
        if mayBlock { mayBlock = mailbox.fallAsleep() }
        kernel.wait(milliseconds: mayBlock ? millisecondsToNextDeadline : 0, into: &events)
        present = kernel.now()
        wakeUp()
        tellOfEvents()
        passDeadlines()
        resumeStandingBack()
        runJobs(atLeast: EventLoop.jobsATurn)
        return !isStopping
    }

    /// Tells each registration what the kernel told. Where there are hundreds, most have left the processor's caches since
    /// they were last used: those whose turn comes soon are fetched meanwhile, and then who waits there.
    private func tellOfEvents() {
        for index in events.indices {
            if index + 4 < events.count, let registration = registrations.object(events[index + 4].number) {
                ProcessorCache.fetch(registration, byteCount: Registration.byteCount)
            }
            if index + 2 < events.count, let observer = registrations.observer(events[index + 2].number) {
                ProcessorCache.fetch(observer, byteCount: Registration.observerByteCount)
            }
            let event = events[index]
            if event.number != .wakeUp { registrations[event.number]?.handle(event.readiness) }
        }
    }

    /// Takes over what other threads have left.
    private func wakeUp() {
        if mailbox.wakeUp(collecting: &ready), !isStopping { beginToStop() }
    }

    /// The time until the next deadline, rounded up so that it is over when the wait ends; -1 when there is none.
    private var millisecondsToNextDeadline: Int32 {
        guard let earliest = deadlines.earliest else { return -1 }
        // The clock was read at the last wake-up, and what ran since then took time: never sleep that long too much.
        let now = kernel.now()
        guard earliest > now else { return 0 }
        let nanoseconds = earliest.nanoseconds - now.nanoseconds
        return Int32(min(nanoseconds / 1_000_000 + 1, UInt64(Int32.max)))
    }

    private func passDeadlines() {
        while let entry = deadlines.popDue(at: present) {
            switch entry.target {
            case .registration(let number): registrations[number]?.deadlinePassed(entry.instant, now: present)
            case .sleeper(let number): sleepers.wake(number)
            case .doorbell(let number): doorbells[number]?.deadlinePassed(entry.instant, now: present)
            }
        }
    }

    /// Runs what is ready, and what becomes ready by it, until nothing is left or `count` jobs have run.
    private func runJobs(atLeast count: Int) {
        var done = 0
        while !ready.isEmpty, done < count {
            swap(&ready, &running)
            done += running.count
            let serial = unsafe asUnownedSerialExecutor()
            let task = unsafe asUnownedTaskExecutor()
            for job in running {
                switch job {
                case .task(let job): unsafe job.runSynchronously(isolatedTo: serial, taskExecutor: task)
                case .call(let job): job()
                }
            }
            running.removeAll(keepingCapacity: true)
        }
    }

    /// Lets those go on who stood back, behind all whom the kernel's news concern.
    private func resumeStandingBack() {
        unsafe standingBack.forEach { unsafe $0.resume() }
        unsafe standingBack.removeAll(keepingCapacity: true)
    }

    private func beginToStop() {
        isStopping = true
        resumeStandingBack()
        for registration in registrations.all { registration.cancel() }
        sleepers.wakeAll()
        for bell in doorbells.all { bell.resume() }
    }

    /// Runs what is left, then refuses everything.
    private func end() {
        let limit = kernel.now() + EventLoop.stoppingTimeMax
        while true {
            runJobs(atLeast: EventLoop.jobsATurn)
            wakeUp()
            present = kernel.now()
            let overdue = present >= limit
            if ready.isEmpty || overdue, mailbox.close(overdue: overdue) { break }
        }
        registrations.removeAll()
        thread.store(EventLoop.nobody, ordering: .relaxed)
    }
}
