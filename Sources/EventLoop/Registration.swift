/// One descriptor as its loop sees it: what it is ready for, and who waits.
///
/// At most one task, or an observer, waits for reading and one task for writing. Belongs to the loop's thread; the loop's table and the
/// owner (`Socket`, `Listener`, `Watch`) both hold it, so an owner may be let go of anywhere.
@safe final class Registration {
    /// How the kernel tells.
    enum Trigger {
        /// Registered once for all; changes are told, and the flags remember them. For descriptors that only we read.
        case edge
        /// Asked anew at each wait, and told as it is then. For descriptors that somebody else reads.
        case level
    }

    typealias Waiter = UnsafeContinuation<WaitEnd, Never>

    let descriptor: Int32
    let number: RegistrationNumber
    /// Held, and so kept alive: the loop lets go of us when the registration or the loop itself ends.
    let loop: EventLoop
    private let trigger: Trigger

    /// Whether a read can bring something. Set by the loop, cleared by the owner who read everything.
    @safe @exclusivity(unchecked) var mayRead: Bool
    /// Whether a write can go through. Set by the loop, cleared by the owner whose write was cut short.
    @safe @exclusivity(unchecked) var mayWrite: Bool
    /// Whether the other side has stopped writing, or the connection is broken. Never unset.
    @safe @exclusivity(unchecked) private(set) var isFinished = false
    /// Whether the connection is broken, or closed in both directions. Never unset.
    @safe @exclusivity(unchecked) private(set) var isBroken = false
    /// Called when the other side stops writing and when the connection breaks, whether anybody waits or not; maybe
    /// more than once.
    @safe @exclusivity(unchecked) var hungUp: (() -> Void)?
    @safe @exclusivity(unchecked) private(set) var isCancelled = false

    @exclusivity(unchecked) private var reader: Waiter?
    /// Who waits to read in place of a task.
    @safe @exclusivity(unchecked) private var observer: (any ReadObserver)?
    @exclusivity(unchecked) private var writer: Waiter?
    @safe @exclusivity(unchecked) private var readDeadline = MonotonicInstant.distantFuture
    @safe @exclusivity(unchecked) private var writeDeadline = MonotonicInstant.distantFuture
    /// The earliest entry in the heap that is ours; later ones that we left there are stale.
    @safe @exclusivity(unchecked) private var armed = MonotonicInstant.distantFuture

    init(_ descriptor: Int32, number: RegistrationNumber, loop: EventLoop, trigger: Trigger, mayWrite: Bool) {
        self.descriptor = descriptor
        self.number = number
        self.loop = loop
        self.trigger = trigger
        self.mayWrite = mayWrite
        mayRead = false
    }

    /// How much memory of a registration, and of who waits, is fetched ahead.
    static let byteCount = 192
    static let observerByteCount = 192

    /// Who waits to read in place of a task, without touching it.
    var observerObject: ObjectIdentifier? { observer.map { ObjectIdentifier($0) } }

    /// What to ask of the kernel to begin with.
    var interest: Readiness {
        trigger == .edge ? [.readable, .writable, .readHangUp, .edgeTriggered] : wanted
    }

    /// What the present waiters ask for, once.
    private var wanted: Readiness {
        var wanted: Readiness = .oneShot
        if unsafe reader != nil || observer != nil { wanted.formUnion([.readable, .readHangUp]) }
        if unsafe writer != nil { wanted.formUnion(.writable) }
        return wanted
    }

    func readable(deadline: MonotonicInstant) async throws(IOError) {
        guard !isCancelled else { throw .cancelled }
        if mayRead { return }
        guard deadline > loop.now else { throw .timedOut }
        let wake = unsafe await withUnsafeContinuation { (waiter: Waiter) in
            // Between the questions above and here the task may have gone back to the loop's queue: the runtime looks
            // for its executor again. What happened meanwhile was told to nobody.
            if isCancelled { return unsafe waiter.resume(returning: .cancelled) }
            if mayRead { return unsafe waiter.resume(returning: .ready) }
            precondition(unsafe reader == nil && observer == nil, "two wait to read one descriptor")
            unsafe reader = waiter
            readDeadline = deadline
            waitBegan(deadline)
        }
        try finish(wake)
    }

    /// Tells `observer` when a task that waited to read would go on; now, if it would not wait at all.
    func tellReadable(_ observer: any ReadObserver, deadline: MonotonicInstant) {
        if isCancelled { return observer.readWaitEnded(.cancelled) }
        if mayRead { return observer.readWaitEnded(.ready) }
        precondition(unsafe reader == nil && self.observer == nil, "two wait to read one descriptor")
        self.observer = observer
        readDeadline = deadline
        waitBegan(deadline)
    }

    func writable(deadline: MonotonicInstant) async throws(IOError) {
        guard !isCancelled else { throw .cancelled }
        if mayWrite { return }
        guard deadline > loop.now else { throw .timedOut }
        let wake = unsafe await withUnsafeContinuation { (waiter: Waiter) in
            // As above.
            if isCancelled { return unsafe waiter.resume(returning: .cancelled) }
            if mayWrite { return unsafe waiter.resume(returning: .ready) }
            precondition(unsafe writer == nil, "two tasks wait to write one descriptor")
            unsafe writer = waiter
            writeDeadline = deadline
            waitBegan(deadline)
        }
        try finish(wake)
    }

    private func finish(_ wake: WaitEnd) throws(IOError) {
        switch wake {
        case .ready: return
        case .timedOut: throw .timedOut
        case .cancelled: throw .cancelled
        }
    }

    private func waitBegan(_ deadline: MonotonicInstant) {
        arm(deadline)
        if trigger == .level { askAgain() }
    }

    /// Sees to it that the loop looks here at `deadline` or earlier.
    private func arm(_ deadline: MonotonicInstant) {
        guard deadline < armed else { return }
        armed = deadline
        loop.schedule(deadline, number)
    }

    /// Asks the kernel for what the waiters want; a descriptor that cannot be watched any more ends their waits.
    private func askAgain() {
        do throws(IOError) { try loop.kernel.modify(descriptor, number, wanted) } catch { cancel() }
    }

    /// Takes note of what the kernel tells and resumes whom it concerns.
    func handle(_ readiness: Readiness) {
        let isEnd = !readiness.isDisjoint(with: .finished)
        if isEnd {
            isFinished = true
            if !readiness.isDisjoint(with: .broken) { isBroken = true }
        }
        if !readiness.isDisjoint(with: .endsReading) {
            mayRead = trigger == .edge
            resumeReader(.ready)
        }
        if !readiness.isDisjoint(with: .endsWriting) {
            mayWrite = trigger == .edge
            resumeWriter(.ready)
        }
        if trigger == .level, unsafe reader != nil || observer != nil || writer != nil { askAgain() }
        if isEnd { hungUp?() }
    }

    /// An entry of the heap came due: ends the waits whose time is over, and puts one entry back for the others.
    func deadlinePassed(_ instant: MonotonicInstant, now: MonotonicInstant) {
        // A stale entry: an earlier one was put in after it, and that one has put in what is needed.
        guard instant == armed else { return }
        armed = .distantFuture
        if unsafe reader != nil || observer != nil {
            if readDeadline <= now { resumeReader(.timedOut) } else { arm(readDeadline) }
        }
        if unsafe writer != nil {
            if writeDeadline <= now { resumeWriter(.timedOut) } else { arm(writeDeadline) }
        }
    }

    /// Ends the present waits and all later ones.
    func cancel() {
        isCancelled = true
        resumeReader(.cancelled)
        resumeWriter(.cancelled)
    }

    private func resumeReader(_ wake: WaitEnd) {
        if let observer = observer.take() { return observer.readWaitEnded(wake) }
        guard let waiter = unsafe reader else { return }
        unsafe reader = nil
        unsafe waiter.resume(returning: wake)
    }

    private func resumeWriter(_ wake: WaitEnd) {
        guard let waiter = unsafe writer else { return }
        unsafe writer = nil
        unsafe waiter.resume(returning: wake)
    }
}
