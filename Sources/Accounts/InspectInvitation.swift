package import Identity

/// What a person sees who follows the link of an invitation; uses nothing up, so it may answer a GET.
package struct InspectInvitation: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Parameter text: the token of the link.
    /// - Throws: `linkRefused`.
    package func callAsFunction(_ text: String) async throws(AccountsError) -> OpenInvitation {
        throw .accountsOff
    }
}

/// An invitation as the invited person sees it.
package struct OpenInvitation: Sendable {
    package let invitation: Invitation
    /// Whether the person has no account yet, and accepting makes one: then a password is needed.
    package let makesAccount: Bool
}
