import EventLoop
import Synchronization

/// An open transaction, for the body of `PostgresPool.transaction` alone. Runs one statement at a time.
package final class PostgresTransaction: Sendable {
    private let pool: PostgresPool
    private let connection: PostgresConnection
    private let timeout: Duration
    private let state = Mutex(State())

    private struct State {
        var hasBegun = false
        var isOver = false
        /// The first error of a statement: after it the server accepts nothing but a rollback.
        var failure: PostgresError?
    }

    init(pool: PostgresPool, connection: PostgresConnection, timeout: Duration) {
        self.pool = pool
        self.connection = connection
        self.timeout = timeout
    }

    /// Runs one statement. `timeout` in place of the pool's.
    @discardableResult
    package func query(
        _ statement: Statement, _ parameters: [PostgresValue] = [], timeout: Duration? = nil
    ) async throws(PostgresError) -> Rows {
        guard let rows = try await batch([Query(statement, parameters)], timeout: timeout).first else {
            throw .unexpected("a statement without a result")
        }
        return rows
    }

    /// Runs several statements in one round trip.
    package func batch(_ queries: [Query], timeout: Duration? = nil) async throws(PostgresError) -> [Rows] {
        let isFirst = try begin()
        do throws(PostgresError) {
            let rows = try await pool.run(
                isFirst ? [Query(.begin)] + queries : queries, on: connection,
                deadline: .now() + (timeout ?? self.timeout))
            return isFirst ? Array(rows.dropFirst()) : rows
        } catch {
            state.withLock { $0.failure = $0.failure ?? error }
            throw error
        }
    }

    /// Runs a text of several statements without parameters, such as a migration. It must not end the transaction.
    package func script(_ sql: String, timeout: Duration? = nil) async throws(PostgresError) {
        let deadline = MonotonicInstant.now() + (timeout ?? self.timeout)
        let isFirst = try begin()
        do throws(PostgresError) {
            if isFirst { _ = try await pool.run([Query(.begin)], on: connection, deadline: deadline) }
            try await pool.runScript(sql, on: connection, deadline: deadline)
        } catch {
            state.withLock { $0.failure = $0.failure ?? error }
            throw error
        }
    }

    /// Whether BEGIN must be sent first.
    private func begin() throws(PostgresError) -> Bool {
        let isFirst: Bool? = state.withLock { state in
            guard !state.isOver else { return nil }
            defer { state.hasBegun = true }
            return !state.hasBegun
        }
        guard let isFirst else { throw .unexpected("this transaction is over") }
        return isFirst
    }

    func commit() async throws(PostgresError) {
        let (hasBegun, failure) = state.withLock { ($0.hasBegun, $0.failure) }
        guard hasBegun else { return state.withLock { $0.isOver = true } }
        if Task.isCancelled { throw .cancelled }
        if await connection.hasFailedTransaction { throw failure ?? .unavailable("the connection was lost") }
        let rows = try await pool.run([Query(.commit)], on: connection, deadline: .now() + timeout)
        state.withLock { $0.isOver = true }
        // The server answers so, and not with an error, when there was nothing good to commit.
        guard rows.first?.result.commandTag == "COMMIT" else {
            throw failure ?? .unexpected("the server rolled the transaction back")
        }
    }

    /// Rolls back, whether the task is cancelled or not. If that fails, the pool discards the connection.
    func rollback() async {
        let isOpen = state.withLock { state in
            defer { state.isOver = true }
            return state.hasBegun && !state.isOver
        }
        guard isOpen, await !connection.isAtRest else { return }
        _ = try? await pool.run(
            [Query(.rollback)], on: connection, deadline: .now() + min(timeout, .seconds(5)), isCancellable: false)
    }
}
