import EventLoop
import Foundation
import GatehouseTesting
import Identity
import Logging
import PostgreSQL
import Store
import Testing

@testable import Mail

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// An outbox in a database of its own.
private func withOutbox(_ body: (PostgresOutbox, PostgresPool) async throws -> Void) async throws {
    let loop = try EventLoop(name: "mail-tests")
    try loop.start()
    let url = try await PrivatePostgres.shared().createDatabase()
    let pool = try PostgresPool(
        configuration: PostgresConfiguration(url: url, connections: 6, queryTimeout: .seconds(60)), loop: loop)
    do {
        let migrations = try MigrationFiles.load(root.appending(path: "Migrations").path())
        try await MigrationRunner(pool: pool, migrations: migrations).up()
        try await body(PostgresOutbox(pool: pool), pool)
    } catch {
        await pool.close()
        loop.stop()
        throw error
    }
    await pool.close()
    loop.stop()
}

private func postman(
    _ server: SMTPTestServer, _ outbox: PostgresOutbox, counters: MailCounters = MailCounters(),
    again: Duration = .zero
) throws -> Postman {
    let delivery = SMTPDelivery(SMTPServer(url: server.url, security: .none, timeout: .seconds(30)))
    return Postman(
        Postman.Office(sender: try sender(), templates: try templates(), delivery: delivery), queue: outbox,
        schedule: RetrySchedule(first: again, longest: again), counters: counters, logger: Logger(label: "mail"))
}

@Suite struct `A postman` {
    @Test func `hands over what is due, counts it, and leaves no secret behind`() async throws {
        try await withOutbox { outbox, pool in
            let server = try SMTPTestServer()
            let counters = MailCounters()
            try await outbox.enqueue(event())
            try await outbox.enqueue(event(to: "nobody@example.com"))
            try await outbox.enqueue(event(to: "a..b\"@example.com"))
            let ended = try await postman(server, outbox, counters: counters).round()
            #expect(ended == 3)
            #expect(try server.mails().map(\.to) == [["ada@example.com"]])
            #expect(counters.snapshot.sent == 1)
            #expect(counters.snapshot.refused == 2)
            #expect(counters.snapshot.backlog == MailBacklog())
            let rows = try await pool.query("SELECT link, last_error FROM outbox ORDER BY recipient")
            #expect(try rows.allSatisfy { try $0.textIfPresent("link") == nil })
            #expect(try rows.compactMap { try $0.textIfPresent("last_error") }.contains { $0.hasPrefix("550 5.1.1") })
        }
    }

    @Test func `tries again what was postponed, and not before its time`() async throws {
        try await withOutbox { outbox, pool in
            let server = try SMTPTestServer()
            try await outbox.enqueue(event(to: "later-1@example.com"))
            let patient = try postman(server, outbox, again: .seconds(3_600))
            #expect(await patient.round() == 0)
            #expect(await patient.round() == 0)
            #expect(try await outbox.backlog().retrying == 1)
            try await pool.script("UPDATE outbox SET next_attempt_at = now()")
            // The second attempt is postponed too, and the third taken.
            #expect(try await postman(server, outbox).round() == 1)
            #expect(try server.mails().count == 1)
        }
    }

    @Test func `goes on with others when one is postponed, and stops when the server is away`() async throws {
        try await withOutbox { outbox, _ in
            let server = try SMTPTestServer()
            try await outbox.enqueue(event(to: "full@example.com"))
            try await outbox.enqueue(event())
            #expect(try await postman(server, outbox, again: .seconds(3_600)).round() == 1)
            server.stop()
            for number in 0..<3 { try await outbox.enqueue(event(to: "u\(number)@example.com")) }
            let counters = MailCounters()
            #expect(try await postman(server, outbox, counters: counters, again: .seconds(3_600)).round() == 0)
            #expect(counters.snapshot.postponed == 1)
            #expect(counters.snapshot.backlog.waiting == 4)
        }
    }

    @Test func `sends all once when the server dies in the middle and comes back`() async throws {
        try await withOutbox { outbox, _ in
            // For both servers, and nobody else in between.
            let place = try ReservedPort()
            let server = try SMTPTestServer(port: Int(place.port))
            for number in 0..<3 { try await outbox.enqueue(event(to: "u\(number)@example.com")) }
            try await outbox.enqueue(event(to: "crash@example.com"))
            for number in 3..<6 { try await outbox.enqueue(event(to: "u\(number)@example.com")) }
            try await postman(server, outbox, again: .seconds(3_600)).round()
            #expect(try server.mails().count == 3)
            let next = try SMTPTestServer(port: server.port, folder: server.folder)
            try await postman(next, outbox).round()
            #expect(try next.mails().map(\.to[0]).sorted() == (0..<6).map { "u\($0)@example.com" })
            withExtendedLifetime(place) {}
        }
    }

    @Test func `of two gateways sends each mail once, and takes over from one that died`() async throws {
        try await withOutbox { outbox, _ in
            let server = try SMTPTestServer()
            // Claimed by a gateway that died before it began.
            try await outbox.enqueue(event(to: "orphan@example.com"))
            #expect(try await outbox.claim(lease: .zero) != nil)
            for number in 0..<30 { try await outbox.enqueue(event(to: "u\(number)@example.com")) }
            let postmen = try (0..<3).map { _ in try postman(server, outbox) }
            await withTaskGroup(of: Void.self) { group in
                for one in postmen { group.addTask { await one.round() } }
            }
            // One who found all rows locked stopped early.
            await postmen[0].round()
            let recipients = try server.mails().map(\.to[0])
            #expect(recipients.count == 31)
            #expect(Set(recipients).count == 31)
            #expect(Set(try server.mails().compactMap(\.headers["Message-ID"])).count == 31)
        }
    }

    @Test func `that never hears the last answer sends again, under the same Message-ID (RFC 1047)`() async throws {
        try await withOutbox { outbox, _ in
            let server = try SMTPTestServer()
            try await outbox.enqueue(event(to: "lost@example.com"))
            let one = try postman(server, outbox)
            await one.round()
            await one.round()
            let mails = try server.mails()
            #expect(mails.count == 2)
            #expect(Set(mails.compactMap(\.headers["Message-ID"])).count == 1)
            #expect(try await outbox.backlog().waiting == 0)
        }
    }

    @Test func `that is stopped gives back what it had not begun, to be taken up at once`() async throws {
        try await withOutbox { outbox, pool in
            let server = try SMTPTestServer()
            try await outbox.enqueue(event(to: "silent@example.com"))
            let one = try postman(server, outbox)
            let work = Task { await one.round() }
            while try await pool.query("SELECT FROM outbox WHERE attempts = 1").isEmpty {
                try await Task.sleep(for: .milliseconds(5))
            }
            work.cancel()
            #expect(await work.value == 0)
            #expect(try await outbox.claim(lease: .seconds(60))?.attempt == 2)
        }
    }

    @Test func `waits when the database is away`() async throws {
        try await withOutbox { outbox, pool in
            let server = try SMTPTestServer()
            let one = try postman(server, outbox)
            await pool.close()
            #expect(await one.round() == 0)
        }
    }
}

@Suite struct `The schedule of retries` {
    @Test func `grows threefold to its longest, give or take a fifth, whatever the number`() {
        let schedule = RetrySchedule(first: .seconds(10), longest: .seconds(3_600))
        for (attempt, seconds) in [(1, 10.0), (2, 30), (3, 90), (6, 2_430), (7, 3_600), (1_000_000, 3_600), (0, 10)] {
            let delay = schedule.delay(afterAttempt: attempt)
            #expect(delay >= .seconds(seconds * 0.8) && delay <= .seconds(seconds * 1.2), "\(attempt)")
        }
    }
}
