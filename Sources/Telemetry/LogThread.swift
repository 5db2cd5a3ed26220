import Glibc
import Synchronization

/// What the writer's thread does and shares with those that log.
final class LogThread: Sendable {
    let queue: LogQueue
    let wakeUp: WakeUp
    /// Signalled when the thread has ended.
    let done: WakeUp
    private let output: any LogOutput
    private let retryMilliseconds: Int32
    private let isFinishing = Atomic<Bool>(false)
    private let mustReopen = Atomic<Bool>(false)
    private let gaveUp = Atomic<Bool>(false)
    private let ended = Atomic<Bool>(false)
    private let linesWritten = Atomic<UInt64>(0)
    private let linesDropped = Atomic<UInt64>(0)
    private let errors = Atomic<UInt64>(0)

    init(output: any LogOutput, queue: LogQueue, wakeUp: WakeUp, done: WakeUp, retryMilliseconds: Int32) {
        self.output = output
        self.queue = queue
        self.wakeUp = wakeUp
        self.done = done
        self.retryMilliseconds = retryMilliseconds
    }

    /// Whether the thread writes nothing any more.
    var hasEnded: Bool { ended.load(ordering: .acquiring) }

    /// Whether lines were left when it ended.
    var hasGivenUp: Bool { gaveUp.load(ordering: .acquiring) }

    var statistics: LogStatistics {
        LogStatistics(
            linesWritten: linesWritten.load(ordering: .relaxed), linesDropped: linesDropped.load(ordering: .relaxed),
            errors: errors.load(ordering: .relaxed))
    }

    func noteDropped(lines: Int) { linesDropped.wrappingAdd(UInt64(lines), ordering: .relaxed) }

    func reopen() {
        mustReopen.store(true, ordering: .releasing)
        wakeUp.signal()
    }

    func finish() {
        isFinishing.store(true, ordering: .releasing)
        wakeUp.signal()
    }

    /// Starts the thread, with all signals blocked: they are for others, and a reader of our pipe who has gone away
    /// must be an error here, not a SIGPIPE.
    func start() throws(LogWriterError) {
        var every = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&every)
        unsafe pthread_sigmask(SIG_SETMASK, &every, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }

        var thread = pthread_t()
        let argument = unsafe Unmanaged.passRetained(self)
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<LogThread>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        guard code == 0 else {
            unsafe argument.release()
            throw .cannotStart(code: code)
        }
        pthread_detach(thread)
    }

    /// The life of the thread: batch after batch, until it is to finish and nothing waits.
    private func run() {
        while true {
            if mustReopen.load(ordering: .acquiring) { reopenNow() }
            // Read before the queue is looked at, so that what came before `finish` is still seen.
            let isLast = isFinishing.load(ordering: .acquiring)
            if let batch = queue.next() {
                write(batch)
            } else if isLast {
                break
            } else {
                wakeUp.wait(milliseconds: -1)
            }
        }
        ended.store(true, ordering: .releasing)
        done.signal()
    }

    /// Writes a batch to the end, whatever time that takes; when finishing, an error is the end of it.
    private func write(_ batch: consuming LogQueue.Batch) {
        var start = 0
        while start < batch.bytes.count {
            switch output.write(batch.bytes, from: start) {
            case .wrote(let count):
                start += count
            case .wouldBlock:
                output.waitUntilWritable(milliseconds: retryMilliseconds)
            case .failed:
                errors.wrappingAdd(1, ordering: .relaxed)
                if isFinishing.load(ordering: .acquiring) {
                    noteDropped(lines: batch.lines)
                    gaveUp.store(true, ordering: .releasing)
                    queue.finished(batch)
                    return
                }
                pause()
            }
            if mustReopen.load(ordering: .acquiring) {
                reopenNow()
                // The new file begins with a whole line.
                start = batch.bytes[..<start].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            }
        }
        linesWritten.wrappingAdd(UInt64(batch.lines), ordering: .relaxed)
        queue.finished(batch)
    }

    /// Waits before the next try, but not if there is a file to reopen or an end to come to.
    private func pause() {
        let start = ContinuousClock.now
        var left = retryMilliseconds
        while left > 0, wakeUp.wait(milliseconds: left) {
            if mustReopen.load(ordering: .acquiring) || isFinishing.load(ordering: .acquiring) { return }
            let passed = (ContinuousClock.now - start).components
            left =
                retryMilliseconds - Int32(clamping: passed.seconds * 1_000 + passed.attoseconds / 1_000_000_000_000_000)
        }
    }

    private func reopenNow() {
        mustReopen.store(false, ordering: .releasing)
        if !output.reopen() { errors.wrappingAdd(1, ordering: .relaxed) }
    }
}
