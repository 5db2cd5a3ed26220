package import Identity
import Store

/// API tokens in memory.
package struct MemoryAPITokenStore: APITokenStore {
    let database: MemoryDatabase

    package func create(
        _ new: NewAPIToken, hash: TokenHash, liveMax: Int, audit: AuditEvent
    ) async throws(StoreError) -> APIToken {
        try FieldRules.check(new.name, .name)
        let audit = try FieldRules.checked(audit)
        let id = APITokenID(database.newID())
        return try database.transaction { tables, now throws(StoreError) in
            guard let user = tables.users[new.userID]?.user, user.deletedAt == nil else { throw .notFound }
            guard user.isActive else { throw ModelRules.inactiveUserHasNoAPITokens }
            let live = tables.apiTokens.values.filter { $0.record.userID == new.userID && $0.record.isLive(at: now) }
            guard live.count < liveMax else { throw ModelRules.tooManyAPITokens(liveMax) }
            guard !new.name.isEmpty else { throw ModelRules.refusal("api_tokens_name_not_empty") }
            if let end = new.expiresAt, end <= now { throw ModelRules.refusal("api_tokens_times_in_order") }
            let plant = new.ceiling.plant.map { tables.plants[$0] }
            if case .some(.none) = plant { throw .notFound }
            guard !tables.apiTokens.values.contains(where: { $0.hash == hash }) else {
                throw .conflict(field: "api_tokens_token_hash_key")
            }
            let record = APIToken(
                id: id, userID: new.userID, name: new.name, ceiling: new.ceiling, plantCode: plant??.code,
                createdAt: now, expiresAt: new.expiresAt, lastUsedAt: nil, revokedAt: nil)
            tables.apiTokens[id] = .init(record: record, hash: hash)
            tables.audit.append(audit.with(["token": id.description], about: new.userID))
            return record
        }
    }

    package func list(of user: UserID) async throws(StoreError) -> [APIToken] {
        try database.look { tables, _ in
            tables.apiTokens.values.map(\.record).filter { $0.userID == user }
                .sorted { ($0.createdAt, $0.id.description) > ($1.createdAt, $1.id.description) }
        }
    }

    package func revoke(
        _ token: APITokenID, of user: UserID?, audit: AuditEvent
    ) async throws(StoreError) -> Bool {
        let audit = try FieldRules.checked(audit)
        return try database.transaction { tables, now in
            guard let record = tables.apiTokens[token]?.record, record.isLive(at: now),
                user == nil || record.userID == user
            else { return false }
            tables.apiTokens[token]?.record = record.revoked(at: now)
            tables.audit.append(audit.with(["token": token.description], about: record.userID))
            return true
        }
    }
}

extension APIToken {
    func isLive(at now: Timestamp) -> Bool { revokedAt == nil && (expiresAt.map { $0 > now } ?? true) }

    func revoked(at now: Timestamp) -> APIToken { copy(lastUsedAt: lastUsedAt, revokedAt: now) }

    func used(at moment: Timestamp) -> APIToken {
        copy(lastUsedAt: max(lastUsedAt ?? moment, moment), revokedAt: revokedAt)
    }

    private func copy(lastUsedAt: Timestamp?, revokedAt: Timestamp?) -> APIToken {
        APIToken(
            id: id, userID: userID, name: name, ceiling: ceiling, plantCode: plantCode, createdAt: createdAt,
            expiresAt: expiresAt, lastUsedAt: lastUsedAt, revokedAt: revokedAt)
    }
}
