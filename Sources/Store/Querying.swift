package import PostgreSQL

/// What runs a store's statements: a pool, each for itself, or a transaction, all as one.
package protocol Querying: Sendable {
    @discardableResult
    func query(_ statement: Statement, _ parameters: [PostgresValue]) async throws(PostgresError) -> Rows
    /// Runs several statements in one round trip and one transaction.
    @discardableResult
    func batch(_ queries: [Query]) async throws(PostgresError) -> [Rows]
}

extension Querying {
    @discardableResult
    package func query(_ statement: Statement) async throws(PostgresError) -> Rows { try await query(statement, []) }
}

extension PostgresPool: Querying {
    @discardableResult
    package nonisolated func query(
        _ statement: Statement, _ parameters: [PostgresValue]
    ) async throws(PostgresError) -> Rows {
        try await query(statement, parameters, timeout: nil)
    }

    @discardableResult
    package nonisolated func batch(_ queries: [Query]) async throws(PostgresError) -> [Rows] {
        try await batch(queries, timeout: nil)
    }
}

extension PostgresTransaction: Querying {
    @discardableResult
    package func query(
        _ statement: Statement, _ parameters: [PostgresValue]
    ) async throws(PostgresError) -> Rows {
        try await query(statement, parameters, timeout: nil)
    }

    @discardableResult
    package func batch(_ queries: [Query]) async throws(PostgresError) -> [Rows] {
        try await batch(queries, timeout: nil)
    }
}
