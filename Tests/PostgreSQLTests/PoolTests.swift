import EventLoop
import Glibc
@testable import PostgreSQL
import Testing

@Suite struct `The pool` {
    @Test func `serves 200 tasks with 4 connections`() async throws {
        try await withPool(connections: 4) { pool in
            let sum = try await withThrowingTaskGroup(of: Int64.self) { group in
                for number in 1...200 {
                    group.addTask { [pool] in
                        try await pool.query("SELECT $1::bigint AS n, pg_sleep(0.002)", [.int(Int64(number))])[0].int(
                            "n")
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 20_100)
            #expect(pool.statistics.connectionsOpened <= 4)
            #expect(pool.statistics.queries == 200)
            #expect(pool.statistics.waiting == 0)
        }
    }

    @Test func `prepares and executes in one round trip`() async throws {
        try await withPool(connections: 1) { pool in
            for _ in 1...3 { try await pool.query("SELECT 1") }
            #expect(pool.statistics.roundTrips == 3)
            let rows = try await pool.query("SELECT count(*) AS n FROM pg_prepared_statements")
            #expect(try rows[0].int("n") == 2)
        }
    }

    @Test func `ends a query that takes too long, cancels it at the server, and is well afterwards`() async throws {
        try await withPool(connections: 2) { pool in
            // So that there is a connection, and the time is the query's alone.
            try await pool.query("SELECT 1")
            let error = await failure {
                try await pool.query("SELECT pg_sleep(600) AS marked", timeout: .milliseconds(100))
            }
            #expect(error == .timedOut)
            #expect(pool.statistics.timeouts == 1)
            let gone = try await eventually {
                let rows = try await pool.query(
                    """
                    SELECT count(*) AS n FROM pg_stat_activity
                    WHERE query LIKE '%pg_sleep(600) AS marked' AND state = 'active' AND datname = current_database()
                    """)
                return try rows[0].int("n") == 0
            }
            #expect(gone)
            #expect(pool.statistics.open <= 2)
        }
    }

    @Test func `ends at the server what was cancelled before the server began with it`() async throws {
        try await withPool(connections: 1) { pool in
            let server = try await pool.query("SELECT pg_backend_pid() AS process")[0].int("process")
            let process = try #require(pid_t(exactly: server))
            // The statement arrives while the server sleeps, and is still unread when the cancellation wakes it.
            kill(process, SIGSTOP)
            let error = await failure { try await pool.query("SELECT pg_sleep(600)", timeout: .milliseconds(100)) }
            #expect(error == .timedOut)
            try await Task.sleep(for: .milliseconds(500))
            kill(process, SIGCONT)
            let gone = try await eventually {
                let rows = try await pool.query(
                    "SELECT count(*) AS n FROM pg_stat_activity WHERE pid = $1::integer", [.int(server)])
                return try rows[0].int("n") == 0
            }
            #expect(gone)
        }
    }

    @Test func `does not give a connection to the next one while a cancelled query runs on it`() async throws {
        try await withPool(connections: 1) { pool in
            for _ in 1...20 {
                let task = Task { try await pool.query("SELECT pg_sleep(0.01)") }
                try await Task.sleep(for: .milliseconds(9))
                task.cancel()
                let answer = try await pool.query("SELECT 42 AS n")
                #expect(try answer[0].int("n") == 42)
                _ = await task.result
            }
        }
    }

    @Test func `refuses at once what would wait beyond its bound`() async throws {
        try await withPool(connections: 1, queryTimeout: .seconds(60), waitingMax: 3) { pool in
            let holder = try await hold(pool)
            let errors = await withTaskGroup(of: PostgresError?.self) { group in
                for _ in 1...10 {
                    group.addTask { [pool] in await failure { try await pool.query("SELECT 1") } }
                }
                var errors: [PostgresError?] = []
                for await error in group {
                    errors.append(error)
                    // Those who may wait are served when the connection is free.
                    if errors.count == 7 { holder.cancel() }
                }
                return errors
            }
            #expect(errors.prefix(7).allSatisfy { $0 == .overloaded })
            #expect(errors.suffix(3).allSatisfy { $0 == nil })
        }
    }

    @Test func `lets go of those who wait when their time is over or their task is cancelled`() async throws {
        try await withPool(connections: 1) { pool in
            let holder = try await hold(pool)
            let late = await failure { try await pool.query("SELECT 1", timeout: .milliseconds(50)) }
            #expect(late == .timedOut)
            let cancelled = Task { try await pool.query("SELECT 1") }
            let waits = try await eventually { pool.statistics.waiting == 1 }
            #expect(waits)
            cancelled.cancel()
            #expect(await failure { _ = try await cancelled.value } == .cancelled)
            #expect(pool.statistics.waiting == 0)
            holder.cancel()
            #expect(await failure { _ = try await holder.value } == .cancelled)
        }
    }

    /// Has the only connection busy until the task is cancelled.
    private func hold(_ pool: PostgresPool) async throws -> Task<Rows, any Error> {
        let holder = Task { try await pool.query("SELECT pg_sleep(600)", timeout: .seconds(600)) }
        let isRunning = try await eventually { pool.statistics.roundTrips == 1 }
        #expect(isRunning)
        return holder
    }

    @Test func `that is closed says so, also to those who wait`() async throws {
        try await withPool(connections: 1) { pool in
            let holder = Task { try await pool.query("SELECT pg_sleep(5)") }
            let waiter = Task { try await pool.query("SELECT 1") }
            let waits = try await eventually { pool.statistics.waiting >= 1 && pool.statistics.roundTrips == 1 }
            #expect(waits)
            await pool.close()
            #expect(await failure { _ = try await waiter.value } == .unavailable("the pool is closed"))
            #expect(await failure { try await pool.query("SELECT 1") } == .unavailable("the pool is closed"))
            _ = try await holder.value
        }
    }

    @Test func `sends and receives megabytes in one batch without standing still`() async throws {
        try await withPool(connections: 1) { pool in
            let block = [UInt8](repeating: 7, count: 4_000_000)
            let queries = (0..<6).map { _ in Query("SELECT $1::bytea AS b", [.bytes(block)]) }
            let rows = try await pool.batch(queries)
            #expect(rows.count == 6)
            #expect(try rows.allSatisfy { try $0[0].bytes("b") == block })
        }
    }
}

@Suite struct `Backing off` {
    @Test(arguments: [(1, 50), (2, 100), (3, 200), (4, 400), (7, 3_200), (8, 5_000), (9, 5_000), (1_000_000, 5_000)])
    func `doubles up to its bound`(failures: Int, milliseconds: Int) {
        let backoff = Backoff(first: .milliseconds(50), most: .seconds(5), random: { 1 })
        #expect(backoff.delay(afterFailures: failures) == .milliseconds(milliseconds))
    }

    @Test(arguments: [(0.0, 200), (0.5, 300), (1.0, 400), (-3.0, 200), (9.0, 400)])
    func `takes between a half and the whole`(random: Double, milliseconds: Int) {
        let backoff = Backoff(first: .milliseconds(50), most: .seconds(5), random: { random })
        #expect(backoff.delay(afterFailures: 4) == .milliseconds(milliseconds))
    }

    @Test func `by a clock of our own: attempts, failures in a row, and success`() {
        var schedule = BackoffSchedule(Backoff(first: .seconds(1), most: .seconds(4), random: { 1 }))
        var now = MonotonicInstant(nanoseconds: 1_000)
        #expect(schedule.mayAttempt(at: now))
        for wait in [1, 2, 4, 4] {
            schedule.failed(at: now)
            // Attempts that were under way at the same time do not count again.
            schedule.failed(at: now)
            #expect(!schedule.mayAttempt(at: now + .milliseconds(wait * 1_000 - 1)))
            now = now + .seconds(wait)
            #expect(schedule.mayAttempt(at: now))
        }
        #expect(schedule.failures == 4)
        schedule.succeeded()
        schedule.failed(at: now)
        #expect(schedule.nextAttempt == now + .seconds(1))
    }
}
