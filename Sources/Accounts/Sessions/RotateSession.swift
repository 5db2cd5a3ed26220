import Identity

/// Exchanges the token of a host's session cookie for the next one, when it is time.
///
/// Called for page loads, whose answers carry the new cookie. The former token goes on working for
/// `sessions.rotation_grace`, for the requests that are on their way; used after that, it is taken for stolen. Requests
/// at once and gateways side by side rotate once, and get the same next token (`Token.next`).
///
/// Rotating is not audited: it changes nobody's rights, and happens with every quarter of an hour of work.
package struct RotateSession: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameters:
    ///   - text: the cookie as the browser sent it. What is no session token is not rotated.
    ///   - host: the host that it was sent to: an authority, with or without a port.
    /// - Returns: the cookie to set; nil when the present one stays.
    package func callAsFunction(_ text: String, host: String) async throws(AccountsError) -> SessionCookie? {
        guard let presented = Token(text, kind: .session) else { return nil }
        let nonce = environment.random.bytes(Token.nonceBytes)
        let rotation = TokenRotation(
            presented: TokenHash(of: presented), next: TokenHash(of: presented.next(.session, nonce: nonce)),
            nonce: nonce, host: HostBinding.host(ofAuthority: host), age: environment.settings.sessionRotation)
        let outcome = try await storage(.session) { () async throws(StoreError) in
            try await environment.sessions.rotate(rotation)
        }
        guard case .next(let kept, let session) = outcome else { return nil }
        return SessionCookie(
            token: presented.next(.session, nonce: kept), of: session, at: environment.clock.now())
    }
}
