import Identity
import PostgreSQL

/// The part of a statement that writes the audit log's line about what the statement does: in the same transaction, and
/// only if it did something.
enum AuditedStatement {
    /// How many parameters `AuditEvent.parameters()` has.
    static let parameterCount = 8

    /// An `INSERT` of one line for each row of `source`, to stand behind the part of a `WITH` that changes something and
    /// returns what it changed.
    ///
    /// - Parameters:
    ///   - first: the number of the first of the event's parameters.
    ///   - subject: SQL for whom it was about, where the event itself does not say.
    ///   - details: SQL for a `jsonb` object of further details.
    static func line(
        parametersFrom first: Int, subject: String = "NULL", adding details: String = "'{}'", from source: String
    ) -> String {
        """
        INSERT INTO audit_log (at, event, actor_id, subject_id, plant_id, ip_address, details)
        SELECT $\(first)::timestamptz, $\(first + 1)::text, $\(first + 2)::uuid,
            coalesce($\(first + 3)::uuid, \(subject)), $\(first + 4)::integer, $\(first + 5)::inet,
            jsonb_object($\(first + 6)::text[], $\(first + 7)::text[]) || \(details)
        FROM \(source)
        """
    }
}

extension AuditEvent {
    /// The event as `PostgresAuditStore.append` and `AuditedStatement.line` take it.
    func parameters() throws(StoreError) -> [PostgresValue] {
        let event = try FieldRules.checked(self)
        let details = event.details.sorted { $0.key < $1.key }
        return [
            PostgresValue(event.at), .text(event.event), PostgresValue(event.actor), PostgresValue(event.subject),
            PostgresValue(event.plant), PostgresValue(event.ipAddress), .textArray(details.map(\.key)),
            .textArray(details.map(\.value)),
        ]
    }
}
