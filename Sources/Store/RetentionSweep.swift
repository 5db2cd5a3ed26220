package import Identity
package import PostgreSQL

/// Removes what has been over for long enough, in small batches, and makes the audit log's next partitions.
///
/// Any number of gateways may sweep at once: each passes over the rows that another holds.
package struct RetentionSweep: Sendable {
    /// How long what is over is kept.
    package struct Limits: Sendable, Hashable {
        /// Ended sessions, counted from their end: people see them in their list of sign-ins.
        package var sessions: Duration
        /// Expired or used verification tokens.
        package var verificationTokens: Duration
        /// Mails that were sent or given up: whoever is asked "did you write to me?" can look so long.
        package var mails: Duration
        /// How long a mail is tried to be sent (RFC 5321, section 4.5.4.1: four to five days).
        package var mailAttempts: Duration
        /// Ended API tokens, counted from their end: people see them in their list.
        package var apiTokens: Duration
        /// Invitations, counted from when they were to end.
        package var invitations: Duration
        /// Rows removed by one statement, so that none holds its locks for long.
        package var batchRows: Int
        /// Batches of each kind in one sweep; what is left waits for the next.
        package var batchesMax: Int
        /// Partitions of the audit log that exist in advance, besides this month's.
        package var auditMonthsAhead: Int

        package init(
            sessions: Duration = .seconds(30 * 86_400), verificationTokens: Duration = .seconds(7 * 86_400),
            apiTokens: Duration = .seconds(30 * 86_400), mails: Duration = .seconds(7 * 86_400),
            mailAttempts: Duration = .seconds(4 * 86_400), invitations: Duration = .seconds(30 * 86_400),
            batchRows: Int = 500, batchesMax: Int = 200, auditMonthsAhead: Int = 2
        ) {
            self.sessions = sessions
            self.verificationTokens = verificationTokens
            self.apiTokens = apiTokens
            self.mails = mails
            self.mailAttempts = mailAttempts
            self.invitations = invitations
            self.batchRows = max(1, batchRows)
            self.batchesMax = max(1, batchesMax)
            self.auditMonthsAhead = max(0, auditMonthsAhead)
        }
    }

    /// What one sweep did.
    package struct Outcome: Sendable, Hashable {
        package var sessions = 0
        package var tickets = 0
        package var verificationTokens = 0
        /// Mails that can no longer be of use, or were tried for long enough.
        package var mailsGivenUp = 0
        package var mails = 0
        package var apiTokens = 0
        package var invitations = 0
        package var throttles = 0
        package var partitionsMade = 0
    }

    private let pool: PostgresPool
    private let limits: Limits

    package init(pool: PostgresPool, limits: Limits = Limits()) {
        self.pool = pool
        self.limits = limits
    }

    /// Takes their tokens and tickets with them, the spent ones too.
    static let sessions = Statement(
        """
        DELETE FROM user_sessions WHERE id = ANY (ARRAY(
            SELECT id FROM user_sessions
            WHERE LEAST(expires_at, revoked_at) < now() - $1::bigint * interval '1 microsecond'
            ORDER BY LEAST(expires_at, revoked_at) LIMIT $2::bigint FOR UPDATE SKIP LOCKED
        ))
        """)
    /// A ticket lives for seconds, and nobody asks for an expired one again: an hour allows for clocks that differ.
    static let tickets = Statement(
        """
        DELETE FROM sign_in_tickets WHERE id = ANY (ARRAY(
            SELECT id FROM sign_in_tickets WHERE expires_at < now() - $1::bigint * interval '1 microsecond'
            ORDER BY expires_at LIMIT $2::bigint FOR UPDATE SKIP LOCKED
        ))
        """)
    static let verificationTokens = Statement(
        """
        DELETE FROM verification_tokens WHERE id = ANY (ARRAY(
            SELECT id FROM verification_tokens WHERE expires_at < now() - $1::bigint * interval '1 microsecond'
            ORDER BY expires_at LIMIT $2::bigint FOR UPDATE SKIP LOCKED
        ))
        """)
    /// One that a gateway is sending is left to it: its lease ends first.
    static let hopelessMails = Statement(
        """
        UPDATE outbox SET failed_at = now(), link = NULL, variables = '{}',
            last_error = coalesce(last_error, 'not sent in time')
        WHERE id = ANY (ARRAY(
            SELECT id FROM outbox
            WHERE sent_at IS NULL AND failed_at IS NULL AND (link_expires_at <= now()
                    OR created_at < now() - $1::bigint * interval '1 microsecond')
                AND (attempts = 0 OR next_attempt_at <= now())
            ORDER BY next_attempt_at LIMIT $2::bigint FOR UPDATE SKIP LOCKED
        ))
        """)
    static let mails = Statement(
        """
        DELETE FROM outbox WHERE id = ANY (ARRAY(
            SELECT id FROM outbox
            WHERE (sent_at IS NOT NULL OR failed_at IS NOT NULL)
                AND coalesce(sent_at, failed_at) < now() - $1::bigint * interval '1 microsecond'
            ORDER BY coalesce(sent_at, failed_at) LIMIT $2::bigint FOR UPDATE SKIP LOCKED
        ))
        """)
    static let apiTokens = Statement(
        """
        DELETE FROM api_tokens WHERE id = ANY (ARRAY(
            SELECT id FROM api_tokens
            WHERE LEAST(expires_at, revoked_at) < now() - $1::bigint * interval '1 microsecond'
            ORDER BY LEAST(expires_at, revoked_at) LIMIT $2::bigint FOR UPDATE SKIP LOCKED
        ))
        """)
    static let invitations = Statement(
        """
        DELETE FROM invitations WHERE id = ANY (ARRAY(
            SELECT id FROM invitations WHERE expires_at < now() - $1::bigint * interval '1 microsecond'
            ORDER BY expires_at LIMIT $2::bigint FOR UPDATE SKIP LOCKED
        ))
        """)
    static let throttles = Statement(
        """
        DELETE FROM throttles WHERE bucket = ANY (ARRAY(
            SELECT bucket FROM throttles WHERE forget_at < now() - $1::bigint * interval '1 microsecond'
            ORDER BY forget_at LIMIT $2::bigint FOR UPDATE SKIP LOCKED
        ))
        """)
    static let partitions = Statement(
        """
        SELECT count(*) FILTER (WHERE create_audit_log_partition(now() + months * interval '1 month')) AS made
        FROM generate_series(0, $1::integer) AS months
        """)

    /// Sweeps once. Calling it every few minutes is soon enough.
    @discardableResult
    package func callAsFunction() async throws(StoreError) -> Outcome {
        var outcome = Outcome()
        outcome.partitionsMade = try await storing { () async throws(PostgresError) in
            Int(try await pool.query(Self.partitions, [.int(Int64(limits.auditMonthsAhead))]).first?.int("made") ?? 0)
        }
        outcome.tickets = try await remove(Self.tickets, olderThan: .seconds(3_600))
        outcome.verificationTokens = try await remove(Self.verificationTokens, olderThan: limits.verificationTokens)
        outcome.mailsGivenUp = try await remove(Self.hopelessMails, olderThan: limits.mailAttempts)
        outcome.mails = try await remove(Self.mails, olderThan: limits.mails)
        outcome.apiTokens = try await remove(Self.apiTokens, olderThan: limits.apiTokens)
        outcome.invitations = try await remove(Self.invitations, olderThan: limits.invitations)
        // An hour allows for clocks that differ.
        outcome.throttles = try await remove(Self.throttles, olderThan: .seconds(3_600))
        outcome.sessions = try await remove(Self.sessions, olderThan: limits.sessions)
        return outcome
    }

    private func remove(_ statement: Statement, olderThan age: Duration) async throws(StoreError) -> Int {
        var removed = 0
        for _ in 0..<limits.batchesMax {
            let count = try await storing { () async throws(PostgresError) in
                try await pool.query(statement, [PostgresValue(age), .int(Int64(limits.batchRows))]).affectedCount
            }
            removed += count
            if count < limits.batchRows { break }
        }
        return removed
    }
}
