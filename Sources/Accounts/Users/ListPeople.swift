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
        try environment.requireAccounts(requester)
        try filter.check()
        return try await environment.transaction { stores throws(AccountsError) in
            let authority = try await Authority(requester, stores, at: environment.clock.now())
            if let plant = filter.plant { try authority.require(plant) } else { try authority.requireEverything() }
            if filter.includesDeleted { try authority.requireEverything() }
            return try await storage { () async throws(StoreError) in
                PeoplePage(
                    people: try await stores.users.list(filter), total: try await stores.users.count(filter))
            }
        }
    }
}

/// A page of a list of people.
package struct PeoplePage: Sendable {
    package let people: [ListedUser]
    /// How many there are on all pages.
    package let total: Int
}

extension UserFilter {
    fileprivate func check() throws(AccountsError) {
        guard offset >= 0, (1...1_000).contains(limit) else {
            throw .invalid(field: "page", allowed: "an offset of 0 or more, and 1 to 1000 people")
        }
        if let text, !TextRules.isSearchable(text) {
            throw .invalid(field: "search", allowed: "1 to 255 printable characters")
        }
    }
}
