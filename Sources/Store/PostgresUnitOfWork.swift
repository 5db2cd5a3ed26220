package import Identity
package import PostgreSQL

/// Units of work in PostgreSQL: each is one transaction.
package struct PostgresUnitOfWork: UnitOfWork {
    private let pool: PostgresPool

    package init(pool: PostgresPool) { self.pool = pool }

    package func perform<Answer: Sendable>(
        _ body: (StoresInTransaction) async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        try await transacting(pool) { transaction throws(StoreError) in
            try await body(
                StoresInTransaction(
                    users: PostgresUserStore(transaction), plants: PostgresPlantStore(transaction),
                    roles: PostgresRoleStore(transaction), verifications: PostgresVerificationStore(transaction),
                    invitations: PostgresInvitationStore(transaction),
                    identities: PostgresLinkedIdentityStore(transaction), audit: PostgresAuditStore(transaction),
                    outbox: PostgresOutbox(transaction)))
        }
    }
}

/// Runs `body` in one transaction, with our errors.
func transacting<Answer: Sendable>(
    _ pool: PostgresPool, _ body: (PostgresTransaction) async throws(StoreError) -> Answer
) async throws(StoreError) -> Answer {
    do {
        return try await pool.transaction { transaction in try await body(transaction) }
    } catch let error as StoreError {
        throw error
    } catch let error as PostgresError {
        throw StoreError(error)
    } catch {
        throw .unexpected("\(error)")
    }
}
