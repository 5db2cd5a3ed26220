package import Identity

/// What a program holds of its session: a token to ask with, and one to get the next pair with.
package struct TokenPair: Sendable {
    /// Secret. Good as `Authorization: Bearer` on every host, until `accessExpiresAt`.
    package let access: Token
    package let accessExpiresAt: Timestamp
    /// Secret. Good once.
    package let refresh: Token
    package let session: Session

    /// The `expires_in` of RFC 6749, section 5.1: in whole seconds.
    package func expiresIn(at now: Timestamp) -> Int {
        Int(max(0, (accessExpiresAt - now).microseconds / 1_000_000))
    }
}
