package import Identity

/// Offers somebody a role in a plant, by mail.
package struct InviteUser: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// For administrators of the plant, global administrators and the command line. It holds only as long as whoever
    /// invites may grant the role.
    ///
    /// - Parameters:
    ///   - plant: a code or id.
    ///   - until: when the role ends; nil is for good.
    /// - Throws: `forbidden`, `notFound`, `invalid`, `throttled`; `registrationClosed` for an address without an account
    ///   where `accounts.registration` is `closed`.
    @discardableResult
    package func callAsFunction(
        _ email: String, to plant: String, as role: Role, until: Timestamp? = nil, by requester: Requester
    ) async throws(AccountsError) -> Invitation {
        throw .accountsOff
    }
}
