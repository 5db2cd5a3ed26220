/// One worker's access log: lines gather in a buffer of its own and go to the writer's thread in batches.
///
/// Belongs to one worker and is never shared. `append` takes no lock and makes no system call; handing over a batch
/// does, some hundred requests apart, and never waits: what cannot be handed over is kept, and beyond a bound dropped
/// and counted.
package final class AccessLog {
    private let writer: LogWriter
    private let batchBytes: Int
    private let keptBytesMax: Int
    private var text = LogText()
    private var lines = 0

    /// - Parameter batchBytes: how much gathers before it is handed over.
    package init(writer: LogWriter, batchBytes: Int = 64 * 1_024) {
        self.writer = writer
        self.batchBytes = batchBytes
        keptBytesMax = batchBytes * 4
    }

    deinit { flush() }

    /// Writes one request down. Texts are as the client sent them: any bytes are safe.
    ///
    /// - Parameters:
    ///   - path: what follows a `?` is left out.
    ///   - userAgent: empty if there was none.
    package func append(
        _ entry: borrowing AccessLogEntry, method: Span<UInt8>, host: Span<UInt8>, path: Span<UInt8>,
        userAgent: Span<UInt8>
    ) {
        text.append(entry, method: method, host: host, path: path, userAgent: userAgent)
        lines += 1
        if text.bytes.count >= batchBytes { flush() }
    }

    /// Hands over what has gathered. The worker calls this now and then, so that a quiet site's log is not late.
    package func flush() {
        guard lines > 0 else { return }
        switch writer.offer(&text.bytes, lines: lines) {
        case .taken: lines = 0
        case .contended where text.bytes.count < keptBytesMax: break
        case .contended, .full:
            writer.noteDropped(lines: lines)
            text.bytes.removeAll(keepingCapacity: true)
            lines = 0
        }
    }
}
