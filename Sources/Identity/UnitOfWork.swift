/// Runs several operations of several stores as one: all take effect, or none.
package protocol UnitOfWork: Sendable {
    /// Hands `body` the stores as one transaction sees them; committed when it returns, undone when it throws.
    ///
    /// After a store threw, nothing more can be done in the transaction. `body` may run again if another transaction
    /// was in its way, so it has no effects but through the stores.
    func perform<Answer: Sendable>(
        _ body: (StoresInTransaction) async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer
}

/// The stores of people, for as long as one transaction lasts.
package struct StoresInTransaction: Sendable {
    package let users: any UserStore
    package let plants: any PlantStore
    package let roles: any RoleStore
    package let verifications: any VerificationStore
    package let invitations: any InvitationStore
    package let identities: any LinkedIdentityStore
    package let audit: any AuditStore
    package let outbox: any Outbox

    package init(
        users: any UserStore, plants: any PlantStore, roles: any RoleStore, verifications: any VerificationStore,
        invitations: any InvitationStore, identities: any LinkedIdentityStore, audit: any AuditStore,
        outbox: any Outbox
    ) {
        self.users = users
        self.plants = plants
        self.roles = roles
        self.verifications = verifications
        self.invitations = invitations
        self.identities = identities
        self.audit = audit
        self.outbox = outbox
    }
}
