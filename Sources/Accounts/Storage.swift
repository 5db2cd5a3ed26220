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
    /// One line of the audit log, for a store to write in the transaction of what it tells.
    func event(
        _ event: String, by requester: Requester, about subject: UserID?, plant: PlantID? = nil,
        details: [String: String] = [:]
    ) -> AuditEvent {
        AuditEvent(
            at: clock.now(), event: event, actor: requester.user, subject: subject, plant: plant,
            ipAddress: requester.ipAddress,
            details: details.merging(["channel": requester.channel.rawValue]) { own, _ in own })
    }

    /// Writes one line of the audit log. What cannot be accounted for must not happen: an error goes to the caller.
    func record(
        _ event: String, by requester: Requester, about subject: UserID?, plant: PlantID? = nil,
        details: [String: String] = [:]
    ) async throws(AccountsError) {
        let event = self.event(event, by: requester, about: subject, plant: plant, details: details)
        try await storage { () async throws(StoreError) in try await audit.append(event) }
    }
}
