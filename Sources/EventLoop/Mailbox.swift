import Synchronization

/// A piece of work for a loop.
enum LoopJob {
    case task(UnownedJob)
    case call(@Sendable () -> Void)
}

/// What other threads leave for a loop, and whether it has to be woken for it.
///
/// The loop says when it is about to sleep; the first job after that wakes it, and those that follow find it awake.
final class Mailbox: Sendable {
    private struct Contents {
        var jobs: [LoopJob] = []
        /// Whether the loop sleeps in the kernel, or is about to, and nobody has woken it yet.
        var isAsleep = false
        var isStopping = false
        /// Whether nothing runs here any more.
        var hasEnded = false
    }

    private let contents = Mutex(Contents())

    /// What became of a job.
    enum Reception { case refused, taken, takenAsleep }

    func post(_ job: LoopJob) -> Reception {
        contents.withLock { contents in
            guard !contents.hasEnded else { return .refused }
            contents.jobs.append(job)
            defer { contents.isAsleep = false }
            return contents.isAsleep ? .takenAsleep : .taken
        }
    }

    /// Asks the loop to end. True when it has to be woken to learn so.
    func stop() -> Bool {
        contents.withLock { contents in
            contents.isStopping = true
            defer { contents.isAsleep = false }
            return contents.isAsleep
        }
    }

    /// Announces that the loop sleeps from now on. False when there is something to do first.
    func fallAsleep() -> Bool {
        contents.withLock { contents in
            contents.isAsleep = contents.jobs.isEmpty && !contents.isStopping
            return contents.isAsleep
        }
    }

    /// Appends what was left to `ready`, and says that the loop is awake. True when it is to end.
    func wakeUp(collecting ready: inout [LoopJob]) -> Bool {
        contents.withLock { contents in
            contents.isAsleep = false
            if ready.isEmpty {
                // Both arrays keep their room.
                swap(&ready, &contents.jobs)
            } else if !contents.jobs.isEmpty {
                ready += contents.jobs
                contents.jobs.removeAll(keepingCapacity: true)
            }
            return contents.isStopping
        }
    }

    /// Refuses jobs from now on, unless some wait and it is not `overdue`. True when it does.
    func close(overdue: Bool) -> Bool {
        contents.withLock { contents in
            contents.hasEnded = overdue || contents.jobs.isEmpty
            return contents.hasEnded
        }
    }
}
