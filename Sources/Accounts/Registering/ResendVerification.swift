import Identity

/// Sends the mail with the link to verify an address once more, if there is an account that waits for it.
package struct ResendVerification: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// Returns in the same way, after the same work, whether or not there is such an account, or anything to verify.
    ///
    /// - Parameter login: an email address or username.
    /// - Throws: `throttled`, `accountsOff`, `unavailable`.
    package func callAsFunction(login: String, by requester: Requester) async throws(AccountsError) {
        try await environment.sendLink(
            MailLink(.verifyEmail, .verifyEmail, at: .verifyEmail), login: login,
            event: "user.verification_requested", by: requester
        ) { !$0.isVerified && $0.status != .suspended }
    }
}
