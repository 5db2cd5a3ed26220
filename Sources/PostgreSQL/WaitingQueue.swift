/// Who waits for a connection, in the order of arrival.
struct WaitingQueue {
    struct Waiter {
        let number: UInt64
        let continuation: CheckedContinuation<Result<PostgresConnection, PostgresError>, Never>

        func resume(returning connection: PostgresConnection) { continuation.resume(returning: .success(connection)) }
        func resume(throwing error: PostgresError) { continuation.resume(returning: .failure(error)) }
    }

    private var waiters: [Waiter] = []
    private var last: UInt64 = 0

    var count: Int { waiters.count }
    var isEmpty: Bool { waiters.isEmpty }

    /// A name for the next waiter, never given twice.
    mutating func nextNumber() -> UInt64 {
        last += 1
        return last
    }

    mutating func append(_ waiter: Waiter) { waiters.append(waiter) }
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
