package import Identity

/// Finds what a cookie or bearer token opens on a host: a live session, or the place of an API token.
package struct AuthenticateSession: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// Whose session `text` opens on `host`; nil when it opens none there.
    ///
    /// The text is compared byte for byte (CVE-2026-25748), and a token of another kind or host opens nothing.
    ///
    /// - Parameter takesAPITokens: whether an API token will do as well, as in `Authorization: Bearer`; never for a
    ///   cookie.
    package func callAsFunction(
        _ text: String, host: String, takesAPITokens: Bool = false
    ) async throws(AccountsError) -> AuthenticatedSession? {
        guard let token = Token(text, kind: .session) ?? (takesAPITokens ? Token(text, kind: .api) : nil) else {
            return nil
        }
        let hash = TokenHash(of: token)
        let idle = environment.settings.sessionIdle
        let found = try await storage(.session) { () async throws(StoreError) in
            try await environment.sessions.lookup([hash], idle: idle)
        }
        guard let session = found[hash] else { return nil }
        guard let bound = session.host else { return session }
        return bound == HostBinding.host(ofAuthority: host) ? session : nil
    }
}
