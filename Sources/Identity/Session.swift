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

    package init(
        id: SessionID, userID: UserID, userAgent: String?, ipAddress: String?, method: String, factors: Int,
        issuedAt: Timestamp, lastUsedAt: Timestamp, expiresAt: Timestamp, revokedAt: Timestamp?,
        revocationReason: String?
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

    package init(
        userID: UserID, userAgent: String?, ipAddress: String?, method: SignInMethod, factors: Int = 1,
        issuedAt: Timestamp, expiresAt: Timestamp, perUserMax: Int
    ) {
        self.userID = userID
        self.userAgent = userAgent
        self.ipAddress = ipAddress
        self.method = method
        self.factors = factors
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.perUserMax = perUserMax
    }
}

/// A live session together with who it acts as: what the session cache holds.
package struct AuthenticatedSession: Sendable {
    package let sessionID: SessionID
    package let principal: Principal
    /// The host that the presented cookie was made for; nil is good on every host (made at the command line).
    package let host: String?
    package let lastUsedAt: Timestamp
    /// The absolute end. The idle end is `lastUsedAt` plus `sessions.idle`, and use pushes it on.
    package let expiresAt: Timestamp

    package init(
        sessionID: SessionID, principal: Principal, host: String?, lastUsedAt: Timestamp, expiresAt: Timestamp
    ) {
        self.sessionID = sessionID
        self.principal = principal
        self.host = host
        self.lastUsedAt = lastUsedAt
        self.expiresAt = expiresAt
    }
}
