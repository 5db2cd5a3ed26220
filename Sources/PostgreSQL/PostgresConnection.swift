import CPQ
import EventLoop

/// One connection to the server: runs batches of statements, one batch at a time, each in one round trip.
///
/// Every wait has a deadline. A connection whose state is not known any more, after a timeout, a cancellation or a
/// protocol error, is broken for good: it closes, and what it ran is cancelled at the server as far as possible.
actor PostgresConnection {
    private let loop: EventLoop
    /// Nil when the connection is broken or closed.
    private var handle: ConnectionHandle?
    private var prepared = PreparedStatements()
    private var isRunning = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// What a batch is made of.
    enum Command {
        case prepare(name: String, sql: String)
        case execute(name: String, EncodedParameters)
    }

    private init(loop: EventLoop, handle: sending ConnectionHandle) {
        self.loop = loop
        self.handle = handle
    }

    // MARK: Connecting

    /// Connects. Names of hosts are looked up off the loop.
    static func connect(
        to parameters: ConnectionParameters, loop: EventLoop, within limit: Duration
    ) async throws(PostgresError) -> PostgresConnection {
        let deadline = MonotonicInstant.now() + limit
        let resolved = try await NameResolution.resolve(parameters, within: limit)
        let connection = PostgresConnection(loop: loop, handle: try ConnectionHandle(connectingTo: resolved.all))
        try await connection.finishConnecting(deadline: deadline)
        try await connection.haveClosingNoticed(deadline: deadline)
        return connection
    }

    /// Has the server look every second whether we are still there while it runs something (PostgreSQL, section 20.3.2,
    /// client_connection_check_interval). A cancellation that comes before the statement does is lost, and without this
    /// the server would run the statement to its end for nobody, and keep one of its connections for it.
    ///
    /// Not among the parameters of the connection, which a pooler between us and the server would refuse.
    private func haveClosingNoticed(deadline: MonotonicInstant) async throws(PostgresError) {
        do throws(PostgresError) {
            try await runScript("SET client_connection_check_interval = '1s'", deadline: deadline)
        } catch {
            // A server whose system cannot tell refuses, and is as good as it was.
            guard case .server = error else { throw error }
        }
    }

    private func finishConnecting(deadline: MonotonicInstant) async throws(PostgresError) {
        guard let handle else { throw .unavailable("the connection is closed") }
        do throws(PostgresError) {
            if handle.hasFailed { throw connectFailure(handle) }
            var status = PGRES_POLLING_WRITING
            while status != PGRES_POLLING_OK {
                // The descriptor may be another one after each poll: a watch does not outlive one wait.
                do throws(IOError) {
                    let watch = try Watch(borrowing: handle.descriptor, loop: loop)
                    defer { watch.remove() }
                    switch status {
                    case PGRES_POLLING_READING: try await watch.readable(deadline: deadline)
                    case PGRES_POLLING_WRITING: try await watch.writable(deadline: deadline)
                    default: break
                    }
                } catch {
                    throw error == .timedOut ? .timedOut : .unavailable("\(error)")
                }
                status = handle.pollConnecting()
                if status == PGRES_POLLING_FAILED { throw connectFailure(handle) }
            }
            guard handle.enterPipelineMode() else { throw .unavailable(handle.errorMessage) }
        } catch {
            self.handle = nil
            throw error
        }
    }

    /// libpq gives no SQLSTATE here, but the server's words, which are known for the causes that matter.
    private func connectFailure(_ handle: ConnectionHandle) -> PostgresError {
        .unavailable(handle.errorMessage)
    }

    // MARK: Use

    /// Whether an idle connection is still good. Nothing should have arrived on it: what did is the end of it, or the
    /// server's announcement of that, or something so rare (a changed setting) that a new connection costs less than
    /// a closer look.
    func isAlive() -> Bool {
        guard let handle, !isRunning else { return false }
        guard !handle.hasFailed, handle.transactionStatus == PQTRANS_IDLE, !handle.hasSomethingToRead else {
            close()
            return false
        }
        return true
    }

    /// Whether nobody's transaction is open: whether the connection may go back to the pool.
    var isAtRest: Bool { handle.map { !isRunning && $0.transactionStatus == PQTRANS_IDLE } ?? false }

    /// Whether a statement of the open transaction has failed, so that only a rollback is left.
    var hasFailedTransaction: Bool { handle.map { $0.transactionStatus == PQTRANS_INERROR } ?? true }

    /// Closes the connection. What runs on it fails.
    func close() { handle = nil }

    /// Runs statements in one round trip: all of them, in one transaction, or none. A statement that the server wants
    /// prepared anew, since a table has changed or it has lost it, is prepared again and the batch run once more,
    /// unless an earlier batch opened a transaction.
    func run(
        _ queries: [Query], deadline: MonotonicInstant, isCancellable: Bool = true
    ) async throws(PostgresError) -> [Rows] {
        do throws(PostgresError) {
            return try await runOnce(queries, deadline: deadline, isCancellable: isCancellable)
        } catch {
            guard let state = error.sqlState, PreparedStatements.isStale(state) else { throw error }
            for query in queries { prepared.forget(query.statement.sql) }
            if queries.first?.statement == .begin, hasFailedTransaction {
                _ = try await runOnce([Query(.rollback)], deadline: deadline, isCancellable: isCancellable)
            }
            guard isAtRest else { throw error }
            return try await runOnce(queries, deadline: deadline, isCancellable: isCancellable)
        }
    }

    private func runOnce(
        _ queries: [Query], deadline: MonotonicInstant, isCancellable: Bool
    ) async throws(PostgresError) -> [Rows] {
        var commands: [Command] = []
        prepared.beginBatch()
        for query in queries {
            let parameters = try EncodedParameters(query.parameters)
            let (name, isNew) = prepared.name(for: query.statement.sql)
            if isNew { commands.append(.prepare(name: name, sql: query.statement.sql)) }
            commands.append(.execute(name: name, parameters))
        }
        let batch = commands
        return try await exclusively(deadline: deadline, isCancellable: isCancellable) {
            (exchange) async throws(PostgresError) in
            try await exchange.run(batch)
        } onPrepared: { name in
            prepared.confirm(name)
        }
    }

    /// Runs a text of several statements, without parameters, and drops the rows. Outside of an open transaction it is
    /// one transaction of its own, unless it holds BEGIN or COMMIT.
    func runScript(_ sql: String, deadline: MonotonicInstant) async throws(PostgresError) {
        guard !sql.utf8.contains(0) else { throw .invalidParameter("a script with a NUL character") }
        _ = try await exclusively(deadline: deadline, isCancellable: true) { (exchange) async throws(PostgresError) in
            try await exchange.runScript(sql)
            return []
        } onPrepared: { _ in
        }
    }

    /// Waits until the server has sent a notification or the deadline has passed, and returns what there is.
    func notifications(until deadline: MonotonicInstant) async throws(PostgresError) -> [PostgresNotification] {
        guard let handle else { throw .unavailable("the connection was lost") }
        var found = takeNotifications(handle)
        if !found.isEmpty { return found }
        _ = try await exclusively(deadline: deadline, isCancellable: true) {
            (exchange) async throws(PostgresError) in
            try await exchange.awaitInput()
            return []
        } onPrepared: { _ in
        }
        found = takeNotifications(handle)
        return found
    }

    private func takeNotifications(_ handle: ConnectionHandle) -> [PostgresNotification] {
        var found: [PostgresNotification] = []
        while let next = handle.nextNotification() { found.append(next) }
        return found
    }

    /// Gives `body` the connection for itself, and breaks the connection if that ends with the server out of step.
    private func exclusively(
        deadline: MonotonicInstant, isCancellable: Bool,
        _ body: (Exchange) async throws(PostgresError) -> [Rows],
        onPrepared: (String) -> Void
    ) async throws(PostgresError) -> [Rows] {
        guard let handle else { throw .unavailable("the connection was lost") }
        guard !isRunning else { throw .unexpected("two tasks use one transaction at the same time") }
        if isCancellable, Task.isCancelled { throw .cancelled }
        isRunning = true
        let exchange: Exchange
        do throws(IOError) {
            exchange = Exchange(
                handle: handle, watch: try Watch(borrowing: handle.descriptor, loop: loop), loop: loop,
                deadline: deadline)
        } catch {
            isRunning = false
            throw .unavailable("\(error)")
        }
        let canceller = isCancellable ? exchange.watch.canceller : nil
        let result = await withTaskCancellationHandler {
            await self.result(of: body, exchange)
        } onCancel: {
            canceller?.cancel()
        }
        exchange.watch.remove()
        isRunning = false
        exchange.preparedNames.forEach(onPrepared)
        if exchange.isInStep, !handle.hasFailed { return try result.get() }
        if !handle.hasFailed { handle.canceller()?.cancelSoon() }
        close()
        return try result.get()
    }

    /// Runs `body` here on the loop. A closure handed to the standard library runs elsewhere unless it says so, and
    /// libpq's connection and the loop's deadlines bear only one thread.
    private func result(
        of body: (Exchange) async throws(PostgresError) -> [Rows], _ exchange: Exchange
    ) async -> Result<[Rows], PostgresError> {
        do throws(PostgresError) { return .success(try await body(exchange)) } catch { return .failure(error) }
    }
}
