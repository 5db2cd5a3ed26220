import Identity

/// What the tables know of tokens, as PostgreSQL's statements do.
extension MemoryTables {
    /// Why and with what words a session ends.
    struct Ending {
        let reason: RevocationReason
        let audit: AuditEvent

        init(_ reason: RevocationReason, _ audit: AuditEvent) {
            self.reason = reason
            self.audit = audit
        }
    }

    mutating func tell(_ event: AuditEvent, session: Session) {
        audit.append(event.with(["session": session.id.description], about: session.userID))
    }

    mutating func end(_ session: Session, _ ending: Ending, at now: Timestamp) {
        sessions[session.id] = session.ended(ending.reason, at: now)
        tell(ending.audit, session: session)
    }

    /// A second token for the same host takes the place of the first.
    mutating func addToken(
        _ token: TokenHash, to session: SessionID, host: String?, at now: Timestamp, expiresAt: Timestamp? = nil
    ) throws(StoreError) {
        guard !tokens.contains(where: { $0.token == token || $0.previous == token }) else {
            throw .conflict(field: "session_tokens_token_hash_key")
        }
        guard let index = tokens.firstIndex(where: { $0.session == session && $0.host == host }) else {
            tokens.append(
                TokenRow(session: session, host: host, createdAt: now, token: token, expiresAt: expiresAt))
            return
        }
        keepSpent(tokens[index])
        tokens[index].previous = tokens[index].token
        tokens[index].rotatedAt = now
        tokens[index].token = token
        tokens[index].nonce = nil
    }

    /// Remembers the token that a cookie's rotation pushes out of the place of the previous one.
    mutating func keepSpent(_ row: TokenRow) {
        guard let host = row.host, let gone = row.previous else { return }
        spent[gone] = SpentRow(session: row.session, host: host, at: row.issuedAt)
    }

    /// What a token opens. The first use of a token that was rotated in settles the rotation.
    mutating func opened(
        _ token: TokenHash, idle: Duration, grace: Duration, at now: Timestamp
    ) -> AuthenticatedSession? {
        if let row = apiTokens.values.first(where: { $0.hash == token }) { return opened(row.record, at: now) }
        if let row = spent[token], let host = row.host {
            let end = row.at + grace
            guard end > now else { return nil }
            return opened(row.session, host: host, until: end, issuedAt: nil, idle: idle, at: now)
        }
        guard let index = tokens.firstIndex(where: { $0.token == token || $0.previous == token }) else { return nil }
        let row = tokens[index]
        let isPresent = row.token == token
        let end = isPresent ? row.expiresAt : row.issuedAt + grace
        let issuedAt = isPresent ? row.issuedAt : row.nonce.map { _ in Timestamp(seconds: 0) }
        guard
            let found = opened(
                row.session, host: row.host, until: end, issuedAt: row.host.flatMap { _ in issuedAt }, idle: idle,
                at: now)
        else { return nil }
        if isPresent { tokens[index].nonce = nil }
        return found
    }

    private func opened(
        _ id: SessionID, host: String?, until end: Timestamp?, issuedAt: Timestamp?, idle: Duration?, at now: Timestamp
    ) -> AuthenticatedSession? {
        guard end.map({ $0 > now }) ?? true, let session = sessions[id], session.isLive(at: now),
            session.isPersistent || idle.map({ session.lastUsedAt > now - $0 }) ?? true,
            let user = users[session.userID]?.user,
            user.isActive
        else { return nil }
        return AuthenticatedSession(
            sessionID: session.id, principal: principal(user, at: now), host: host, lastUsedAt: session.lastUsedAt,
            expiresAt: min(session.expiresAt, end ?? session.expiresAt), tokenIssuedAt: issuedAt,
            isPersistent: session.isPersistent)
    }

    private func opened(_ token: APIToken, at now: Timestamp) -> AuthenticatedSession? {
        guard token.isLive(at: now), let user = users[token.userID]?.user, user.isActive else { return nil }
        return AuthenticatedSession(
            kind: .apiToken, sessionID: SessionID(token.id.value),
            principal: principal(user, at: now).held(to: token.ceiling), host: nil,
            lastUsedAt: token.lastUsedAt ?? token.createdAt, expiresAt: token.expiresAt ?? Timestamp(microseconds: .max)
        )
    }

    /// A session or an API token that is live, by its own id.
    func standing(of id: SessionID, at now: Timestamp) -> AuthenticatedSession? {
        if let row = apiTokens.values.first(where: { $0.record.id.value == id.value }) {
            return opened(row.record, at: now)
        }
        return opened(id, host: nil, until: nil, issuedAt: nil, idle: nil, at: now)
    }

    /// Ends the session of a cookie that was rotated away longer ago than the grace.
    mutating func endStolen(_ token: TokenHash, grace: Duration, at now: Timestamp) {
        let row = tokens.first { $0.previous == token && $0.host != nil && $0.issuedAt <= now - grace }
        let gone = spent[token].flatMap { $0.at <= now - grace ? $0.session : nil }
        guard let id = row?.session ?? gone, let session = sessions[id], session.isLive(at: now) else { return }
        let event = AuditEvent(
            at: now, event: "session.token_reused", actor: nil, subject: session.userID, details: ["token": "cookie"])
        end(session, Ending(.tokenReused, event), at: now)
    }

    mutating func refresh(
        _ refreshing: RefreshRotation, grace: Duration, at now: Timestamp, audit: AuditEvent, theft: AuditEvent
    ) -> RefreshOutcome {
        func isActive(_ session: Session) -> Bool { users[session.userID]?.user.isActive == true }
        if let index = refreshTokens.firstIndex(where: { $0.token == refreshing.presented }) {
            let row = refreshTokens[index]
            guard let session = sessions[row.session], session.isLive(at: now), isActive(session),
                session.isPersistent || session.lastUsedAt > now - refreshing.idle,
                let access = tokens.firstIndex(where: { $0.session == row.session && $0.host == nil })
            else { return .unknown }
            if let gone = row.previous {
                spent[gone] = SpentRow(session: row.session, host: nil, at: row.refreshedAt ?? now)
            }
            refreshTokens[index].previous = row.token
            refreshTokens[index].token = refreshing.refresh
            refreshTokens[index].refreshedAt = now
            refreshTokens[index].nonce = refreshing.nonce
            let end = min(refreshing.accessExpiresAt, session.expiresAt)
            tokens[access].previous = tokens[access].token
            tokens[access].token = refreshing.access
            tokens[access].rotatedAt = now
            tokens[access].expiresAt = end
            let used = session.used(at: now)
            sessions[session.id] = used
            tell(audit, session: session)
            return .next(nonce: refreshing.nonce, session: used, accessExpiresAt: end)
        }
        if let row = refreshTokens.first(where: { $0.previous == refreshing.presented }), let nonce = row.nonce,
            let refreshedAt = row.refreshedAt, refreshedAt > now - grace, let session = sessions[row.session],
            session.isLive(at: now), isActive(session),
            let access = tokens.first(where: { $0.session == row.session && $0.host == nil })
        {
            return .next(nonce: nonce, session: session, accessExpiresAt: access.expiresAt ?? session.expiresAt)
        }
        let row = refreshTokens.first { $0.previous == refreshing.presented }
        guard let id = row?.session ?? spent[refreshing.presented]?.session, let session = sessions[id] else {
            return .unknown
        }
        if session.isLive(at: now) { end(session, Ending(.tokenReused, theft), at: now) }
        return .reused(id)
    }
}

extension AuditEvent {
    /// The event with further details, and about this person if it says nobody.
    func with(_ more: [String: String], about user: UserID) -> AuditEvent {
        AuditEvent(
            at: at, event: event, actor: actor, subject: subject ?? user, plant: plant, ipAddress: ipAddress,
            details: details.merging(more) { own, _ in own })
    }
}
