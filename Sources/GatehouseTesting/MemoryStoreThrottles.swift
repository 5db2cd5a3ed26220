package import Identity

/// Counts of attempts in memory.
package struct MemoryThrottleStore: ThrottleStore {
    let database: MemoryDatabase

    package func admit(
        _ buckets: [ThrottleBucket], at moment: Timestamp
    ) async throws(StoreError) -> ThrottleAnswer {
        try database.transaction { tables, _ in
            switch ThrottleBucket.admit(buckets, tables.throttles, at: moment) {
            case .success(let next):
                for (bucket, state) in next { tables.throttles[bucket.key] = state }
                return .admitted
            case .failure(let refusal): return .refused(retryAfter: refusal.retryAfter)
            }
        }
    }

    package func forgive(_ buckets: [ThrottleBucket], at moment: Timestamp) async throws(StoreError) {
        try database.transaction { tables, _ in
            for bucket in buckets {
                guard let state = tables.throttles[bucket.key] else { continue }
                tables.throttles[bucket.key] = bucket.rule.forgive(state, at: moment)
            }
        }
    }

    package func clear(_ buckets: [ThrottleBucket]) async throws(StoreError) {
        try database.transaction { tables, _ in
            for bucket in buckets { tables.throttles[bucket.key] = nil }
        }
    }
}

/// Mails that wait, in memory.
package struct MemoryOutbox: Outbox {
    let database: MemoryDatabase

    package func enqueue(_ mail: MailEvent) async throws(StoreError) {
        try database.transaction { tables, _ in tables.outbox.append(mail) }
    }

    /// All mails so far, the oldest first.
    package var mails: [MailEvent] { (try? database.transaction { tables, _ in tables.outbox }) ?? [] }
}
