import Identity

/// Sends a person who forgot their password a link to set another.
package struct RequestPasswordReset: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// Returns in the same way, after the same work, whether or not there is such an account, or an address to send to.
    ///
    /// - Parameter login: an email address or username.
    /// - Throws: `throttled`, `accountsOff`, `unavailable`.
    package func callAsFunction(login: String, by requester: Requester) async throws(AccountsError) {
        try await environment.sendLink(
            MailLink(.resetPassword, .resetPassword, at: .resetPassword), login: login,
            event: "user.password_reset_requested", by: requester
        ) { $0.status != .suspended }
    }
}

extension AccountsEnvironment {
    /// Sends a link to whoever has a login, if it is for them; the same work in any case.
    func sendLink(
        _ link: MailLink, login: String, event name: String, by requester: Requester,
        if isForThem: (User) -> Bool
    ) async throws(AccountsError) {
        try requireAccounts(requester)
        try await MailThrottle.admit(requester, self)
        let login = TextRules.searchForm(login)
        var found: User?
        if let login {
            found = try await storage { () async throws(StoreError) in
                try await users.credentials(login: login, from: nil)?.user
            }
        }
        let mayReach = try await MailThrottle.mayReach(found?.id.description ?? login ?? "", self)
        let user = found.flatMap { isForThem($0) && $0.email != nil && mayReach ? $0 : nil }
        let audit = event(
            name, by: requester, about: found?.id,
            details: [
                "outcome": user != nil ? "sent" : found == nil ? "unknown_user" : mayReach ? "refused" : "throttled"
            ])
        try await transaction { stores throws(AccountsError) in
            try await send(link, to: user, audit: audit, by: requester, stores)
        }
    }
}
