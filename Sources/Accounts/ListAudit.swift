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
        throw .accountsOff
    }
}
