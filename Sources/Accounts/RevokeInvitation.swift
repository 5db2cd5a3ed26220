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
        throw .accountsOff
    }
}
