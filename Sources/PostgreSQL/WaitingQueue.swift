/// Who waits for a connection, in the order of arrival.
struct WaitingQueue {
    struct Waiter {
        let number: UInt64
        let continuation: CheckedContinuation<Result<PostgresConnection, PostgresError>, Never>
        /// Ends the wait when its time is over.
        var timer: Task<Void, Never>?

        init(
            number: UInt64, continuation: CheckedContinuation<Result<PostgresConnection, PostgresError>, Never>
        ) {
            self.number = number
            self.continuation = continuation
        }

        func resume(returning connection: PostgresConnection) { resume(.success(connection)) }
        func resume(throwing error: PostgresError) { resume(.failure(error)) }

        private func resume(_ result: Result<PostgresConnection, PostgresError>) {
            timer?.cancel()
            continuation.resume(returning: result)
        }
    }

    private var waiters: [Waiter] = []
    private var last: UInt64 = 0
    private var reserved = 0

    /// How many wait, those included that are on their way into the queue.
    var count: Int { waiters.count + reserved }
    /// Whether nobody could be served now.
    var isEmpty: Bool { waiters.isEmpty }

    /// Keeps a place, and names who will take it by `fill`; a name is never given twice.
    mutating func reserve() -> UInt64 {
        last += 1
        reserved += 1
        return last
    }

    mutating func fill(_ waiter: Waiter) {
        reserved -= 1
        waiters.append(waiter)
    }

    mutating func removeFirst() -> Waiter? { waiters.isEmpty ? nil : waiters.removeFirst() }

    mutating func remove(_ number: UInt64) -> Waiter? {
        guard let index = waiters.firstIndex(where: { $0.number == number }) else { return nil }
        return waiters.remove(at: index)
    }

    mutating func removeAll() -> [Waiter] {
        defer { waiters.removeAll() }
        return waiters
    }
}
