package import EventLoop
import Synchronization

/// Connections to one database, opened as they are needed and shared by everybody; all on one loop.
///
/// Works when called from any executor. While the server is away, queries fail at once with the reason, and the pool
/// goes on trying to connect by itself, with exponential backoff and jitter. Close it before its loop stops: a task
/// that waits for a loop which has ended waits for ever.
package actor PostgresPool {
    private let loop: EventLoop
    private let configuration: PostgresConfiguration
    private let parameters: ConnectionParameters
    private nonisolated let counters = Mutex(PostgresStatistics())

    /// The one that was used last is used first, so that the others may rest.
    private var idle: [PostgresConnection] = []
    private var open = 0
    private var connecting = 0
    private var waiting = WaitingQueue()
    private var schedule: BackoffSchedule
    private var lastFailure: PostgresError?
    private var isRetrying = false
    private var isClosed = false
    private var listeners: [Task<Void, Never>] = []

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// A pool that connects at the first query. Throws if the URL cannot be read.
    package init(configuration: PostgresConfiguration, loop: EventLoop) throws(PostgresError) {
        parameters = try ConnectionParameters(url: configuration.url)
        self.configuration = configuration
        self.loop = loop
        schedule = BackoffSchedule(configuration.backoff)
    }

    /// What the pool has done so far. From any thread.
    package nonisolated var statistics: PostgresStatistics { counters.withLock { $0 } }

    // MARK: Queries

    /// Runs one statement.
    @discardableResult
    package func query(
        _ statement: Statement, _ parameters: [PostgresValue] = [], timeout: Duration? = nil
    ) async throws(PostgresError) -> Rows {
        guard let rows = try await batch([Query(statement, parameters)], timeout: timeout).first else {
            throw .unexpected("a statement without a result")
        }
        return rows
    }

    /// Runs several statements in one round trip and one transaction: all of them take effect, or none.
    package func batch(_ queries: [Query], timeout: Duration? = nil) async throws(PostgresError) -> [Rows] {
        let deadline = MonotonicInstant.now() + (timeout ?? configuration.queryTimeout)
        let connection = try await acquire(deadline: deadline)
        do throws(PostgresError) {
            let rows = try await run(queries, on: connection, deadline: deadline)
            await release(connection)
            return rows
        } catch {
            await release(connection)
            throw error
        }
    }

    /// Runs a text of several statements without parameters, as one transaction unless it says otherwise.
    package func script(_ sql: String, timeout: Duration? = nil) async throws(PostgresError) {
        let deadline = MonotonicInstant.now() + (timeout ?? configuration.queryTimeout)
        let connection = try await acquire(deadline: deadline)
        do throws(PostgresError) {
            try await runScript(sql, on: connection, deadline: deadline)
            await release(connection)
        } catch {
            await release(connection)
            throw error
        }
    }

    /// Runs `body` in one transaction, on the caller's executor: committed when it returns; rolled back when it
    /// throws, when the task is cancelled, and when one of its statements failed, even if `body` caught that.
    ///
    /// BEGIN travels with the first statement. Each statement has `timeout` for itself.
    package nonisolated func transaction<R>(
        timeout: Duration? = nil, _ body: (PostgresTransaction) async throws -> R
    ) async throws -> R {
        let limit = timeout ?? configuration.queryTimeout
        let connection = try await acquire(deadline: .now() + limit)
        let transaction = PostgresTransaction(pool: self, connection: connection, timeout: limit)
        do {
            let result = try await body(transaction)
            try await transaction.commit()
            await release(connection)
            return result
        } catch {
            await transaction.rollback()
            await release(connection)
            throw error
        }
    }

    /// Listens to a channel (LISTEN) on a connection of its own, until the stream is let go of or the pool closes.
    ///
    /// - Parameter proofs: how often to tell up to which moment nothing is missing (`complete`); nil: never.
    package func listen(_ channel: String, proofs: Duration? = nil) -> AsyncStream<PostgresListenEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: PostgresListenEvent.self, bufferingPolicy: .bufferingOldest(PostgresListener.bufferMax))
        guard !isClosed else {
            continuation.finish()
            return stream
        }
        let listener = PostgresListener(
            channel: channel, parameters: parameters, configuration: configuration, loop: loop,
            continuation: continuation, proofs: proofs)
        let task = Task(executorPreference: loop) { await listener.run() }
        continuation.onTermination = { _ in task.cancel() }
        listeners.append(task)
        return stream
    }

    /// Ends the pool: who waits is told, idle connections close at once and the others when they are done.
    package func close() async {
        isClosed = true
        for waiter in waiting.removeAll() { waiter.resume(throwing: .unavailable("the pool is closed")) }
        for connection in idle { await connection.close() }
        open -= idle.count
        idle.removeAll()
        for listener in listeners { listener.cancel() }
        for listener in listeners { await listener.value }
        listeners.removeAll()
        count()
    }

    // MARK: Running, counted

    func run(
        _ queries: [Query], on connection: PostgresConnection, deadline: MonotonicInstant, isCancellable: Bool = true
    ) async throws(PostgresError) -> [Rows] {
        counters.withLock {
            $0.queries += queries.count
            $0.roundTrips += 1
        }
        do throws(PostgresError) {
            return try await connection.run(queries, deadline: deadline, isCancellable: isCancellable)
        } catch {
            noteTimeout(error)
            throw error
        }
    }

    func runScript(
        _ sql: String, on connection: PostgresConnection, deadline: MonotonicInstant
    ) async throws(PostgresError) {
        counters.withLock {
            $0.queries += 1
            $0.roundTrips += 1
        }
        do throws(PostgresError) {
            try await connection.runScript(sql, deadline: deadline)
        } catch {
            noteTimeout(error)
            throw error
        }
    }

    private func noteTimeout(_ error: PostgresError) {
        if error == .timedOut { counters.withLock { $0.timeouts += 1 } }
    }

    // MARK: Connections

    /// A connection for the caller alone, who must `release` it.
    private func acquire(deadline: MonotonicInstant) async throws(PostgresError) -> PostgresConnection {
        while true {
            let connection = try await take(deadline: deadline)
            if await connection.isAlive() { return connection }
            await discard(connection)
        }
    }

    private func take(deadline: MonotonicInstant) async throws(PostgresError) -> PostgresConnection {
        guard !isClosed else { throw .unavailable("the pool is closed") }
        guard !Task.isCancelled else { throw .cancelled }
        if waiting.isEmpty, let connection = idle.popLast() {
            count()
            return connection
        }
        // With no connection left and the next attempt not yet due, waiting would bring nothing.
        if open == 0, connecting == 0, let lastFailure, !schedule.mayAttempt(at: loop.now) { throw lastFailure }
        guard waiting.count < configuration.waitingMax else { throw .overloaded }
        let number = waiting.reserve()
        let result: Result<PostgresConnection, PostgresError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enqueue(WaitingQueue.Waiter(number: number, continuation: continuation), deadline: deadline)
            }
        } onCancel: {
            Task(executorPreference: loop) { await self.giveUp(number, .cancelled) }
        }
        return try result.get()
    }

    /// Takes somebody into the queue, in the place that was reserved for them. Things may have changed since then: the
    /// way here may have led over other executors.
    private func enqueue(_ waiter: consuming WaitingQueue.Waiter, deadline: MonotonicInstant) {
        let number = waiter.number
        waiter.timer = Task(executorPreference: loop) { [loop] in
            await loop.sleep(until: deadline)
            if !Task.isCancelled { await self.giveUp(number, .timedOut) }
        }
        waiting.fill(waiter)
        if isClosed {
            giveUp(number, .unavailable("the pool is closed"))
        } else if Task.isCancelled {
            giveUp(number, .cancelled)
        } else if let connection = idle.popLast() {
            give(connection)
        } else {
            openMore()
        }
        count()
    }

    /// Ends one wait, if it has not ended yet.
    private func giveUp(_ number: UInt64, _ error: PostgresError) {
        guard let waiter = waiting.remove(number) else { return }
        if error == .timedOut { counters.withLock { $0.timeouts += 1 } }
        count()
        waiter.resume(throwing: error)
    }

    /// Takes a connection back; one that is not at rest is closed.
    private func release(_ connection: PostgresConnection) async {
        guard await connection.isAtRest, !isClosed else { return await discard(connection) }
        give(connection)
    }

    private func give(_ connection: PostgresConnection) {
        if let waiter = waiting.removeFirst() {
            waiter.resume(returning: connection)
        } else {
            idle.append(connection)
        }
        count()
    }

    private func discard(_ connection: PostgresConnection) async {
        open -= 1
        await connection.close()
        openMore()
        count()
    }

    /// Begins to connect, once for each who waits, as far as the limit and the backoff allow.
    private func openMore() {
        guard !isClosed else { return }
        while connecting < waiting.count, open + connecting < configuration.connections,
            schedule.mayAttempt(at: loop.now)
        {
            openOne()
        }
        // Without this, who waits while the next attempt is not yet due would wait in vain.
        if !waiting.isEmpty, open == 0, connecting == 0 { failed(lastFailure ?? .unavailable("no connection")) }
    }

    private func openOne() {
        connecting += 1
        Task(executorPreference: loop) { await self.connect() }
    }

    private func connect() async {
        do throws(PostgresError) {
            let connection = try await PostgresConnection.connect(
                to: parameters, loop: loop, within: configuration.connectTimeout)
            connecting -= 1
            guard !isClosed else { return await connection.close() }
            open += 1
            lastFailure = nil
            schedule.succeeded()
            counters.withLock { $0.connectionsOpened += 1 }
            give(connection)
        } catch {
            connecting -= 1
            counters.withLock { $0.connectFailures += 1 }
            lastFailure = error == .timedOut ? .unavailable("the server did not answer in time") : error
            schedule.failed(at: loop.now)
            failed(lastFailure ?? error)
        }
    }

    /// Tells those who wait, unless another connection may still serve them, and sees to the next attempt.
    private func failed(_ error: PostgresError) {
        if open == 0, connecting == 0 {
            for waiter in waiting.removeAll() { waiter.resume(throwing: error) }
        }
        count()
        guard !isRetrying, !isClosed else { return }
        isRetrying = true
        let next = schedule.nextAttempt
        Task(executorPreference: loop) { [loop] in
            await loop.sleep(until: next)
            await self.retry()
        }
    }

    /// The backoff is over: connects for those who wait, or, with no connection at all, to see whether the server is
    /// back.
    private func retry() {
        isRetrying = false
        guard !isClosed else { return }
        if open == 0, connecting == 0 { openOne() } else { openMore() }
    }

    private func count() {
        counters.withLock {
            $0.open = open
            $0.idle = idle.count
            $0.waiting = waiting.count
            $0.lastFailure = lastFailure
        }
    }
}
