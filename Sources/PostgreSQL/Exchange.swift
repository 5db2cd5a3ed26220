import CPQ
import EventLoop

/// One round trip on a connection: sends, and receives until both sides are in step again.
final class Exchange {
    let handle: ConnectionHandle
    let watch: Watch
    private let loop: EventLoop
    private let deadline: MonotonicInstant
    /// Whether everything that was sent has been answered, so that the next exchange may begin.
    private(set) var isInStep = true
    private(set) var preparedNames: [String] = []

    init(handle: ConnectionHandle, watch: Watch, loop: EventLoop, deadline: MonotonicInstant) {
        self.handle = handle
        self.watch = watch
        self.loop = loop
        self.deadline = deadline
    }

    /// Sends commands as one pipeline and returns the rows of those that execute. The first error of the server ends
    /// the pipeline there; it is thrown when the server has come to the end of it.
    func run(_ commands: [PostgresConnection.Command]) async throws(PostgresError) -> [Rows] {
        isInStep = false
        for command in commands {
            let isSent =
                switch command {
                case .prepare(let name, let sql): handle.sendPrepare(name: name, sql: sql)
                case .execute(let name, let parameters): handle.sendExecute(name: name, parameters)
                }
            guard isSent else { throw .unavailable(handle.errorMessage) }
        }
        guard handle.sendSync() else { throw .unavailable(handle.errorMessage) }
        try await flush()

        var rows: [Rows] = []
        var failure: ServerError?
        for command in commands {
            while let result = try await nextResult(after: failure) {
                switch result.status {
                case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
                    if case .prepare(let name, _) = command {
                        preparedNames.append(name)
                    } else {
                        rows.append(Rows(result: result))
                    }
                case PGRES_PIPELINE_ABORTED: break
                default: failure = try error(of: result, after: failure)
                }
            }
        }
        guard let end = try await nextResult(after: failure), end.status == PGRES_PIPELINE_SYNC else {
            throw failure.map { .server($0) } ?? .unexpected("the pipeline did not end")
        }
        isInStep = true
        if let failure { throw .server(failure) }
        return rows
    }

    /// Runs a text of several statements by the simple protocol, and leaves pipeline mode for that long.
    func runScript(_ sql: String) async throws(PostgresError) {
        isInStep = false
        guard handle.leavePipelineMode(), handle.sendScript(sql) else { throw .unavailable(handle.errorMessage) }
        try await flush()
        var failure: ServerError?
        while let result = try await nextResult(after: failure) {
            switch result.status {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
            default: failure = try error(of: result, after: failure)
            }
        }
        guard handle.enterPipelineMode() else { throw failure.map { .server($0) } ?? .unavailable(handle.errorMessage) }
        isInStep = true
        if let failure { throw .server(failure) }
    }

    /// Waits until something has arrived, or the deadline has passed. Nothing is in flight, so giving up does no harm,
    /// and a cancellation neither.
    func awaitInput() async throws(PostgresError) {
        do throws(PostgresError) {
            try await wait { (watch, deadline) async throws(IOError) in try await watch.readable(deadline: deadline) }
        } catch {
            if error == .timedOut { return }
            throw error
        }
        guard handle.consumeInput() else { throw .unavailable(handle.errorMessage) }
    }

    /// The first error counts; one that libpq made up means that the connection is lost. COPY is not spoken here.
    private func error(of result: QueryResult, after failure: ServerError?) throws(PostgresError) -> ServerError {
        if let failure { return failure }
        guard let error = result.serverError else {
            throw handle.hasFailed ? .unavailable(handle.errorMessage) : .unexpected("status \(result.status.rawValue)")
        }
        return error
    }

    /// Sends what libpq has buffered. A server that itself waits for us to read is read from meanwhile, or both would
    /// wait for ever.
    private func flush() async throws(PostgresError) {
        while try !handle.flush() {
            let patience = min(deadline, loop.now + .milliseconds(5))
            do throws(PostgresError) {
                try await wait { (watch, _) async throws(IOError) in try await watch.writable(deadline: patience) }
            } catch {
                guard error == .timedOut, loop.now < deadline else { throw error }
            }
            while handle.hasSomethingToRead {
                guard handle.consumeInput() else { throw .unavailable(handle.errorMessage) }
            }
        }
    }

    /// The next result; nil between two commands. A connection that is lost after the server said why throws that.
    private func nextResult(after failure: ServerError?) async throws(PostgresError) -> QueryResult? {
        while handle.isBusy {
            try await wait { (watch, deadline) async throws(IOError) in try await watch.readable(deadline: deadline) }
            // A loss is told by the next result, which also holds what the server said before it.
            guard handle.consumeInput() else { break }
        }
        if handle.isBusy { throw failure.map { .server($0) } ?? .unavailable(handle.errorMessage) }
        return handle.nextResult()
    }

    private func wait(
        _ body: (Watch, MonotonicInstant) async throws(IOError) -> Void
    ) async throws(PostgresError) {
        precondition(loop.isCurrent, "libpq's connection belongs to its loop")
        do throws(IOError) {
            try await body(watch, deadline)
        } catch {
            switch error {
            case .timedOut: throw .timedOut
            case .cancelled: throw .cancelled
            default: throw .unavailable("\(error)")
            }
        }
    }
}
