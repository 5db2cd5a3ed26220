package import Identity

/// Lists people with their roles for administrators, in one query however many there are.
package struct ListPeople: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// Global administrators see everybody. Administrators of a plant must name it in the filter, and see who holds a
    /// role there, with no other plant's roles.
    ///
    /// - Throws: `forbidden`, `invalid`.
    package func callAsFunction(
        _ filter: UserFilter, by requester: Requester
    ) async throws(AccountsError) -> PeoplePage {
        throw .accountsOff
    }
}

/// A page of a list of people.
package struct PeoplePage: Sendable {
    package let people: [ListedUser]
    /// How many there are on all pages.
    package let total: Int
}
