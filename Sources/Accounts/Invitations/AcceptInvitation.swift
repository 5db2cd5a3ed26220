package import Identity

/// Takes up an invitation: makes the account if there is none yet, and grants the role.
package struct AcceptInvitation: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// Call it for a POST alone. Nobody is signed in by it. A role that is higher than the one offered stays.
    ///
    /// An account that somebody registered with the address and never confirmed is nobody's: it is filled in anew, so
    /// that whoever registers a stranger's address gains nothing from the stranger's invitation.
    ///
    /// - Parameters:
    ///   - text: the token of the link, which proves the address.
    ///   - account: what a new account needs; ignored for an address that has one.
    /// - Throws: `linkRefused`, also when whoever invited may not grant the role any more; `invalid`, `weakPassword`
    ///   and `conflict` for what a new account lacks, and `refused` for an account that has not proved its address: the
    ///   link stays good.
    @discardableResult
    package func callAsFunction(
        _ text: String, account: InvitedAccount?, by requester: Requester
    ) async throws(AccountsError) -> User {
        try environment.requireAccounts(requester)
        guard let token = Token(text, kind: .invitation) else { throw .linkRefused }
        let open = try await InspectInvitation(environment)(text)
        let new = open.makesAccount ? try await newUser(account, invited: open.invitation) : nil
        let now = environment.clock.now()
        return try await environment.transaction { stores throws(AccountsError) in
            let accepted = try await storage { () async throws(StoreError) in
                try await stores.invitations.accept(TokenHash(of: token), at: now)
            }
            guard let invitation = accepted else { throw .linkRefused }
            try await invitation.requireInviter(stores, at: now)
            let user = try await self.user(new, for: invitation, by: requester, stores)
            try await grant(invitation, to: user, by: requester, stores)
            return user
        }
    }

    private func newUser(
        _ account: InvitedAccount?, invited invitation: Invitation
    ) async throws(AccountsError) -> NewUser {
        guard let account else { throw .invalid(field: "password", allowed: "a password for the new account") }
        let username = account.username?.boundedForm.nonEmpty
        let name = account.name?.nonEmpty
        if let username { try TextRules.checkUsername(username) }
        if let name { try TextRules.checkName(name) }
        let hash = try await environment.hash(account.password, context: [invitation.email, username, name])
        return NewUser(
            username: username, email: invitation.email, name: name, passwordHash: hash, status: .pendingVerification)
    }

    /// The account of the invited address.
    private func user(
        _ new: NewUser?, for invitation: Invitation, by requester: Requester, _ stores: StoresInTransaction
    ) async throws(AccountsError) -> User {
        let now = environment.clock.now()
        guard let new else {
            let found = try await storage { () async throws(StoreError) in
                try await stores.users.find(email: invitation.email)
            }
            guard let found else { throw .linkRefused }
            let user = try await stores.locked(found.id)
            guard user.isVerified, user.status != .suspended else { throw .linkRefused }
            return user
        }
        let registered = try await storage { () async throws(StoreError) in try await stores.users.register(new) }
        if case .exists(let user) = registered {
            guard user.deletedAt == nil, !user.isVerified else { throw .linkRefused }
            throw .refused("Your account has not proved this address yet. Please verify it first, then come back.")
        }
        if let wish = new.username, registered.user.username != wish { throw .conflict(field: "username") }
        let user = try await storage { () async throws(StoreError) in
            _ = try await stores.verifications.cancel(
                of: registered.user.id, purposes: VerificationPurpose.allCases, at: now)
            return try await stores.users.update(registered.user.id, [.emailVerifiedAt(now)])
        }
        let active = try await stores.verified(user)
        try await stores.record(
            environment.event(
                "user.created", by: requester, about: active.id, plant: invitation.plantID,
                details: AuditDetails.of(new: active)))
        return active
    }

    private func grant(
        _ invitation: Invitation, to user: User, by requester: Requester, _ stores: StoresInTransaction
    ) async throws(AccountsError) {
        var requester = requester
        requester.user = requester.user ?? user.id
        try await stores.record(
            environment.event(
                "invitation.accepted", by: requester, about: user.id, plant: invitation.plantID,
                details: ["invitation": invitation.id.description, "role": invitation.role.description]))
        let held = try await storage { () async throws(StoreError) in
            try await stores.roles.role(of: user.id, in: invitation.plantID)
        }
        if let held, held > invitation.role { return }
        let plant = try await storage(.plant) { () async throws(StoreError) in
            try await stores.plants.find(id: invitation.plantID)
        }
        guard let plant else { throw .linkRefused }
        try await environment.grant(
            invitation.role, to: user.id, in: plant, until: invitation.roleUntil, from: invitation.invitedBy,
            by: requester, stores)
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
