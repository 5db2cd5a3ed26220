package import Identity

/// The session cookie of one host: a token, and how long the browser keeps it.
package struct SessionCookie: Sendable {
    /// Secret: goes into the cookie, and nowhere else.
    package let token: Token
    /// In seconds, for people who asked to be remembered; nil: until the browser is closed.
    package let maxAge: Int?

    init(token: Token, of session: Session, at now: Timestamp) {
        self.token = token
        let left = (session.expiresAt - now).microseconds / 1_000_000
        maxAge = session.isPersistent ? Int(max(1, left)) : nil
    }
}
