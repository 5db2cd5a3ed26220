import GatehouseTesting
import Identity
import PostgreSQL
import Store
import Testing

private let lease = Duration.seconds(60)

private func verifyEmail(to recipient: String = "ada@example.com", expiresAt: Timestamp? = nil) -> MailEvent {
    MailEvent(
        .verifyEmail, to: recipient, userID: nil, language: "de-AT", link: "https://login.example.com/v?token=secret",
        expiresAt: expiresAt, values: ["name": "Ada", "ip_address": "192.0.2.1"])
}

extension TestDatabase {
    fileprivate var outbox: PostgresOutbox { PostgresOutbox(pool: pool) }

    fileprivate func row(_ columns: String) async throws -> Row {
        try #require(try await pool.query(Statement(assembled: "SELECT \(columns) FROM outbox")).first)
    }
}

@Suite struct `The outbox` {
    @Test func `gives out what was put in`() async throws {
        try await withDatabase { database in
            let event = verifyEmail(expiresAt: SystemClock().now() + .seconds(3_600))
            try await database.outbox.enqueue(event)
            let mail = try #require(try await database.outbox.claim(lease: lease))
            #expect(mail.event.id == event.id)
            #expect(mail.event.kind == .verifyEmail)
            #expect(mail.event.recipient == "ada@example.com")
            #expect(mail.event.language == "de-AT")
            #expect(mail.event.link == event.link)
            #expect(mail.event.expiresAt == event.expiresAt)
            #expect(mail.event.values == ["name": "Ada", "ip_address": "192.0.2.1"])
            #expect(mail.attempt == 1)
            #expect(try await database.outbox.claim(lease: lease) == nil)
        }
    }

    @Test func `holds one mail for one event, however often it is enqueued`() async throws {
        try await withDatabase { database in
            let event = verifyEmail()
            for _ in 0..<3 { try await database.outbox.enqueue(event) }
            try await database.outbox.enqueue(verifyEmail())
            #expect(try await database.outbox.backlog().waiting == 2)
        }
    }

    @Test func `holds no mail of a transaction that was undone`() async throws {
        try await withDatabase { database in
            try? await database.pool.transaction { transaction in
                try await PostgresOutbox(transaction).enqueue(verifyEmail())
                throw CancellationError()
            }
            let backlog = try await database.outbox.backlog()
            #expect(backlog.waiting == 0)
        }
    }

    @Test(arguments: [
        "a@b.example\r\nBcc: everybody@example.com", "no address", "@example.com", "a\u{0}@example.com",
        String(repeating: "a", count: 250) + "@b.example",
    ])
    func `takes nothing for an address that is none (CWE-93)`(recipient: String) async throws {
        try await withDatabase { database in
            _ = await #expect(throws: StoreError.self) { try await database.outbox.enqueue(verifyEmail(to: recipient)) }
        }
    }

    @Test(arguments: ["de; drop", "x", String(repeating: "e", count: 36), "de\u{0}", "ü"])
    func `forgets a language that is no tag, and keeps the mail`(language: String) async throws {
        try await withDatabase { database in
            try await database.outbox.enqueue(
                MailEvent(.passwordChanged, to: "a@b.example", userID: nil, language: language))
            let mail = try #require(try await database.outbox.claim(lease: lease))
            #expect(mail.event.language == nil)
        }
    }

    @Test func `gives each mail to one of many who ask at once`() async throws {
        try await withDatabase { database in
            for number in 0..<40 { try await database.outbox.enqueue(verifyEmail(to: "u\(number)@example.com")) }
            let claimed = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        var recipients: [String] = []
                        while let mail = try await database.outbox.claim(lease: lease) {
                            recipients.append(mail.event.recipient)
                        }
                        return recipients
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            // One who finds all rows locked stops early; what is left is nobody's.
            var all = claimed
            while let mail = try await database.outbox.claim(lease: lease) { all.append(mail.event.recipient) }
            #expect(all.count == 40)
            #expect(Set(all).count == 40)
        }
    }

    @Test func `gives a mail to another when the lease of one who died is over, and no longer heeds the dead`()
        async throws
    {
        try await withDatabase { database in
            try await database.outbox.enqueue(verifyEmail())
            let dead = try #require(try await database.outbox.claim(lease: .zero))
            let heir = try #require(try await database.outbox.claim(lease: lease))
            #expect(heir.event.id == dead.event.id)
            #expect(heir.attempt == 2)
            #expect(try await !database.outbox.retry(dead, after: .zero, because: "late"))
            #expect(try await !database.outbox.giveUp(dead, because: "late"))
            #expect(try await database.outbox.claim(lease: lease) == nil)
            #expect(try await database.outbox.markSent(heir))
            #expect(try await !database.outbox.markSent(heir))
        }
    }

    @Test func `takes a mail for sent, also from one whose lease is over`() async throws {
        try await withDatabase { database in
            try await database.outbox.enqueue(verifyEmail())
            let slow = try #require(try await database.outbox.claim(lease: .zero))
            let heir = try #require(try await database.outbox.claim(lease: lease))
            #expect(try await database.outbox.markSent(slow))
            #expect(try await !database.outbox.retry(heir, after: .zero, because: "x"))
            #expect(try await database.outbox.claim(lease: lease) == nil)
        }
    }

    @Test(arguments: [true, false])
    func `forgets the secret link once a mail has ended`(isSent: Bool) async throws {
        try await withDatabase { database in
            try await database.outbox.enqueue(verifyEmail())
            let mail = try #require(try await database.outbox.claim(lease: lease))
            if isSent {
                try await database.outbox.markSent(mail)
            } else {
                try await database.outbox.giveUp(mail, because: "550 no such user\r\nhere \u{0}")
            }
            let row = try await database.row(
                "link, variables, last_error, sent_at IS NOT NULL AS sent, failed_at IS NOT NULL AS failed")
            #expect(try row.textIfPresent("link") == nil)
            #expect(try row.text("variables") == "{}")
            #expect(try row.textIfPresent("last_error") == (isSent ? nil : "550 no such user  here  "))
            #expect(try row.bool("sent") == isSent)
            #expect(try row.bool("failed") == !isSent)
        }
    }

    @Test func `waits before it gives a mail out again`() async throws {
        try await withDatabase { database in
            try await database.outbox.enqueue(verifyEmail())
            let mail = try #require(try await database.outbox.claim(lease: lease))
            #expect(try await database.outbox.retry(mail, after: .seconds(3_600), because: "451 later"))
            #expect(try await database.outbox.claim(lease: lease) == nil)
            let backlog = try await database.outbox.backlog()
            #expect(backlog.waiting == 1)
            #expect(backlog.retrying == 1)
            #expect(backlog.oldestAge >= .zero)
            try await database.pool.script("UPDATE outbox SET next_attempt_at = now()")
            #expect(try await database.outbox.claim(lease: lease)?.attempt == 2)
        }
    }

    @Test func `gives out no mail whose link is over; the sweep gives it up, and what is too old`() async throws {
        try await withDatabase { database in
            try await database.outbox.enqueue(verifyEmail(expiresAt: SystemClock().now() - .seconds(1)))
            #expect(try await database.outbox.claim(lease: lease) == nil)
            try await database.outbox.enqueue(verifyEmail(to: "old@example.com"))
            try await database.pool.script(
                "UPDATE outbox SET created_at = now() - interval '5 days' WHERE recipient = 'old@example.com'")
            try await database.outbox.enqueue(verifyEmail(to: "new@example.com"))
            let sweep = RetentionSweep(pool: database.pool)
            #expect(try await sweep().mailsGivenUp == 2)
            #expect(try await database.outbox.claim(lease: lease)?.event.recipient == "new@example.com")
            #expect(try await sweep().mails == 0)
            #expect(try await RetentionSweep(pool: database.pool, limits: .init(mails: .seconds(-60)))().mails == 2)
        }
    }

    @Test(arguments: [
        "UPDATE outbox SET failed_at = now()", "UPDATE outbox SET sent_at = NULL",
        "UPDATE outbox SET link = 'https://x'", "UPDATE outbox SET recipient = 'eve@example.com'",
    ])
    func `lets nobody change what has ended`(sql: String) async throws {
        try await withDatabase { database in
            try await database.outbox.enqueue(verifyEmail())
            let mail = try #require(try await database.outbox.claim(lease: lease))
            try await database.outbox.markSent(mail)
            await #expect(throws: PostgresError.self) { try await database.pool.script(sql) }
        }
    }

    @Test func `goes to nobody but whom it was made for`() async throws {
        try await withDatabase { database in
            try await database.outbox.enqueue(verifyEmail())
            _ = await #expect(throws: PostgresError.self) {
                try await database.pool.script("UPDATE outbox SET recipient = 'eve@example.com'")
            }
        }
    }

    @Test func `leaves mail of a kind that is not known to whoever knows it`() async throws {
        try await withDatabase { database in
            try await database.pool.script(
                "INSERT INTO outbox (kind, recipient) VALUES ('of_tomorrow', 'ada@example.com')")
            #expect(try await database.outbox.claim(lease: lease) == nil)
            #expect(try await database.outbox.backlog().waiting == 1)
        }
    }

    @Test func `wakes who delivers, when the transaction commits`() async throws {
        try await withDatabase { database in
            var events = await database.pool.listen(PostgresOutbox.channel).makeAsyncIterator()
            while let event = await events.next(), event != .listening {}
            try await database.outbox.enqueue(verifyEmail())
            let note = PostgresNotification(channel: PostgresOutbox.channel, payload: "")
            #expect(await events.next() == .notification(note))
        }
    }
}
