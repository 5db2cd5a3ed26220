package import Identity
package import PostgreSQL

/// The outbox in PostgreSQL: written within transactions, and delivered from by every gateway.
package struct PostgresOutbox: Outbox, MailQueue {
    private let database: any Querying

    package init(pool: PostgresPool) { database = pool }
    package init(_ database: any Querying) { self.database = database }

    /// What an INSERT notifies when it commits.
    package static let channel = "gatehouse_outbox"

    // MARK: Statements

    static let enqueue = Statement(
        """
        INSERT INTO outbox (id, kind, recipient, user_id, language, link, link_expires_at, variables)
        VALUES ($1, $2, $3, $4, $5, $6, $7, jsonb_object($8::text[], $9::text[]))
        ON CONFLICT (id) DO NOTHING
        """)
    /// Of two who claim at once, one passes over what the other has locked; one who comes just after finds it leased.
    /// While gateways are upgraded one by one, those who know a kind of mail deliver it.
    static let claim = Statement(
        """
        WITH due AS (
            SELECT id FROM outbox
            WHERE sent_at IS NULL AND failed_at IS NULL AND next_attempt_at <= now()
                AND (link_expires_at IS NULL OR link_expires_at > now()) AND kind = ANY ($2::text[])
            ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        UPDATE outbox o
        SET attempts = o.attempts + 1, next_attempt_at = now() + $1::bigint * interval '1 microsecond'
        FROM due WHERE o.id = due.id
        RETURNING o.id, o.kind, o.recipient, o.user_id, o.language, o.link, o.link_expires_at, o.created_at,
            o.attempts, ARRAY(SELECT key FROM jsonb_each_text(o.variables) ORDER BY key) AS variable_keys,
            ARRAY(SELECT value FROM jsonb_each_text(o.variables) ORDER BY key) AS variable_values
        """)
    /// Whoever holds the lease by now: the mail is out, and the one who has it can only send it again.
    static let markSent = Statement(
        """
        UPDATE outbox SET sent_at = now(), link = NULL, variables = '{}', last_error = NULL
        WHERE id = $1 AND sent_at IS NULL AND failed_at IS NULL
        """)
    static let giveUp = Statement(
        """
        UPDATE outbox SET failed_at = now(), link = NULL, variables = '{}', last_error = $3
        WHERE id = $1 AND attempts = $2 AND sent_at IS NULL AND failed_at IS NULL
        """)
    static let retry = Statement(
        """
        UPDATE outbox SET next_attempt_at = now() + $4::bigint * interval '1 microsecond', last_error = $3
        WHERE id = $1 AND attempts = $2 AND sent_at IS NULL AND failed_at IS NULL
        """)
    static let backlog = Statement(
        """
        SELECT count(*) AS waiting, count(last_error) AS retrying,
            coalesce(extract(epoch FROM now() - min(created_at)) * 1000000, 0)::bigint AS oldest
        FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL
        """)

    // MARK: Writing

    package func enqueue(_ mail: MailEvent) async throws(StoreError) {
        try FieldRules.check(mail.recipient, .email)
        for text in [mail.link].compactMap({ $0 }) + Array(mail.values.values) { try FieldRules.check(text, .detail) }
        let values = mail.values.sorted { $0.key < $1.key }
        let parameters: [PostgresValue] = [
            .uuid(high: mail.id.high, low: mail.id.low), .text(mail.kind.rawValue), .text(mail.recipient),
            PostgresValue(mail.userID), PostgresValue(Self.languageTag(mail.language)), PostgresValue(mail.link),
            PostgresValue(mail.expiresAt), .textArray(values.map(\.key)), .textArray(values.map(\.value)),
        ]
        _ = try await storing { () async throws(PostgresError) in try await database.query(Self.enqueue, parameters) }
    }

    /// A language tag (RFC 5646), which browsers send: what is none must not keep anybody from their mail.
    private static func languageTag(_ text: String?) -> String? {
        guard let text, (2...35).contains(text.utf8.count) else { return nil }
        let isTag = text.unicodeScalars.allSatisfy {
            $0.isASCII && ($0.properties.isAlphabetic || "0"..."9" ~= $0 || $0 == "-")
        }
        return isTag ? text : nil
    }

    // MARK: Delivering

    package func claim(lease: Duration) async throws(StoreError) -> ClaimedMail? {
        try await storing { () async throws(PostgresError) -> ClaimedMail? in
            guard
                let row = try await database.query(
                    Self.claim, [PostgresValue(lease), .textArray(MailEvent.Kind.allCases.map(\.rawValue))]
                ).first
            else { return nil }
            return try ClaimedMail(row)
        }
    }

    @discardableResult
    package func markSent(_ mail: ClaimedMail) async throws(StoreError) -> Bool {
        try await end(Self.markSent, [id(mail)])
    }

    @discardableResult
    package func giveUp(_ mail: ClaimedMail, because reason: String) async throws(StoreError) -> Bool {
        try await end(Self.giveUp, [id(mail), .int(Int64(mail.attempt)), .text(Self.line(reason))])
    }

    @discardableResult
    package func retry(
        _ mail: ClaimedMail, after delay: Duration, because reason: String
    ) async throws(StoreError) -> Bool {
        try await end(
            Self.retry, [id(mail), .int(Int64(mail.attempt)), .text(Self.line(reason)), PostgresValue(delay)])
    }

    package func backlog() async throws(StoreError) -> MailBacklog {
        try await storing { () async throws(PostgresError) in
            guard let row = try await database.query(Self.backlog).first else { return MailBacklog() }
            return MailBacklog(
                waiting: Int(try row.int("waiting")), retrying: Int(try row.int("retrying")),
                oldestAge: .microseconds(try row.int("oldest")))
        }
    }

    private func id(_ mail: ClaimedMail) -> PostgresValue { .uuid(high: mail.event.id.high, low: mail.event.id.low) }

    private func end(_ statement: Statement, _ parameters: [PostgresValue]) async throws(StoreError) -> Bool {
        try await storing { () async throws(PostgresError) in
            try await database.query(statement, parameters).affectedCount > 0
        }
    }

    /// What a mail server said, as one line that fits its column: it is theirs, and may be anything.
    private static func line(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars.prefix(500) {
            line.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar)
        }
        return line
    }
}

extension ClaimedMail {
    init(_ row: Row) throws(PostgresError) {
        let word = try row.text("kind")
        guard let kind = MailEvent.Kind(rawValue: word) else { throw .unexpected("there is no mail about \(word)") }
        let values = zip(try row.texts("variable_keys"), try row.texts("variable_values"))
        self.init(
            event: MailEvent(
                kind, to: try row.text("recipient"), userID: try row.userIDIfPresent("user_id"),
                language: try row.textIfPresent("language"), link: try row.textIfPresent("link"),
                expiresAt: try row.momentIfPresent("link_expires_at"),
                values: Dictionary(values) { first, _ in first }, id: UUID128(try row.uuid("id"))),
            createdAt: try row.moment("created_at"), attempt: Int(try row.int("attempts")))
    }
}
