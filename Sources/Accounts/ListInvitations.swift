package import Identity

/// Lists the open invitations to a plant.
package struct ListInvitations: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter plant: a code or id.
    /// - Throws: `forbidden`, `notFound`.
    package func callAsFunction(
        to plant: String, by requester: Requester
    ) async throws(AccountsError) -> [Invitation] {
        throw .accountsOff
    }
}
