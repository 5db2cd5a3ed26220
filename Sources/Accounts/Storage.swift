import Identity

/// Asks a store, and turns its errors into ours.
///
/// `subject` is what was looked for when the store finds nothing.
func storage<Answer>(
    _ subject: AccountsError.Subject = .user, _ body: () async throws(StoreError) -> Answer
) async throws(AccountsError) -> Answer {
    do { return try await body() } catch { throw AccountsError(error, subject: subject) }
}

extension AccountsEnvironment {
    /// Writes one line of the audit log. What cannot be accounted for must not happen: an error goes to the caller.
    func record(
        _ event: String, by requester: Requester, about subject: UserID?, plant: PlantID? = nil,
        details: [String: String] = [:]
    ) async throws(AccountsError) {
        let details = details.merging(["channel": requester.channel.rawValue]) { own, _ in own }
        let event = AuditEvent(
            at: clock.now(), event: event, actor: requester.user, subject: subject, plant: plant,
            ipAddress: requester.ipAddress, details: details)
        try await storage { () async throws(StoreError) in try await audit.append(event) }
    }
}
