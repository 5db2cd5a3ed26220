import Identity

/// How many mails may be asked for: from an address, so that nobody floods the world, and to a person, so that nobody
/// floods them.
enum MailThrottle {
    private static let fromAddress = ThrottleRule.leaking(burst: 20, interval: .seconds(60))
    private static let toRecipient = ThrottleRule.leaking(burst: 3, interval: .seconds(600))
    private static let fromUser = ThrottleRule.leaking(burst: 100, interval: .seconds(60))

    /// - Throws: `throttled`.
    static func admit(_ requester: Requester, _ environment: AccountsEnvironment) async throws(AccountsError) {
        guard let network = requester.ipAddress.flatMap({ ClientNetwork($0)?.cidr }) else { return }
        try await environment.admit([bucket("from \(network)", fromAddress)])
    }

    /// - Throws: `throttled`, for what a person who is signed in has sent to others.
    static func admit(by user: UserID, _ environment: AccountsEnvironment) async throws(AccountsError) {
        try await environment.admit([bucket("by \(user)", fromUser)])
    }

    /// Whether one more mail may be sent to whoever this is. Nobody is told: whether there is a mail at all is not
    /// theirs to know.
    static func mayReach(
        _ recipient: String, _ environment: AccountsEnvironment
    ) async throws(AccountsError) -> Bool {
        do {
            try await environment.admit([bucket("to \(recipient.loginForm)", toRecipient)])
            return true
        } catch .throttled {
            return false
        }
    }

    private static func bucket(_ text: String, _ rule: ThrottleRule) -> ThrottleBucket {
        ThrottleBucket(key: TokenHash(ofText: "mail \(text)"), rule: rule)
    }
}
