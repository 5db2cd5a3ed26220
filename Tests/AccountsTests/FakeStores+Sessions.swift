import Identity

@testable import Accounts

extension FakeStores: SessionStore {
    func create(
        _ new: NewSession, token: TokenHash, host: String?, audit: AuditEvent?
    ) async throws(StoreError) -> Session {
        try call("sessions.create") { state in
            let live = state.sessions.values.filter { $0.isLive && $0.session.userID == new.userID }
            let oldest = live.sorted { $0.session.id.value.low < $1.session.id.value.low }
            for old in oldest.dropLast(new.perUserMax - 1) { state.sessions[old.session.id]?.isLive = false }
            let session = Session(
                id: SessionID(state.nextID()), userID: new.userID, userAgent: new.userAgent, ipAddress: new.ipAddress,
                method: new.method.rawValue, factors: new.factors, issuedAt: new.issuedAt, lastUsedAt: new.issuedAt,
                expiresAt: new.expiresAt, revokedAt: nil, revocationReason: nil, isPersistent: new.isPersistent,
                isAPIClient: new.refresh != nil)
            state.sessions[session.id] = LiveSession(session: session, tokens: [token: host])
            if let audit { state.tell(audit, session) }
            return .success(session)
        }
    }

    func addToken(
        _ token: TokenHash, to session: SessionID, host: String, audit: AuditEvent
    ) async throws(StoreError) -> Session {
        try call("sessions.addToken") { state in
            guard let live = state.sessions[session], live.isLive else { return .failure(.notFound) }
            state.sessions[session]?.tokens[token] = host
            state.tell(audit, live.session)
            return .success(live.session)
        }
    }

    func list(of user: UserID) async throws(StoreError) -> [Session] {
        try call("sessions.list") { state in
            .success(state.sessions.values.filter { $0.isLive && $0.session.userID == user }.map(\.session))
        }
    }

    func revoke(
        _ session: SessionID, of user: UserID?, reason: RevocationReason, audit: AuditEvent
    ) async throws(StoreError) -> Bool {
        try call("sessions.revoke") { state in
            guard let live = state.sessions[session], live.isLive, user == nil || live.session.userID == user else {
                return .success(false)
            }
            state.sessions[session]?.isLive = false
            state.tell(audit, live.session)
            return .success(true)
        }
    }

    func revokeAll(
        of user: UserID, except session: SessionID?, reason: RevocationReason, audit: AuditEvent
    ) async throws(StoreError) -> Int {
        try call("sessions.revokeAll") { state in
            let count = state.endSessions(of: user, except: session)
            state.events.append(audit.with(["count": String(count)]))
            return .success(count)
        }
    }

    // What rotates is tested over the stores in memory, which behave as the database does.
    func rotate(_ rotation: TokenRotation) async throws(StoreError) -> RotationOutcome { .none }
    func refresh(
        _ refreshing: RefreshRotation, audit: AuditEvent, theft: AuditEvent
    ) async throws(StoreError) -> RefreshOutcome { .unknown }

    func recordUse(_ uses: [SessionUse]) async throws(StoreError) {}

    func lookup(_ tokens: [TokenHash], idle: Duration) async throws(StoreError) -> [TokenHash: AuthenticatedSession] {
        let now = clock.now()
        return try call("sessions.lookup") { state in
            var found: [TokenHash: AuthenticatedSession] = [:]
            for live in state.sessions.values where now < live.session.lastUsedAt + idle {
                for (token, host) in live.tokens where tokens.contains(token) {
                    found[token] = state.opened(live, host: host, at: now)
                }
            }
            return .success(found)
        }
    }

    func standing(of sessions: [SessionID]) async throws(StoreError) -> [SessionID: AuthenticatedSession] {
        let now = clock.now()
        return try call("sessions.standing") { state in
            var found: [SessionID: AuthenticatedSession] = [:]
            for live in state.sessions.values where sessions.contains(live.session.id) {
                found[live.session.id] = state.opened(live, host: nil, at: now)
            }
            return .success(found)
        }
    }
}

extension FakeStores.State {
    /// What a session is good for, if it is live.
    fileprivate func opened(
        _ live: FakeStores.LiveSession, host: String?, at now: Timestamp
    ) -> AuthenticatedSession? {
        guard live.isLive, now < live.session.expiresAt, let user = accounts[live.session.userID]?.user, user.isActive
        else { return nil }
        let principal = Principal(
            userID: user.id, username: user.username, email: user.email, name: user.name, globalRoles: user.roles,
            memberships: [])
        return AuthenticatedSession(
            sessionID: live.session.id, principal: principal, host: host, lastUsedAt: live.session.lastUsedAt,
            expiresAt: live.session.expiresAt)
    }
}

extension FakeStores: TicketStore {
    func create(_ ticket: Ticket) async throws(StoreError) {
        try call("tickets.create") { state in
            state.tickets[ticket.token] = ticket
            return .success(())
        }
    }

    func redeem(
        _ token: TokenHash, host: String, attempt: TokenHash, at: Timestamp
    ) async throws(StoreError) -> SessionID? {
        try call("tickets.redeem") { state in
            guard let ticket = state.tickets[token], ticket.host == host, ticket.attempt == attempt,
                at < ticket.expiresAt
            else { return .success(nil) }
            state.tickets[token] = nil
            return .success(ticket.session)
        }
    }
}

extension FakeStores: AuditStore {
    func append(_ event: AuditEvent) async throws(StoreError) {
        try call("audit.append") { state in
            state.events.append(event)
            return .success(())
        }
    }

    func list(limit: Int) async throws(StoreError) -> [AuditEvent] { Array(events.suffix(limit)) }
    func list(_ filter: AuditFilter) async throws(StoreError) -> [AuditEntry] { [] }
}

extension FakeStores.State {
    fileprivate mutating func tell(_ event: AuditEvent, _ session: Session) {
        events.append(event.with(["session": session.id.description]))
    }
}

extension AuditEvent {
    fileprivate func with(_ more: [String: String]) -> AuditEvent {
        AuditEvent(
            at: at, event: event, actor: actor, subject: subject, plant: plant, ipAddress: ipAddress,
            details: details.merging(more) { own, _ in own })
    }
}
