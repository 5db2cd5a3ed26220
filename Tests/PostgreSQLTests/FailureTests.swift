import EventLoop
import GatehouseTesting
import PostgreSQL
import Testing

@Suite(.timeLimit(.minutes(10))) struct `When the server fails` {
    @Test func `by kill -9, every query ends with an error, and the pool recovers by itself`() async throws {
        try await withServer { server in
            try await withPool(on: server, connections: 4) { pool in
                try await pool.query("SELECT 1")
                let queries = Task {
                    await withTaskGroup(of: PostgresError?.self) { group in
                        for _ in 1...20 {
                            group.addTask { [pool] in await failure { try await pool.query("SELECT pg_sleep(30)") } }
                        }
                        return await group.reduce(into: []) { $0.append($1) }
                    }
                }
                let running = try await eventually { pool.statistics.roundTrips == 5 && pool.statistics.waiting == 16 }
                #expect(running)
                try await server.kill()
                let errors = await queries.value
                #expect(errors.count == 20)
                #expect(errors.allSatisfy { $0?.isUnavailability == true })

                // Away: the answer is quick, and says why.
                let clock = ContinuousClock()
                let start = clock.now
                for _ in 1...50 {
                    let error = await failure { try await pool.query("SELECT 1") }
                    #expect(error?.isUnavailability == true)
                }
                #expect(clock.now - start < .seconds(20), "none waits for as long as a query may take")
                #expect(pool.statistics.lastFailure != nil)

                try await server.restart()
                // Nobody asks: the pool comes back alone.
                let back = try await eventually { pool.statistics.idle > 0 }
                #expect(back)
                #expect(try await pool.query("SELECT 1 AS n")[0].int("n") == 1)
                #expect(pool.statistics.lastFailure == nil)
            }
        }
    }

    @Test func `while it rests, the next query does not notice`() async throws {
        try await withServer { server in
            try await withPool(on: server, connections: 2) { pool in
                try await pool.query("SELECT 1")
                try await server.kill()
                try await server.restart()
                #expect(try await pool.query("SELECT 1 AS n")[0].int("n") == 1)
                #expect(pool.statistics.connectionsOpened == 2)
            }
        }
    }

    @Test func `by being stopped (SIGSTOP), queries and attempts to connect time out`() async throws {
        try await withServer { server in
            try await withPool(
                on: server, connections: 2, queryTimeout: .seconds(2), connectTimeout: .seconds(2)
            ) { pool in
                let isThere = try await eventually { await failure { try await pool.query("SELECT 1") } == nil }
                #expect(isThere)
                try server.pause()
                for _ in 1...3 {
                    let error = await failure { try await pool.query("SELECT 1") }
                    #expect(error?.isUnavailability == true)
                }
                try server.resume()
                let back = try await eventually { await failure { try await pool.query("SELECT 1") } == nil }
                #expect(back)
            }
        }
    }

    @Test func `by shutting down, a running query is told so (57P01)`() async throws {
        try await withServer { server in
            try await withPool(on: server, connections: 1) { pool in
                try await pool.query("SELECT 1")
                let query = Task { await failure { try await pool.query("SELECT pg_sleep(30)") } }
                let running = try await eventually { pool.statistics.roundTrips == 2 }
                #expect(running)
                try await Task.sleep(for: .milliseconds(100))
                try await server.shutDown()
                let error = await query.value
                #expect(error?.sqlState == "57P01")
                #expect(error?.isUnavailability == true)
                try await server.restart()
                let back = try await eventually { await failure { try await pool.query("SELECT 1") } == nil }
                #expect(back)
            }
        }
    }

    @Test func `by having no connection left (53300), queries use those that there are`() async throws {
        try await withServer(settings: ["max_connections": "5", "superuser_reserved_connections": "0"]) { server in
            try await withPool(on: server, connections: 12) { pool in
                let errors = await withTaskGroup(of: PostgresError?.self) { group in
                    for _ in 1...40 {
                        group.addTask { [pool] in await failure { try await pool.query("SELECT pg_sleep(0.02)") } }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(errors.allSatisfy { $0 == nil || $0?.isUnavailability == true })
                #expect(errors.contains(nil))
                #expect(pool.statistics.open <= 5)
                #expect(pool.statistics.connectFailures > 0)
                let row = try await pool.query("SELECT 1 AS n")[0]
                #expect(try row.int("n") == 1)
            }
        }
    }

    @Test(arguments: [
        "postgresql:///nowhere?host=/nonexistent", "postgresql://127.0.0.1:1/x", "postgresql://host.invalid/x",
    ]) func `by not being there, the answer says so quickly`(url: String) async throws {
        let configuration = PostgresConfiguration(url: url, connectTimeout: .seconds(3), queryTimeout: .seconds(5))
        try await withPool(configuration) { pool in
            for _ in 1...3 {
                let error = await failure { try await pool.query("SELECT 1") }
                #expect(error?.isUnavailability == true)
            }
        }
    }

    @Test func `for one who listens, loss and regain are told, and notifications arrive after it`() async throws {
        try await withServer { server in
            try await withPool(on: server, heartbeat: .milliseconds(100)) { pool in
                var events = await pool.listen("Changes \"quoted\"").makeAsyncIterator()
                #expect(await events.next() == .listening)
                try await pool.query("SELECT pg_notify($1, $2)", [.text("Changes \"quoted\""), .text("user:1")])
                #expect(
                    await events.next()
                        == .notification(PostgresNotification(channel: "Changes \"quoted\"", payload: "user:1")))
                try await server.kill()
                guard case .lost? = await events.next() else {
                    Issue.record("the loss was not told")
                    return
                }
                try await server.restart()
                #expect(await events.next() == .listening)
                try await server.psql("NOTIFY \"Changes \"\"quoted\"\"\", 'again'")
                #expect(
                    await events.next()
                        == .notification(PostgresNotification(channel: "Changes \"quoted\"", payload: "again")))
            }
        }
    }

    @Test func `for one who listens, a server that is stopped is lost after the heartbeat`() async throws {
        try await withServer { server in
            try await withPool(on: server, queryTimeout: .seconds(1), heartbeat: .milliseconds(100)) { pool in
                var events = await pool.listen("changes").makeAsyncIterator()
                // On a busy machine a server may seem to be stopped.
                while let event = await events.next(), event != .listening {}
                try server.pause()
                while let event = await events.next(), event != .lost(.timedOut) {}
                try server.resume()
                while let event = await events.next(), event != .listening {}
            }
        }
    }

    @Test func `for one who wants proofs, all that was committed before one has been told`() async throws {
        try await withPool { pool in
            var events = await pool.listen("changes", proofs: .milliseconds(50)).makeAsyncIterator()
            #expect(await events.next() == .listening)
            for round in 0..<20 {
                try await pool.query("SELECT pg_notify('changes', $1)", [.text("\(round)")])
                let committed = MonotonicInstant.now()
                var isTold = false
                while true {
                    let event = await events.next()
                    if event == .notification(PostgresNotification(channel: "changes", payload: "\(round)")) {
                        isTold = true
                    } else if case .complete(let moment)? = event, moment > committed {
                        break
                    }
                }
                #expect(isTold)
            }
        }
    }

    @Test func `for one who wants proofs, a server that is stopped proves nothing, and is lost`() async throws {
        try await withServer { server in
            try await withPool(on: server, queryTimeout: .seconds(1)) { pool in
                var events = await pool.listen("changes", proofs: .milliseconds(50)).makeAsyncIterator()
                // On a busy machine a server may seem to be stopped.
                var proof: MonotonicInstant?
                while proof == nil, let event = await events.next() { proof = event.proof }
                try server.pause()
                let paused = MonotonicInstant.now()
                while let event = await events.next(), event != .lost(.timedOut) {
                    if case .complete(let moment) = event { #expect(moment < paused) }
                }
                try server.resume()
                while let event = await events.next(), event != .listening {}
                proof = nil
                while proof == nil, let event = await events.next() { proof = event.proof }
                #expect(try #require(proof) > paused)
            }
        }
    }
}

extension PostgresListenEvent {
    /// Up to when nothing is missing, if this says so.
    fileprivate var proof: MonotonicInstant? {
        if case .complete(let moment) = self { moment } else { nil }
    }
}
