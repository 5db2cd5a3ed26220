package import Identity
import Store

/// Sessions and their tokens in memory.
package struct MemorySessionStore: SessionStore {
    let database: MemoryDatabase
    let rotationGrace: Duration

    package func create(_ new: NewSession, token: TokenHash, host: String?) async throws(StoreError) -> Session {
        try FieldRules.checkHost(host)
        let session = Session(
            id: SessionID(database.newID()), userID: new.userID, userAgent: try FieldRules.userAgent(new.userAgent),
            ipAddress: try FieldRules.ipAddress(new.ipAddress), method: new.method.rawValue, factors: new.factors,
            issuedAt: new.issuedAt, lastUsedAt: new.issuedAt, expiresAt: new.expiresAt, revokedAt: nil,
            revocationReason: nil)
        return try database.transaction { tables, now throws(StoreError) in
            guard let user = tables.users[new.userID]?.user, user.deletedAt == nil else { throw .notFound }
            guard user.isActive else { throw ModelRules.inactiveUserHasNoSessions }
            guard new.issuedAt < new.expiresAt else { throw ModelRules.refusal("user_sessions_times_in_order") }
            guard (0...10).contains(new.factors) else { throw ModelRules.refusal("user_sessions_factors_range") }
            let live = tables.sessions.values.filter { $0.userID == new.userID && $0.isLive(at: now) }
                .sorted { $0.issuedAt > $1.issuedAt }
            for oldest in live.dropFirst(max(1, new.perUserMax) - 1) {
                tables.sessions[oldest.id] = oldest.ended(.displaced, at: now)
            }
            tables.sessions[session.id] = session
            try tables.addToken(token, to: session.id, host: host, at: now)
            return session
        }
    }

    package func addToken(_ token: TokenHash, to session: SessionID, host: String) async throws(StoreError) {
        try FieldRules.checkHost(host)
        try database.transaction { tables, now throws(StoreError) in
            guard let row = tables.sessions[session], row.isLive(at: now),
                tables.users[row.userID]?.user.isActive == true
            else { throw .notFound }
            try tables.addToken(token, to: session, host: host, at: now)
        }
    }

    package func list(of user: UserID) async throws(StoreError) -> [Session] {
        try database.transaction { tables, _ in
            tables.sessions.values.filter { $0.userID == user }
                .sorted { ($0.issuedAt, $0.id.description) > ($1.issuedAt, $1.id.description) }
        }
    }

    package func revoke(_ session: SessionID, reason: RevocationReason) async throws(StoreError) -> Bool {
        try database.transaction { tables, now in
            guard let row = tables.sessions[session], row.isLive(at: now) else { return false }
            tables.sessions[session] = row.ended(reason, at: now)
            return true
        }
    }

    package func revokeAll(of user: UserID, reason: RevocationReason) async throws(StoreError) -> Int {
        try database.transaction { tables, now in tables.endSessions(of: user, reason: reason, at: now) }
    }

    package func recordUse(_ uses: [SessionUse]) async throws(StoreError) {
        try database.transaction { tables, _ in
            for use in uses { tables.sessions[use.session] = tables.sessions[use.session]?.used(at: use.at) }
        }
    }

    package func lookup(
        _ tokens: [TokenHash], idle: Duration
    ) async throws(StoreError) -> [TokenHash: AuthenticatedSession] {
        try database.transaction { tables, now in
            var found: [TokenHash: AuthenticatedSession] = [:]
            for token in tokens {
                guard let row = tables.row(of: token, grace: rotationGrace, at: now),
                    let session = tables.sessions[row.session], session.isLive(at: now),
                    session.lastUsedAt > now - idle, let user = tables.users[session.userID]?.user, user.isActive
                else { continue }
                found[token] = AuthenticatedSession(
                    sessionID: session.id, principal: tables.principal(user, at: now), host: row.host,
                    lastUsedAt: session.lastUsedAt, expiresAt: session.expiresAt)
            }
            return found
        }
    }
}

extension MemoryTables {
    fileprivate func row(of token: TokenHash, grace: Duration, at now: Timestamp) -> TokenRow? {
        tokens.first { row in
            row.token == token || row.previous == token && (row.rotatedAt.map { $0 > now - grace } ?? false)
        }
    }

    /// A second token for the same host takes the place of the first.
    fileprivate mutating func addToken(
        _ token: TokenHash, to session: SessionID, host: String?, at now: Timestamp
    ) throws(StoreError) {
        guard !tokens.contains(where: { $0.token == token || $0.previous == token }) else {
            throw .conflict(field: "session_tokens_token_hash_key")
        }
        if let index = tokens.firstIndex(where: { $0.session == session && $0.host == host }) {
            tokens[index].previous = tokens[index].token
            tokens[index].rotatedAt = now
            tokens[index].token = token
        } else {
            tokens.append(TokenRow(session: session, host: host, token: token))
        }
    }
}
