package import Identity

/// Takes up an invitation: makes the account if there is none yet, and grants the role.
package struct AcceptInvitation: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// Call it for a POST alone. Nobody is signed in by it.
    ///
    /// - Parameters:
    ///   - text: the token of the link.
    ///   - account: what a new account needs; ignored for an address that has one.
    /// - Throws: `linkRefused`, also when whoever invited may not grant the role any more; `invalid`, `weakPassword`
    ///   and `conflict` for what a new account lacks: the link stays good.
    @discardableResult
    package func callAsFunction(
        _ text: String, account: InvitedAccount?, by requester: Requester
    ) async throws(AccountsError) -> User {
        throw .accountsOff
    }
}

/// What an invited person fills in who has no account yet. The address is the invitation's.
package struct InvitedAccount: Sendable {
    /// Secret.
    package var password: String
    package var username: String?
    package var name: String?

    package init(password: String, username: String? = nil, name: String? = nil) {
        self.password = password
        self.username = username
        self.name = name
    }
}

extension InvitedAccount: CustomReflectable {
    package var customMirror: Mirror { Mirror(self, children: []) }
}
