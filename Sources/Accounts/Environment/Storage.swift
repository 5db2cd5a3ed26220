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
            details: details.merging(requester.facts) { own, _ in own })
    }

    /// Writes one line of the audit log. What cannot be accounted for must not happen: an error goes to the caller.
    func record(
        _ event: String, by requester: Requester, about subject: UserID?, plant: PlantID? = nil,
        details: [String: String] = [:]
    ) async throws(AccountsError) {
        let event = self.event(event, by: requester, about: subject, plant: plant, details: details)
        try await storage { () async throws(StoreError) in try await audit.append(event) }
    }

    /// Does several things as one: all take effect, or none. What `body` throws undoes them.
    func transaction<Answer: Sendable>(
        _ subject: AccountsError.Subject = .user,
        _ body: (StoresInTransaction) async throws(AccountsError) -> Answer
    ) async throws(AccountsError) -> Answer {
        var refusal: AccountsError?
        do throws(StoreError) {
            return try await work.perform { stores throws(StoreError) in
                do throws(AccountsError) { return try await body(stores) } catch {
                    refusal = error
                    throw .refused("undone")
                }
            }
        } catch {
            throw refusal ?? AccountsError(error, subject: subject)
        }
    }
}

extension StoresInTransaction {
    /// Writes one line of the audit log.
    func record(_ event: AuditEvent) async throws(AccountsError) {
        try await storage { () async throws(StoreError) in try await audit.append(event) }
    }

    /// The account as it is now, which nobody else changes before the transaction ends.
    ///
    /// - Throws: `notFound`, also for a deleted one unless they are asked for.
    func locked(_ id: UserID, includingDeleted: Bool = false) async throws(AccountsError) -> User {
        let user = try await storage { () async throws(StoreError) in try await users.lock(id) }
        guard let user, includingDeleted || user.deletedAt == nil else { throw .notFound(.user) }
        return user
    }

    func enqueue(_ mail: MailEvent) async throws(AccountsError) {
        try await storage { () async throws(StoreError) in try await outbox.enqueue(mail) }
    }
}
