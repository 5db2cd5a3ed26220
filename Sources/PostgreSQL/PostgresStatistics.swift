/// What a pool has done and how it stands.
package struct PostgresStatistics: Sendable, Hashable {
    /// How many statements were sent, those of a transaction's own (BEGIN, COMMIT, ROLLBACK) included.
    package var queries = 0
    /// How many exchanges with the server that took.
    package var roundTrips = 0
    package var timeouts = 0
    package var connectionsOpened = 0
    package var connectFailures = 0
    /// How many connections are open now, and how many of them do nothing.
    package var open = 0
    package var idle = 0
    /// How many queries wait for a connection now.
    package var waiting = 0
    /// Why the last attempt to connect failed; nil when it succeeded, or there was none.
    package var lastFailure: PostgresError?
}
