package import Identity
import Store

/// The audit log in memory.
package struct MemoryAuditStore: AuditStore {
    let database: MemoryDatabase

    package func append(_ event: AuditEvent) async throws(StoreError) {
        let event = try FieldRules.checked(event)
        try database.transaction { tables, _ in tables.audit.append(event) }
    }

    /// The newest first.
    package func list(limit: Int) async throws(StoreError) -> [AuditEvent] {
        try FieldRules.checkPage(offset: 0, limit: limit)
        return try database.transaction { tables, _ in
            let newestFirst = tables.audit.enumerated().sorted {
                ($0.element.at, $0.offset) > ($1.element.at, $1.offset)
            }
            return newestFirst.prefix(limit).map(\.element)
        }
    }
}
