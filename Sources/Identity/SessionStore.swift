/// Sessions and the tokens that open them.
///
/// Each operation that changes something writes its audit event in the same transaction, with the session's id added to
/// its details; if it changes nothing, it writes none.
package protocol SessionStore: SessionLookup {
    /// Begins a session and gives it its first token, good on `host` (nil: on every host). The oldest sessions beyond
    /// `perUserMax` end as `displaced`, each with an event of its own. Without `audit`, the caller has accounted for
    /// it.
    func create(
        _ session: NewSession, token: TokenHash, host: String?, audit: AuditEvent?
    ) async throws(StoreError) -> Session
    /// Gives a live session a token for one more host. `notFound` when it is not live.
    func addToken(
        _ token: TokenHash, to session: SessionID, host: String, audit: AuditEvent
    ) async throws(StoreError) -> Session
    /// All that are kept, the newest first, those that are over included.
    func list(of user: UserID) async throws(StoreError) -> [Session]
    /// Returns whether a live session was ended; of `user`, if one is given.
    func revoke(
        _ session: SessionID, of user: UserID?, reason: RevocationReason, audit: AuditEvent
    ) async throws(StoreError) -> Bool
    /// Returns how many live sessions were ended, which is the event's `count`; the event is written even for none.
    func revokeAll(
        of user: UserID, except session: SessionID?, reason: RevocationReason, audit: AuditEvent
    ) async throws(StoreError) -> Int
    /// Pushes `last_used_at` forward for many sessions and API tokens at once; never back.
    func recordUse(_ uses: [SessionUse]) async throws(StoreError)
    /// Exchanges a cookie's token for the next one, once, whoever else asks at the same time.
    func rotate(_ rotation: TokenRotation) async throws(StoreError) -> RotationOutcome
    /// Exchanges a program's refresh token for the next pair, once. One that was used before is taken for stolen: then
    /// the whole session ends with an event `session.token_reused` made of `theft`.
    func refresh(
        _ refreshing: RefreshRotation, audit: AuditEvent, theft: AuditEvent
    ) async throws(StoreError) -> RefreshOutcome
}

/// What the proxy asks of the database.
package protocol SessionLookup: Sendable {
    /// Who holds each of these tokens, in one query. A token that is unknown, expired, revoked, or whose user is not
    /// active, is absent from the answer. `idle` is how long a session may lie unused.
    ///
    /// A cookie's token that gave way to another longer ago than the grace is taken for stolen: its whole session ends,
    /// with an audit event.
    func lookup(_ tokens: [TokenHash], idle: Duration) async throws(StoreError) -> [TokenHash: AuthenticatedSession]
    /// What these sessions and API tokens are good for now, by their own ids and in one query: for what was let in long
    /// ago and goes on, by a token that may have been rotated since. One that is over, or whose user is not active, is
    /// absent. Being idle is no matter for what is in use.
    func standing(of sessions: [SessionID]) async throws(StoreError) -> [SessionID: AuthenticatedSession]
}

/// One use of a session, for `last_used_at`.
package struct SessionUse: Sendable, Hashable {
    package let session: SessionID
    package let at: Timestamp
    package init(session: SessionID, at: Timestamp) {
        self.session = session
        self.at = at
    }
}

/// A wish to exchange a cookie's token for the next one.
package struct TokenRotation: Sendable {
    package let presented: TokenHash
    package let next: TokenHash
    /// What the next token was made with, together with the presented one. The store keeps it until the next token is
    /// first used.
    package let nonce: [UInt8]
    package let host: String
    /// How long a token is good before it is rotated: a younger one stays.
    package let age: Duration

    package init(presented: TokenHash, next: TokenHash, nonce: [UInt8], host: String, age: Duration) {
        self.presented = presented
        self.next = next
        self.nonce = nonce
        self.host = host
        self.age = age
    }
}

/// What became of a wish to rotate.
package enum RotationOutcome: Sendable, Hashable {
    /// The next token was made with this nonce: the wish's own, or that of somebody who was first. Until the next token
    /// is used, whoever holds the former one within the grace gets the same again.
    case next(nonce: [UInt8], session: Session)
    /// It is not due, is not rotated at all, or the next token is in use already.
    case none
}

/// A wish to exchange a refresh token for the next pair of tokens.
package struct RefreshRotation: Sendable {
    package let presented: TokenHash
    package let refresh: TokenHash
    package let access: TokenHash
    /// What the next pair was made with, together with the presented token. Kept until the next refresh token is used.
    package let nonce: [UInt8]
    package let accessExpiresAt: Timestamp
    /// How long a session may lie unused.
    package let idle: Duration

    package init(
        presented: TokenHash, refresh: TokenHash, access: TokenHash, nonce: [UInt8], accessExpiresAt: Timestamp,
        idle: Duration
    ) {
        self.presented = presented
        self.refresh = refresh
        self.access = access
        self.nonce = nonce
        self.accessExpiresAt = accessExpiresAt
        self.idle = idle
    }
}

/// What became of a refresh.
package enum RefreshOutcome: Sendable, Hashable {
    /// The next pair was made with this nonce. A refresh that comes again within the grace, before the next token was
    /// used, gets the same pair: its answer was lost, or two asked at once.
    case next(nonce: [UInt8], session: Session, accessExpiresAt: Timestamp)
    /// No live session has, or had, this token.
    case unknown
    /// The token was used before. Its session is over, now or already.
    case reused(SessionID)
}
