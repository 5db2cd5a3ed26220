/// How a person proved who they are when a session began.
package enum SignInMethod: String, Sendable {
    case password
    /// Made by an operator at the command line, for load tests; audited.
    case commandLine = "command_line"
}

/// Why a session ended before its time.
package enum RevocationReason: String, Sendable {
    case signedOut = "signed_out"
    case revoked
    case displaced
    case passwordChanged = "password_changed"
    case userSuspended = "user_suspended"
    case userDeleted = "user_deleted"
    case tokenReused = "token_reused"
}

/// A sign-in that lasts: one row of `user_sessions`.
package struct Session: Sendable, Hashable {
    package let id: SessionID
    package let userID: UserID
    package let userAgent: String?
    package let ipAddress: String?
    package let method: String
    /// How many factors were proved.
    package let factors: Int
    package let issuedAt: Timestamp
    package let lastUsedAt: Timestamp
    /// The absolute end, whatever the use.
    package let expiresAt: Timestamp
    package let revokedAt: Timestamp?
    package let revocationReason: String?
    /// Whether the person asked to be remembered: the cookie outlives the browser, and no idle time ends the session.
    package let isPersistent: Bool
    /// Whether it is a program's, held by a refresh token, and not a browser's.
    package let isAPIClient: Bool

    package init(
        id: SessionID, userID: UserID, userAgent: String?, ipAddress: String?, method: String, factors: Int,
        issuedAt: Timestamp, lastUsedAt: Timestamp, expiresAt: Timestamp, revokedAt: Timestamp?,
        revocationReason: String?, isPersistent: Bool = false, isAPIClient: Bool = false
    ) {
        self.id = id
        self.userID = userID
        self.userAgent = userAgent
        self.ipAddress = ipAddress
        self.method = method
        self.factors = factors
        self.issuedAt = issuedAt
        self.lastUsedAt = lastUsedAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.revocationReason = revocationReason
        self.isPersistent = isPersistent
        self.isAPIClient = isAPIClient
    }
}

/// What is needed to begin a session.
package struct NewSession: Sendable {
    package var userID: UserID
    package var userAgent: String?
    package var ipAddress: String?
    package var method: SignInMethod
    package var factors: Int
    package var issuedAt: Timestamp
    package var expiresAt: Timestamp
    /// How many live sessions the user may have, this one included; the oldest give way.
    package var perUserMax: Int
    /// Whether the person asked to be remembered.
    package var isPersistent: Bool
    /// The refresh token of a program's session; nil for a browser's.
    package var refresh: TokenHash?
    /// When the session's first token ends, if that is before the session does.
    package var tokenExpiresAt: Timestamp?

    package init(
        userID: UserID, userAgent: String?, ipAddress: String?, method: SignInMethod, factors: Int = 1,
        issuedAt: Timestamp, expiresAt: Timestamp, perUserMax: Int, isPersistent: Bool = false,
        refresh: TokenHash? = nil, tokenExpiresAt: Timestamp? = nil
    ) {
        self.userID = userID
        self.userAgent = userAgent
        self.ipAddress = ipAddress
        self.method = method
        self.factors = factors
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.perUserMax = perUserMax
        self.isPersistent = isPersistent
        self.refresh = refresh
        self.tokenExpiresAt = tokenExpiresAt
    }
}

/// A live session together with who it acts as: what the session cache holds.
package struct AuthenticatedSession: Sendable {
    /// What the presented token is a token of.
    package enum Kind: Sendable, Hashable {
        /// A sign-in: a browser's or a program's.
        case session
        /// An API token, which stands for itself: `sessionID` is its own id.
        case apiToken
    }

    package let kind: Kind
    package let sessionID: SessionID
    /// Already held to the ceiling of an API token.
    package let principal: Principal
    /// The host that the presented cookie was made for; nil is good on every host: bearer tokens, and cookies made at
    /// the command line.
    package let host: String?
    package let lastUsedAt: Timestamp
    /// The absolute end of what the token opens: the session's, or the token's own if that comes first. The idle end
    /// is `lastUsedAt` plus `sessions.idle`, and use pushes it on.
    package let expiresAt: Timestamp
    /// Since when the presented cookie is the one of its host, for its rotation; nil for a token that is never rotated.
    /// A cookie that has just given way to another counts as old, so that a browser that missed the answer with the new
    /// one gets it again.
    package let tokenIssuedAt: Timestamp?
    /// Whether the person asked to be remembered.
    package let isPersistent: Bool

    package init(
        kind: Kind = .session, sessionID: SessionID, principal: Principal, host: String?, lastUsedAt: Timestamp,
        expiresAt: Timestamp, tokenIssuedAt: Timestamp? = nil, isPersistent: Bool = false
    ) {
        self.kind = kind
        self.sessionID = sessionID
        self.principal = principal
        self.host = host
        self.lastUsedAt = lastUsedAt
        self.expiresAt = expiresAt
        self.tokenIssuedAt = tokenIssuedAt
        self.isPersistent = isPersistent
    }
}
