import Glibc
import Synchronization

/// A few threads of our own that do slow work from one bounded queue.
///
/// Argon2 holds a core for a tenth of a second. On Swift's global pool, which has one thread a core, a handful of
/// sign-ins would stop every page and every query.
final class HashingThreads: Sendable {
    /// A tenth of the weight of a thread that serves requests: enough that nobody waits for ever on a busy machine.
    private static let niceness: Int32 = 10

    private let queue: HashingQueue
    /// How many could be started; each uses at most one hash's memory.
    let count: Int

    init(count wanted: Int, queueMax: Int) {
        queue = HashingQueue(waitingMax: queueMax)
        var started = 0
        while started < wanted, Self.start(queue) { started += 1 }
        count = started
    }

    deinit { queue.close(threads: count) }

    /// How many jobs wait; does not lock.
    var waiting: Int { queue.waiting }

    /// Refuses at once where `run` would, before a caller does anything else in vain.
    ///
    /// - Throws: `busy`.
    func requireRoom() throws(PasswordHashingError) {
        if queue.isFull { throw .busy(retryAfter: queue.retryAfter(threads: count)) }
    }

    /// Runs `work` on one of the threads.
    ///
    /// A caller that is cancelled while it waits leaves the queue at once. One that is cancelled later gets its answer.
    func run<Answer: Sendable>(
        _ work: @escaping @Sendable () -> Result<Answer, PasswordHashingError>
    ) async throws(PasswordHashingError) -> Answer {
        guard count > 0 else { throw .failed(code: -33) }
        let queue = queue
        let threads = count
        let id = queue.nextID()
        let result: Result<Answer, PasswordHashingError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let job = HashingQueue.Job(id: id) {
                    continuation.resume(returning: work())
                } abandon: { error in
                    continuation.resume(returning: .failure(error))
                }
                queue.submit(job, threads: threads)
                // Cancelled before it was in the queue: the handler below found nothing to remove.
                if Task.isCancelled { queue.cancel(id) }
            }
        } onCancel: {
            queue.cancel(id)
        }
        return try result.get()
    }

    /// Starts one thread that keeps `queue` alive until it is closed. Signals are for other threads.
    private static func start(_ queue: HashingQueue) -> Bool {
        var every = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&every)
        unsafe pthread_sigmask(SIG_SETMASK, &every, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }

        var thread = pthread_t()
        let argument = unsafe Unmanaged.passRetained(queue)
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let queue = unsafe Unmanaged<HashingQueue>.fromOpaque(argument).takeRetainedValue()
                HashingThreads.yieldToOthers()
                queue.serve { Argon2.releaseMemory() }
                Argon2.releaseMemory()
                return nil
            }, argument.toOpaque())
        guard code == 0 else {
            unsafe argument.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    /// Makes the calling thread one that waits when others have work: whoever is signed in goes before whoever signs in,
    /// and a flood of sign-ins gets what is left of the cores (nice(2) is a matter of single threads on Linux).
    private static func yieldToOthers() {
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
    }
}
