package import Identity
import Store

/// Sessions and their tokens in memory.
package struct MemorySessionStore: SessionStore {
    let database: MemoryDatabase
    let grace: RotationGrace
    private var rotationGrace: Duration { grace.length }

    package func create(
        _ new: NewSession, token: TokenHash, host: String?, audit: AuditEvent?
    ) async throws(StoreError) -> Session {
        try FieldRules.checkHost(host)
        let session = Session(
            id: SessionID(database.newID()), userID: new.userID, userAgent: try FieldRules.userAgent(new.userAgent),
            ipAddress: try FieldRules.ipAddress(new.ipAddress), method: new.method.rawValue, factors: new.factors,
            issuedAt: new.issuedAt, lastUsedAt: new.issuedAt, expiresAt: new.expiresAt, revokedAt: nil,
            revocationReason: nil, isPersistent: new.isPersistent, isAPIClient: new.refresh != nil)
        let audit = try audit.map { event throws(StoreError) in try FieldRules.checked(event) }
        return try database.transaction { tables, now throws(StoreError) in
            guard let user = tables.users[new.userID]?.user, user.deletedAt == nil else { throw .notFound }
            guard user.isActive else { throw ModelRules.inactiveUserHasNoSessions }
            guard new.issuedAt < new.expiresAt else { throw ModelRules.refusal("user_sessions_times_in_order") }
            guard (0...10).contains(new.factors) else { throw ModelRules.refusal("user_sessions_factors_range") }
            let live = tables.sessions.values.filter { $0.userID == new.userID && $0.isLive(at: now) }
                .sorted { $0.issuedAt > $1.issuedAt }
            for oldest in live.dropFirst(max(1, new.perUserMax) - 1) {
                tables.sessions[oldest.id] = oldest.ended(.displaced, at: now)
                tables.tell(
                    AuditEvent(at: now, event: "session.displaced", actor: nil, subject: new.userID), session: oldest)
            }
            tables.sessions[session.id] = session
            try tables.addToken(token, to: session.id, host: host, at: now, expiresAt: new.tokenExpiresAt)
            if let refresh = new.refresh { tables.refreshTokens.append(.init(session: session.id, token: refresh)) }
            if let audit { tables.tell(audit, session: session) }
            return session
        }
    }

    package func addToken(
        _ token: TokenHash, to session: SessionID, host: String, audit: AuditEvent
    ) async throws(StoreError) -> Session {
        try FieldRules.checkHost(host)
        let audit = try FieldRules.checked(audit)
        return try database.transaction { tables, now throws(StoreError) in
            guard let row = tables.sessions[session], row.isLive(at: now),
                tables.users[row.userID]?.user.isActive == true
            else { throw .notFound }
            try tables.addToken(token, to: session, host: host, at: now)
            tables.tell(audit, session: row)
            return row
        }
    }

    package func list(of user: UserID) async throws(StoreError) -> [Session] {
        try database.look { tables, _ in
            tables.sessions.values.filter { $0.userID == user }
                .sorted { ($0.issuedAt, $0.id.description) > ($1.issuedAt, $1.id.description) }
        }
    }

    package func revoke(
        _ session: SessionID, of user: UserID?, reason: RevocationReason, audit: AuditEvent
    ) async throws(StoreError) -> Bool {
        let audit = try FieldRules.checked(audit)
        return try database.transaction { tables, now in
            guard let row = tables.sessions[session], row.isLive(at: now), user == nil || row.userID == user else {
                return false
            }
            tables.end(row, .init(reason, audit), at: now)
            return true
        }
    }

    package func revokeAll(
        of user: UserID, except session: SessionID?, reason: RevocationReason, audit: AuditEvent
    ) async throws(StoreError) -> Int {
        let audit = try FieldRules.checked(audit)
        return try database.transaction { tables, now in
            let count = tables.endSessions(of: user, except: session, reason: reason, at: now)
            tables.audit.append(audit.with(["count": String(count)], about: user))
            return count
        }
    }

    package func recordUse(_ uses: [SessionUse]) async throws(StoreError) {
        try database.transaction { tables, _ in
            for use in uses {
                tables.sessions[use.session] = tables.sessions[use.session]?.used(at: use.at)
                let token = APITokenID(use.session.value)
                if let row = tables.apiTokens[token] { tables.apiTokens[token]?.record = row.record.used(at: use.at) }
            }
        }
    }

    package func lookup(
        _ tokens: [TokenHash], idle: Duration
    ) async throws(StoreError) -> [TokenHash: AuthenticatedSession] {
        try database.transaction { tables, now in
            var found: [TokenHash: AuthenticatedSession] = [:]
            for token in tokens {
                found[token] = tables.opened(token, idle: idle, grace: rotationGrace, at: now)
                if found[token] == nil { tables.endStolen(token, grace: rotationGrace, at: now) }
            }
            return found.filter { $0.value.kind == .apiToken || tables.sessions[$0.value.sessionID]?.revokedAt == nil }
        }
    }

    package func standing(of sessions: [SessionID]) async throws(StoreError) -> [SessionID: AuthenticatedSession] {
        try database.transaction { tables, now in
            var found: [SessionID: AuthenticatedSession] = [:]
            for session in sessions { found[session] = tables.standing(of: session, at: now) }
            return found
        }
    }

    package func rotate(_ rotation: TokenRotation) async throws(StoreError) -> RotationOutcome {
        try database.transaction { tables, now throws(StoreError) -> RotationOutcome in
            func isOpen(_ row: MemoryTables.TokenRow) -> Session? {
                guard row.host == rotation.host, let session = tables.sessions[row.session], session.isLive(at: now),
                    tables.users[session.userID]?.user.isActive == true
                else { return nil }
                return session
            }
            if let index = tables.tokens.firstIndex(where: { $0.token == rotation.presented }) {
                let row = tables.tokens[index]
                guard let session = isOpen(row), !session.isAPIClient, row.issuedAt <= now - rotation.age else {
                    return .none
                }
                tables.keepSpent(row)
                tables.tokens[index].previous = row.token
                tables.tokens[index].token = rotation.next
                tables.tokens[index].rotatedAt = now
                tables.tokens[index].nonce = rotation.nonce
                return .next(nonce: rotation.nonce, session: session)
            }
            guard let row = tables.tokens.first(where: { $0.previous == rotation.presented }),
                let session = isOpen(row), let nonce = row.nonce, row.issuedAt > now - rotationGrace
            else { return .none }
            return .next(nonce: nonce, session: session)
        }
    }

    package func refresh(
        _ refreshing: RefreshRotation, audit: AuditEvent, theft: AuditEvent
    ) async throws(StoreError) -> RefreshOutcome {
        let audit = try FieldRules.checked(audit)
        let theft = try FieldRules.checked(theft)
        return try database.transaction { tables, now in
            tables.refresh(refreshing, grace: rotationGrace, at: now, audit: audit, theft: theft)
        }
    }
}
