package import Identity

/// Ends all of a person's sessions, the present one included.
package struct SignOutEverywhere: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Returns: how many were live.
    /// - Throws: `refused` for an API token.
    @discardableResult
    package func callAsFunction(
        _ present: AuthenticatedSession, by requester: Requester
    ) async throws(AccountsError) -> Int {
        try await environment.endSessions(of: present, except: nil, by: requester)
    }
}

/// Ends all of a person's sessions but the present one.
package struct SignOutElsewhere: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Returns: how many were live.
    /// - Throws: `refused` for an API token.
    @discardableResult
    package func callAsFunction(
        _ present: AuthenticatedSession, by requester: Requester
    ) async throws(AccountsError) -> Int {
        try await environment.endSessions(of: present, except: present.sessionID, by: requester)
    }
}

extension AccountsEnvironment {
    fileprivate func endSessions(
        of present: AuthenticatedSession, except kept: SessionID?, by requester: Requester
    ) async throws(AccountsError) -> Int {
        try present.requirePerson()
        let user = present.principal.userID
        var requester = requester
        requester.user = user
        let audit = event(
            kept == nil ? "user.signed_out_everywhere" : "user.signed_out_elsewhere", by: requester, about: user)
        return try await storage(.session) { () async throws(StoreError) in
            try await sessions.revokeAll(of: user, except: kept, reason: .signedOut, audit: audit)
        }
    }
}
