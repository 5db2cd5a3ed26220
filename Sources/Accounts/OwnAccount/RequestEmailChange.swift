package import Identity

/// Sends a link to the address that the person who is signed in wants to have; it takes effect when they follow it.
package struct RequestEmailChange: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// An address that somebody else has gets the same answer; its owner is told by mail.
    ///
    /// - Parameter password: the present one: an open session alone must not be enough.
    /// - Throws: `invalid`, `invalidCredentials`, `throttled`, `busy`; `refused` for an API token.
    package func callAsFunction(
        to email: String, password: String, of present: AuthenticatedSession, by requester: Requester
    ) async throws(AccountsError) {
        let email = email.boundedForm
        try TextRules.checkEmail(email)
        let user = try await VerifyCredentials(environment)(again: password, of: present, by: requester).user
        try await MailThrottle.admit(by: user.id, environment)
        let mayReach = try await MailThrottle.mayReach(email, environment)
        let now = environment.clock.now()
        try await environment.transaction { stores throws(AccountsError) in
            let owner = try await storage { () async throws(StoreError) in try await stores.users.find(email: email) }
            // Only the last wish counts.
            _ = try await storage { () async throws(StoreError) in
                try await stores.verifications.cancel(of: user.id, purposes: [.changeEmail], at: now)
            }
            let audit = environment.event(
                "user.email_change_requested", by: requester, about: user.id,
                details: ["email.before": user.email ?? "", "email.after": email])
            if let owner, owner.id != user.id {
                try await environment.send(
                    MailLink(.resetPassword, .alreadyRegistered, at: .resetPassword), to: mayReach ? owner : nil,
                    audit: audit, by: requester, stores)
            } else {
                try await environment.send(
                    MailLink(.changeEmail, .changeEmail, at: .confirmEmail), to: mayReach ? user : nil, at: email,
                    values: ["email": email], audit: audit, by: requester, stores)
            }
        }
    }
}
