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
        return try database.look { tables, _ in
            let newestFirst = tables.audit.enumerated().sorted {
                ($0.element.at, $0.offset) > ($1.element.at, $1.offset)
            }
            return newestFirst.prefix(limit).map(\.element)
        }
    }

    package func list(_ filter: AuditFilter) async throws(StoreError) -> [AuditEntry] {
        try FieldRules.checkPage(offset: 0, limit: filter.limit)
        if let event = filter.event { try FieldRules.checkSearch(event) }
        return try database.look { tables, _ in
            let entries = tables.audit.enumerated().map { number, event in
                AuditEntry(position: AuditPosition(at: event.at, number: Int64(number)), event: event)
            }
            let found = entries.filter { filter.holds($0) }
                .sorted { ($0.position.at, $0.position.number) > ($1.position.at, $1.position.number) }
            return Array(found.prefix(filter.limit))
        }
    }
}

extension AuditFilter {
    fileprivate func holds(_ entry: AuditEntry) -> Bool {
        let event = entry.event
        if let subject, subject != event.subject { return false }
        if let actor, actor != event.actor { return false }
        if let plant, plant != event.plant { return false }
        if let name = self.event, name != event.event, !(name.hasSuffix(".") && event.event.hasPrefix(name)) {
            return false
        }
        guard let before else { return true }
        return (entry.position.at, entry.position.number) < (before.at, before.number)
    }
}
