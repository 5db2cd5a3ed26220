import Synchronization

/// The bounded queue between whoever logs and the writer's thread.
///
/// The lock is held for a few instructions, and workers only ever try it.
final class LogQueue: Sendable {
    /// Whole lines, and how many.
    struct Batch: Sendable {
        var bytes: [UInt8]
        let lines: Int
    }

    private struct State {
        var batches: [Batch] = []
        /// How much waits, the batch that is being written included.
        var bytes = 0
        /// Emptied buffers, for the next who hands one over.
        var spare: [[UInt8]] = []
    }

    private static let spareMax = 16
    /// A buffer that grew beyond this, while the writer was behind, is not kept.
    private static let spareBytesMax = 128 * 1024

    private let bytesMax: Int
    private let state = Mutex(State())

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Takes the lines out of `bytes` and puts an empty buffer in their place, unless the queue is full or in use.
    func offer(_ bytes: inout [UInt8], lines: Int) -> LogWriter.Offer {
        state.withLockIfAvailable { Self.put(&bytes, lines: lines, bytesMax: bytesMax, into: &$0) } ?? .contended
    }

    /// As `offer`, but waits for the lock; for those that are no worker.
    func put(_ bytes: inout [UInt8], lines: Int) -> LogWriter.Offer {
        state.withLock { Self.put(&bytes, lines: lines, bytesMax: bytesMax, into: &$0) }
    }

    private static func put(
        _ bytes: inout [UInt8], lines: Int, bytesMax: Int, into state: inout State
    ) -> LogWriter.Offer {
        guard state.bytes + bytes.count <= bytesMax else { return .full }
        state.bytes += bytes.count
        var batch = state.spare.popLast() ?? []
        swap(&batch, &bytes)
        state.batches.append(Batch(bytes: batch, lines: lines))
        return .taken
    }

    /// The oldest batch, which counts as waiting until `finished`.
    func next() -> Batch? {
        state.withLock { $0.batches.isEmpty ? nil : $0.batches.removeFirst() }
    }

    /// Gives back a batch that is written or given up.
    func finished(_ batch: consuming Batch) {
        var bytes = batch.bytes
        state.withLock { state in
            state.bytes -= bytes.count
            bytes.removeAll(keepingCapacity: true)
            if state.spare.count < Self.spareMax, bytes.capacity <= Self.spareBytesMax { state.spare.append(bytes) }
        }
    }
}
