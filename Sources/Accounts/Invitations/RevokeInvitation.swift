package import Identity

/// Takes an open invitation to a plant back.
package struct RevokeInvitation: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter plant: a code or id: of the plant that the invitation is to.
    /// - Throws: `forbidden`; `notFound`, also for an invitation to another plant.
    package func callAsFunction(
        _ id: InvitationID, to plant: String, by requester: Requester
    ) async throws(AccountsError) {
        try environment.requireAccounts(requester)
        try await environment.transaction(.invitation) { stores throws(AccountsError) in
            let plant = try await environment.administered(plant, by: requester, stores)
            let revoked = try await storage(.invitation) { () async throws(StoreError) in
                try await stores.invitations.revoke(id, plant: plant.id, at: environment.clock.now())
            }
            guard let revoked else { throw .notFound(.invitation) }
            try await stores.record(
                environment.event(
                    "invitation.revoked", by: requester, about: nil, plant: plant.id,
                    details: [
                        "invitation": id.description, "email": revoked.email, "role": revoked.role.description,
                    ]))
        }
    }
}
