package import Identity

/// What a person sees who follows the link of an invitation; uses nothing up, so it may answer a GET.
package struct InspectInvitation: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter text: the token of the link.
    /// - Throws: `linkRefused`.
    package func callAsFunction(_ text: String) async throws(AccountsError) -> OpenInvitation {
        guard environment.settings.people.isOn else { throw .accountsOff }
        guard let token = Token(text, kind: .invitation) else { throw .linkRefused }
        let now = environment.clock.now()
        return try await environment.transaction { stores throws(AccountsError) in
            let found = try await storage { () async throws(StoreError) in
                try await stores.invitations.find(TokenHash(of: token), at: now)
            }
            guard let invitation = found else { throw .linkRefused }
            try await invitation.requireInviter(stores, at: now)
            let owner = try await storage { () async throws(StoreError) in
                try await stores.users.find(email: invitation.email)
            }
            return OpenInvitation(invitation: invitation, makesAccount: owner?.isVerified != true)
        }
    }
}

/// An invitation as the invited person sees it.
package struct OpenInvitation: Sendable {
    package let invitation: Invitation
    /// Whether the person has no account yet, and accepting makes one: then a password is needed.
    package let makesAccount: Bool
}

extension Invitation {
    /// - Throws: `linkRefused` when whoever invited may not grant a role in the plant any more.
    func requireInviter(_ stores: StoresInTransaction, at now: Timestamp) async throws(AccountsError) {
        guard let invitedBy else { return }
        do {
            try await Authority(of: invitedBy, stores, at: now).require(plantID)
        } catch .forbidden {
            throw .linkRefused
        }
    }
}
