import Identity

/// Exchanges a program's refresh token for the next pair (the `refresh_token` grant).
///
/// A refresh token is good once (RFC 9700, section 4.14.2). Used again within `sessions.rotation_grace`, and before the
/// next one was used, it brings the same pair: an answer was lost, or two asked at once. Used after that, it is taken
/// for stolen, and the whole session ends, for the thief and for the person alike.
package struct RefreshTokenPair: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Throws: `invalidGrant` for whatever is wrong with the token; `unavailable`.
    package func callAsFunction(_ text: String, by requester: Requester) async throws(AccountsError) -> TokenPair {
        guard let presented = Token(text, kind: .refresh) else { throw .invalidGrant }
        let now = environment.clock.now()
        let nonce = environment.random.bytes(Token.nonceBytes)
        let refreshing = RefreshRotation(
            presented: TokenHash(of: presented), refresh: TokenHash(of: presented.next(.refresh, nonce: nonce)),
            access: TokenHash(of: presented.next(.session, nonce: nonce)), nonce: nonce,
            accessExpiresAt: now + environment.settings.sessionRotation, idle: environment.settings.sessionIdle)
        let audit = environment.event("session.refreshed", by: requester, about: nil)
        let theft = environment.event("session.token_reused", by: requester, about: nil, details: ["token": "refresh"])
        let outcome = try await storage(.session) { () async throws(StoreError) in
            try await environment.sessions.refresh(refreshing, audit: audit, theft: theft)
        }
        switch outcome {
        case .next(let kept, let session, let accessExpiresAt):
            return TokenPair(
                access: presented.next(.session, nonce: kept), accessExpiresAt: accessExpiresAt,
                refresh: presented.next(.refresh, nonce: kept), session: session)
        case .unknown, .reused: throw .invalidGrant
        }
    }
}
