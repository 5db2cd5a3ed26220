import Glibc
import Synchronization

/// The thread that writes logs, so that no worker ever waits for a disk or a terminal.
///
/// What it is given waits in a queue bounded in bytes. When the destination fails, as a full disk does, it tries again
/// each second and goes on where it stopped; meanwhile the queue fills up, and what comes then is dropped and counted.
package final class LogWriter: Sendable {
    /// Where the lines go.
    package enum Destination: Sendable, Hashable {
        case standardOutput
        case standardError
        /// Appended to; made if there is none, readable by owner and group.
        case file(path: String)
    }

    /// What became of lines that were offered.
    enum Offer: Sendable {
        case taken
        /// Another thread was at the queue at this moment.
        case contended
        case full
    }

    private let thread: LogThread

    /// Opens the destination and starts the thread.
    ///
    /// - Parameter queueBytesMax: how much may wait.
    package convenience init(_ destination: Destination, queueBytesMax: Int = 8 << 20) throws(LogWriterError) {
        try self.init(output: LogDescriptor(destination), queueBytesMax: queueBytesMax)
    }

    init(output: any LogOutput, queueBytesMax: Int, retryMilliseconds: Int32 = 1_000) throws(LogWriterError) {
        thread = LogThread(
            output: output, queue: LogQueue(bytesMax: queueBytesMax), wakeUp: try WakeUp(), done: try WakeUp(),
            retryMilliseconds: retryMilliseconds)
        try thread.start()
    }

    deinit { thread.finish() }

    /// How many lines were written and lost. Does not lock.
    package var statistics: LogStatistics { thread.statistics }

    /// Writes one line, or a few whole ones, that end with a line feed. For operational logs; may wait for a lock for
    /// an instant, but never for the destination.
    package func write(_ lines: [UInt8], count: Int = 1) {
        var lines = lines
        guard !thread.hasEnded, thread.queue.put(&lines, lines: count) == .taken else {
            return noteDropped(lines: count)
        }
        thread.wakeUp.signal()
    }

    /// Opens the file anew, after logrotate(8) has moved it. Returns at once.
    package func reopen() { thread.reopen() }

    /// Writes what waits, as far as that goes within the time, and ends the thread. What comes later is dropped and counted.
    ///
    /// - Returns: whether everything was written.
    @discardableResult
    package func finish(within time: Duration) -> Bool {
        thread.finish()
        let (seconds, attoseconds) = time.components
        let milliseconds = min(max(seconds, 0), 86_400) * 1_000 + max(attoseconds, 0) / 1_000_000_000_000_000
        if !thread.hasEnded { thread.done.wait(milliseconds: Int32(clamping: milliseconds)) }
        return thread.hasEnded && !thread.hasGivenUp
    }

    /// Takes the lines out of `bytes` if that is possible without waiting.
    func offer(_ bytes: inout [UInt8], lines: Int) -> Offer {
        if thread.hasEnded { return .full }
        let outcome = thread.queue.offer(&bytes, lines: lines)
        if outcome == .taken { thread.wakeUp.signal() }
        return outcome
    }

    func noteDropped(lines: Int) { thread.noteDropped(lines: lines) }
}

/// What has become of log lines since the start.
package struct LogStatistics: Sendable, Hashable {
    package var linesWritten: UInt64
    /// Lost because the queue was full.
    package var linesDropped: UInt64
    /// Writes and reopenings that failed. Each is tried again.
    package var errors: UInt64

    package init(linesWritten: UInt64 = 0, linesDropped: UInt64 = 0, errors: UInt64 = 0) {
        self.linesWritten = linesWritten
        self.linesDropped = linesDropped
        self.errors = errors
    }
}

/// Why a log cannot be written at all.
package enum LogWriterError: Error, Sendable, Hashable, CustomStringConvertible {
    case cannotOpen(path: String, code: Int32)
    case cannotStart(code: Int32)

    package var description: String {
        switch self {
        case .cannotOpen(let path, let code): "the log file \(path) cannot be opened: \(Self.text(code))"
        case .cannotStart(let code): "the log's thread cannot be started: \(Self.text(code))"
        }
    }

    private static func text(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
