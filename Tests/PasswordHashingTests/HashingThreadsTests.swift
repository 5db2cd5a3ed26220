import Dispatch
import Synchronization
import Testing

@testable import PasswordHashing

@Suite struct HashingThreadsTests {
    /// Keeps jobs on their threads until it is opened.
    final class Gate: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)
        let entered = Atomic<Int>(0)

        func pass() -> Result<Int, PasswordHashingError> {
            entered.wrappingAdd(1, ordering: .sequentiallyConsistent)
            semaphore.wait()
            return .success(1)
        }

        func open(_ count: Int) { for _ in 0..<count { semaphore.signal() } }
    }

    private func until(_ condition: () -> Bool) async {
        for _ in 0..<60_000 where !condition() { try? await Task.sleep(for: .milliseconds(1)) }
        #expect(condition())
    }

    @Test func `no more run at once than there are threads, and no more wait than may`() async throws {
        let gate = Gate()
        let threads = HashingThreads(count: 2, queueMax: 3)
        let tasks = (0..<2).map { _ in Task { try await threads.run { gate.pass() } } }
        await until { gate.entered.load(ordering: .sequentiallyConsistent) == 2 }
        let waiting = (0..<3).map { _ in Task { try await threads.run { gate.pass() } } }
        await until { threads.waiting == 3 }

        let error = await #expect(throws: PasswordHashingError.self) { try await threads.run { gate.pass() } }
        guard case .busy(let retryAfter) = error else { Issue.record("not busy"); return }
        #expect(retryAfter >= .seconds(1) && retryAfter < .seconds(60))
        #expect(gate.entered.load(ordering: .sequentiallyConsistent) == 2)

        gate.open(5)
        for task in tasks + waiting { #expect(try await task.value == 1) }
        #expect(threads.waiting == 0)
    }

    @Test func `a caller that is cancelled leaves the queue at once`() async throws {
        let gate = Gate()
        let threads = HashingThreads(count: 1, queueMax: 2)
        let running = Task { try await threads.run { gate.pass() } }
        await until { gate.entered.load(ordering: .sequentiallyConsistent) == 1 }
        let waiting = (0..<2).map { _ in Task { try await threads.run { gate.pass() } } }
        await until { threads.waiting == 2 }

        waiting[0].cancel()
        await #expect(throws: PasswordHashingError.cancelled) { try await waiting[0].value }
        #expect(threads.waiting == 1)
        // Its place is free for the next.
        let next = Task { try await threads.run { gate.pass() } }
        await until { threads.waiting == 2 }

        // One that runs already gets its answer.
        running.cancel()
        gate.open(3)
        #expect(try await running.value == 1)
        #expect(try await waiting[1].value == 1)
        #expect(try await next.value == 1)
    }

    @Test func `a caller that was cancelled before it asked does not wait`() async throws {
        let gate = Gate()
        let threads = HashingThreads(count: 1, queueMax: 2)
        let running = Task { try await threads.run { gate.pass() } }
        await until { gate.entered.load(ordering: .sequentiallyConsistent) == 1 }
        let late = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await threads.run { gate.pass() }
        }
        late.cancel()
        await #expect(throws: PasswordHashingError.cancelled) { try await late.value }
        #expect(threads.waiting == 0)
        gate.open(1)
        _ = try await running.value
    }

    @Test func `a failing job fails its own caller only`() async throws {
        let threads = HashingThreads(count: 1, queueMax: 2)
        await #expect(throws: PasswordHashingError.failed(code: -22)) {
            try await threads.run { Result<Int, _>.failure(.failed(code: -22)) }
        }
        #expect(try await threads.run { .success(7) } == 7)
    }

    @Test func `threads end when nobody holds them any more`() async throws {
        weak var queue: HashingQueue?
        do {
            let held = HashingQueue(waitingMax: 1)
            queue = held
            let thread = Task.detached {
                await withCheckedContinuation { done in
                    DispatchQueue.global().async {
                        held.serve(); done.resume()
                    }
                }
            }
            held.close(threads: 1)
            await thread.value
        }
        #expect(queue == nil)
        for _ in 0..<50 { _ = try await HashingThreads(count: 2, queueMax: 1).run { .success(1) } }
    }

    @Test func `a pool without threads says so instead of waiting for ever`() async {
        await #expect(throws: PasswordHashingError.failed(code: -33)) {
            try await HashingThreads(count: 0, queueMax: 1).run { .success(1) }
        }
    }
}
