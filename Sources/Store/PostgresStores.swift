package import PostgreSQL

/// All stores over one pool.
package struct PostgresStores: Sendable {
    package let users: PostgresUserStore
    package let plants: PostgresPlantStore
    package let roles: PostgresRoleStore
    package let sessions: PostgresSessionStore
    package let tickets: PostgresTicketStore
    package let apiTokens: PostgresAPITokenStore
    package let audit: PostgresAuditStore
    package let outbox: PostgresOutbox
    package let assertionKeys: PostgresAssertionKeyStore
    package let verifications: PostgresVerificationStore
    package let invitations: PostgresInvitationStore
    package let identities: PostgresLinkedIdentityStore
    package let throttles: PostgresThrottleStore
    package let work: PostgresUnitOfWork

    package init(pool: PostgresPool, rotationGrace: RotationGrace = RotationGrace(.seconds(30))) {
        users = PostgresUserStore(pool: pool)
        plants = PostgresPlantStore(pool: pool)
        roles = PostgresRoleStore(pool: pool)
        sessions = PostgresSessionStore(pool: pool, rotationGrace: rotationGrace)
        tickets = PostgresTicketStore(pool: pool)
        apiTokens = PostgresAPITokenStore(pool: pool)
        audit = PostgresAuditStore(pool: pool)
        outbox = PostgresOutbox(pool: pool)
        assertionKeys = PostgresAssertionKeyStore(pool: pool)
        verifications = PostgresVerificationStore(pool: pool)
        invitations = PostgresInvitationStore(pool: pool)
        identities = PostgresLinkedIdentityStore(pool: pool)
        throttles = PostgresThrottleStore(pool: pool)
        work = PostgresUnitOfWork(pool: pool)
    }
}
