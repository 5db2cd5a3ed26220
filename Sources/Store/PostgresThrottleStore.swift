package import Identity
package import PostgreSQL

/// Counts of attempts in PostgreSQL, which all gateways share.
///
/// A look without a lock refuses most of a flood, and writes nothing. Who may pass by it locks the rows in the order of
/// their keys, counts by `ThrottleRule`, and writes them back: of many at once none goes uncounted.
package struct PostgresThrottleStore: ThrottleStore {
    private let pool: PostgresPool

    package init(pool: PostgresPool) { self.pool = pool }

    static let look = Statement(
        "SELECT bucket, attempts, until, forget_at FROM throttles WHERE bucket = ANY ($1::bytea[])")
    /// A row for each bucket, to have something to lock.
    static let ensure = Statement(
        """
        INSERT INTO throttles (bucket, attempts, until, forget_at)
        SELECT bucket, 0, $2::timestamptz, $2::timestamptz FROM unnest($1::bytea[]) AS bucket ORDER BY bucket
        ON CONFLICT DO NOTHING
        """)
    static let lock = Statement(
        """
        SELECT bucket, attempts, until, forget_at FROM throttles WHERE bucket = ANY ($1::bytea[])
        ORDER BY bucket FOR UPDATE
        """)
    static let write = Statement(
        """
        UPDATE throttles t SET attempts = n.attempts, until = n.until, forget_at = n.forget_at
        FROM unnest($1::bytea[], $2::integer[], $3::timestamptz[], $4::timestamptz[])
            AS n (bucket, attempts, until, forget_at)
        WHERE t.bucket = n.bucket
        """)
    static let clear = Statement(
        """
        DELETE FROM throttles WHERE bucket = ANY (ARRAY(
            SELECT bucket FROM throttles WHERE bucket = ANY ($1::bytea[]) ORDER BY bucket FOR UPDATE
        ))
        """)

    package func admit(
        _ buckets: [ThrottleBucket], at moment: Timestamp
    ) async throws(StoreError) -> ThrottleAnswer {
        guard !buckets.isEmpty else { return .admitted }
        let rows = try await storing { () async throws(PostgresError) in
            try await pool.query(Self.look, [.byteaArray(buckets.map(\.key.bytes))])
        }
        if case .failure(let refusal) = ThrottleBucket.admit(buckets, try states(rows), at: moment) {
            return .refused(retryAfter: refusal.retryAfter)
        }
        return try await counting(buckets, at: moment) { states in
            switch ThrottleBucket.admit(buckets, states, at: moment) {
            case .success(let next): (next, .admitted)
            case .failure(let refusal): ([:], .refused(retryAfter: refusal.retryAfter))
            }
        }
    }

    package func forgive(_ buckets: [ThrottleBucket], at moment: Timestamp) async throws(StoreError) {
        guard !buckets.isEmpty else { return }
        try await counting(buckets, at: moment) { states in
            var next: [ThrottleBucket: ThrottleState] = [:]
            for bucket in buckets {
                guard let state = states[bucket.key] else { continue }
                // What can be forgotten goes with the next sweep.
                next[bucket] =
                    bucket.rule.forgive(state, at: moment)
                    ?? ThrottleState(attempts: 0, until: moment, forgetAt: moment)
            }
            return (next, ())
        }
    }

    package func clear(_ buckets: [ThrottleBucket]) async throws(StoreError) {
        guard !buckets.isEmpty else { return }
        _ = try await storing { () async throws(PostgresError) in
            try await pool.query(Self.clear, [.byteaArray(buckets.map(\.key.bytes))])
        }
    }

    /// Runs `body` on what is remembered of the buckets, with their rows locked, and writes what it returns.
    private func counting<Answer: Sendable>(
        _ buckets: [ThrottleBucket], at moment: Timestamp,
        _ body: ([TokenHash: ThrottleState]) -> ([ThrottleBucket: ThrottleState], Answer)
    ) async throws(StoreError) -> Answer {
        let keys = PostgresValue.byteaArray(buckets.map(\.key.bytes))
        return try await transacting(pool) { transaction throws(StoreError) in
            let rows = try await storing { () async throws(PostgresError) in
                try await transaction.batch([
                    Query(Self.ensure, [keys, PostgresValue(moment)]), Query(Self.lock, [keys]),
                ])
            }
            let (next, answer) = body(try states(rows[1]))
            if !next.isEmpty { try await write(next, in: transaction) }
            return answer
        }
    }

    private func states(_ rows: Rows) throws(StoreError) -> [TokenHash: ThrottleState] {
        try reading { () throws(PostgresError) in
            var states: [TokenHash: ThrottleState] = [:]
            for row in rows {
                let forgetAt = try row.moment("forget_at")
                states[try row.tokenHash("bucket")] = ThrottleState(
                    attempts: Int(try row.int("attempts")), until: try row.moment("until"),
                    forgetAt: forgetAt.microseconds == .max ? nil : forgetAt)
            }
            return states
        }
    }

    private func write(
        _ states: [ThrottleBucket: ThrottleState], in transaction: PostgresTransaction
    ) async throws(StoreError) {
        let all = Array(states)
        // The end of time stands for never.
        let parameters: [PostgresValue] = [
            .byteaArray(all.map(\.key.key.bytes)), .intArray(all.map { Int64($0.value.attempts) }),
            .timestampArray(all.map(\.value.until.microseconds)),
            .timestampArray(all.map { $0.value.forgetAt?.microseconds ?? .max }),
        ]
        _ = try await storing { () async throws(PostgresError) in
            try await transaction.query(Self.write, parameters)
        }
    }
}
