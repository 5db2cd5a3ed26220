import CPQ
import Dispatch
import Synchronization

/// The one owner of a `PGcancel`: asks the server to stop what a connection runs.
///
/// libpq 15 can do so only by blocking: it makes a connection of its own. So it happens on one thread for the whole
/// process, off every loop; when a server does not even answer that, the requests after it are dropped. All of it is
/// best effort: the connection is closed anyway, and the server notices that when it next writes to it.
@safe final class StatementCanceller: @unchecked Sendable {
    private let pointer: OpaquePointer

    private static let queue = DispatchQueue(label: "gatehouse.postgres.cancel")
    private static let waiting = Atomic<Int>(0)
    private static let waitingMax = 16

    init(taking pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }
    deinit { unsafe PQfreeCancel(pointer) }

    /// Returns at once.
    func cancelSoon() {
        guard Self.waiting.add(1, ordering: .relaxed).newValue <= Self.waitingMax else {
            Self.waiting.subtract(1, ordering: .relaxed)
            return
        }
        Self.queue.async { [self] in
            var message = [CChar](repeating: 0, count: 256)
            _ = unsafe PQcancel(pointer, &message, Int32(message.count))
            Self.waiting.subtract(1, ordering: .relaxed)
        }
    }
}
