/// What a verification token is good for, and nothing else.
package enum VerificationPurpose: String, Sendable, CaseIterable {
    case verifyEmail = "verify_email"
    case resetPassword = "reset_password"
    case changeEmail = "change_email"
    /// Handed out by a sign-in with a password that must be changed; never sent by mail.
    case firstPassword = "first_password"
}

/// What is needed to make a verification token.
package struct NewVerification: Sendable {
    package var userID: UserID
    package var purpose: VerificationPurpose
    /// The address that it is sent to, and so the only one that it proves; nil for `firstPassword` alone.
    package var email: String?
    package var token: TokenHash
    package var expiresAt: Timestamp

    package init(
        userID: UserID, purpose: VerificationPurpose, email: String?, token: TokenHash, expiresAt: Timestamp
    ) {
        self.userID = userID
        self.purpose = purpose
        self.email = email
        self.token = token
        self.expiresAt = expiresAt
    }
}

/// What a verification token proves.
package struct Verification: Sendable, Hashable {
    package let userID: UserID
    package let email: String?

    package init(userID: UserID, email: String?) {
        self.userID = userID
        self.email = email
    }
}

/// Tokens that prove who reads a mailbox, each good once.
package protocol VerificationStore: Sendable {
    /// `notFound` for a user who is not there or deleted.
    func create(_ verification: NewVerification) async throws(StoreError)
    /// What an unused, unexpired token of this purpose would prove; uses nothing up.
    func find(_ token: TokenHash, purpose: VerificationPurpose, at: Timestamp) async throws(StoreError)
        -> Verification?
    /// Uses the token up: of any number of calls at once, one gets an answer and the others nil. A token of another
    /// purpose, an expired one, and one of a deleted user prove nothing.
    func consume(_ token: TokenHash, purpose: VerificationPurpose, at: Timestamp) async throws(StoreError)
        -> Verification?
    /// Makes a user's unused tokens of these purposes worthless, and returns how many there were.
    @discardableResult
    func cancel(of user: UserID, purposes: [VerificationPurpose], at: Timestamp) async throws(StoreError) -> Int
}
