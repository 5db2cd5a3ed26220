package import Identity

/// Pages through the audit log, the newest first.
package struct ListAudit: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// Global administrators see all of it. Administrators of a plant must name it in the filter.
    ///
    /// - Throws: `forbidden`, `invalid`.
    package func callAsFunction(
        _ filter: AuditFilter, by requester: Requester
    ) async throws(AccountsError) -> [AuditEntry] {
        try environment.requireAccounts(requester)
        guard (1...1_000).contains(filter.limit), filter.event.map(TextRules.isSearchable) ?? true else {
            throw .invalid(field: "page", allowed: "1 to 1000 events, and an event's name")
        }
        return try await environment.transaction { stores throws(AccountsError) in
            let authority = try await Authority(requester, stores, at: environment.clock.now())
            if let plant = filter.plant { try authority.require(plant) } else { try authority.requireEverything() }
            return try await storage { () async throws(StoreError) in try await stores.audit.list(filter) }
        }
    }
}
