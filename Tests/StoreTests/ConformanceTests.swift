import GatehouseTesting
import Identity
import PostgreSQL
import Store
import Testing

extension StoreConformance.Check: CustomTestStringConvertible {
    public var testDescription: String { description }
}

@Suite struct `The store conformance suite` {
    @Test(arguments: StoreConformance.checks)
    func `holds in PostgreSQL`(check: StoreConformance.Check) async throws {
        try await withDatabase { database in
            let pool = database.pool
            let grace = RotationGrace(.seconds(30))
            let stores = PostgresStores(pool: pool, rotationGrace: grace)
            try await check.run(
                StoreConformance.Stores(
                    users: stores.users, plants: stores.plants, roles: stores.roles, sessions: stores.sessions,
                    tickets: stores.tickets, apiTokens: stores.apiTokens, audit: stores.audit,
                    verifications: stores.verifications, invitations: stores.invitations,
                    identities: stores.identities, throttles: stores.throttles, work: stores.work,
                    rotationGrace: grace,
                    setPlantActive: { id, isActive in
                        _ = try await pool.query(
                            "UPDATE plants SET is_active = $2 WHERE id = $1", [.int(Int64(id.value)), .bool(isActive)])
                    }))
        }
    }

    @Test(arguments: StoreConformance.checks)
    func `holds in memory`(check: StoreConformance.Check) async throws {
        let stores = MemoryStores()
        try await check.run(
            StoreConformance.Stores(
                users: stores.users, plants: stores.plants, roles: stores.roles, sessions: stores.sessions,
                tickets: stores.tickets, apiTokens: stores.apiTokens, audit: stores.audit,
                verifications: stores.verifications, invitations: stores.invitations, identities: stores.identities,
                throttles: stores.throttles, work: stores.work, rotationGrace: stores.rotationGrace,
                setPlantActive: { id, isActive in try stores.plants.setActive(id, isActive) }))
    }

    @Test func `has no two checks of one name`() {
        let names = StoreConformance.checks.map(\.description)
        #expect(Set(names).count == names.count)
    }
}
