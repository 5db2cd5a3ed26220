/// Where the database is and how hard it may be used.
package struct PostgresConfiguration: Sendable {
    /// A libpq connection string: `postgresql://…` or `host=… dbname=…`. May hold a password, so it is never shown.
    package var url: String
    /// How many connections the pool opens at most; they are opened as they are needed.
    package var connections: Int
    /// How long one attempt to connect may take, the resolution of names included.
    package var connectTimeout: Duration
    /// How long a query may take, waiting for a connection included.
    package var queryTimeout: Duration
    /// How many queries may wait for a connection; one more is refused with `PostgresError.overloaded`.
    package var waitingMax: Int
    /// How long to wait before connecting again, by the number of failures in a row.
    package var backoff: Backoff
    /// How often an idle `listen` connection is asked for a sign of life.
    package var heartbeat: Duration

    package init(
        url: String, connections: Int = 8, connectTimeout: Duration = .seconds(5),
        queryTimeout: Duration = .seconds(5), waitingMax: Int = 1_024, backoff: Backoff = Backoff(),
        heartbeat: Duration = .seconds(10)
    ) {
        self.url = url
        self.connections = max(1, connections)
        self.connectTimeout = connectTimeout
        self.queryTimeout = queryTimeout
        self.waitingMax = max(0, waitingMax)
        self.backoff = backoff
        self.heartbeat = heartbeat
    }

    /// Throws if libpq cannot read the URL. The reason does not quote it.
    package static func validate(url: String) throws(PostgresError) { _ = try ConnectionParameters(url: url) }
}

/// Exponential backoff with jitter: so that many gateways do not all come back to a database in the same instant.
package struct Backoff: Sendable {
    package var first: Duration
    package var most: Duration
    /// A number from 0 to 1. Tests put a sequence of their own here.
    package var random: @Sendable () -> Double

    package init(
        first: Duration = .milliseconds(50), most: Duration = .seconds(5),
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
    ) {
        self.first = first
        self.most = most
        self.random = random
    }

    /// How long to wait after `failures` failures in a row: doubled each time up to `most`, of which between one half
    /// and the whole is taken.
    package func delay(afterFailures failures: Int) -> Duration {
        var ceiling = first
        for _ in 1..<max(1, min(failures, 64)) where ceiling < most { ceiling = ceiling * 2 }
        return min(ceiling, most) * (0.5 + 0.5 * max(0, min(1, random())))
    }
}
