import Dispatch
import Synchronization

/// Looks up the hosts of a connection string off the loop, and gives up waiting after a time.
///
/// getaddrinfo(3) cannot be interrupted: a lookup that takes too long ends by itself, and its answer is dropped.
enum NameResolution {
    private static let queue = DispatchQueue(label: "gatehouse.postgres.resolve", attributes: .concurrent)

    static func resolve(
        _ parameters: ConnectionParameters, within limit: Duration
    ) async throws(PostgresError) -> ConnectionParameters {
        guard parameters.needsResolution else { return parameters }
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<ConnectionParameters, PostgresError>, Never>) in
            let once = Once(continuation)
            queue.async {
                do throws(PostgresError) {
                    once.resume(.success(try parameters.resolved()))
                } catch {
                    once.resume(.failure(error))
                }
            }
            let (seconds, attoseconds) = limit.components
            let wait = Double(seconds) + Double(attoseconds) / 1e18
            DispatchQueue.global().asyncAfter(deadline: .now() + wait) { once.resume(.failure(.timedOut)) }
        }
        return try result.get()
    }

    /// Resumes a continuation with the first of two answers.
    private final class Once<Answer: Sendable>: Sendable {
        private let continuation: Mutex<CheckedContinuation<Answer, Never>?>

        init(_ continuation: CheckedContinuation<Answer, Never>) { self.continuation = Mutex(continuation) }

        func resume(_ answer: Answer) {
            continuation.withLock { $0.take() }?.resume(returning: answer)
        }
    }
}
