import EventLoop
import GatehouseTesting
import PostgreSQL

/// Gives `body` a pool over a database of its own, and puts everything away afterwards.
func withPool<R>(
    on server: PrivatePostgres? = nil, connections: Int = 4, queryTimeout: Duration = .seconds(20),
    connectTimeout: Duration = .seconds(20), waitingMax: Int = 1_024, heartbeat: Duration = .seconds(10),
    _ body: (PostgresPool) async throws -> R
) async throws -> R {
    let url: String
    if let server {
        url = server.url(database: "postgres")
    } else {
        url = try await PrivatePostgres.shared().createDatabase()
    }
    let configuration = PostgresConfiguration(
        url: url, connections: connections, connectTimeout: connectTimeout, queryTimeout: queryTimeout,
        waitingMax: waitingMax, backoff: Backoff(first: .milliseconds(20), most: .milliseconds(200)),
        heartbeat: heartbeat)
    return try await withPool(configuration, body)
}

func withPool<R>(_ configuration: PostgresConfiguration, _ body: (PostgresPool) async throws -> R) async throws -> R {
    let loop = try EventLoop(name: "postgres")
    try loop.start()
    defer {
        loop.stop()
        loop.join()
    }
    let pool = try PostgresPool(configuration: configuration, loop: loop)
    do {
        let result = try await body(pool)
        await pool.close()
        return result
    } catch {
        await pool.close()
        throw error
    }
}

/// Gives `body` a server that it may kill.
func withServer<R>(
    settings: [String: String] = [:], _ body: (PrivatePostgres) async throws -> R
) async throws -> R {
    let server = try await PrivatePostgres.start(settings: settings)
    do {
        let result = try await body(server)
        await server.remove()
        return result
    } catch {
        await server.remove()
        throw error
    }
}

/// The error that `body` ends with; nil if it succeeds.
func failure(of body: () async throws -> Void) async -> PostgresError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? PostgresError ?? .unexpected("another kind of error: \(error)")
    }
}

/// Waits until `condition` holds, for as long as only broken code would need.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<3000 {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(20))
    }
    return false
}
