package import Identity
import Store

/// Tickets to other hosts, in memory.
package struct MemoryTicketStore: TicketStore {
    let database: MemoryDatabase

    package func create(_ ticket: Ticket) async throws(StoreError) {
        try FieldRules.checkHost(ticket.host)
        try database.transaction { tables, now throws(StoreError) in
            guard let session = tables.sessions[ticket.session], session.isLive(at: now) else { throw .notFound }
            guard tables.tickets[ticket.token] == nil else {
                throw .conflict(field: "sign_in_tickets_token_hash_key")
            }
            tables.tickets[ticket.token] = ticket
        }
    }

    package func redeem(
        _ token: TokenHash, host: String, attempt: TokenHash, at moment: Timestamp
    ) async throws(StoreError) -> SessionID? {
        try database.transaction { tables, _ in
            guard let ticket = tables.tickets[token], ticket.host == host, ticket.attempt == attempt,
                ticket.expiresAt > moment
            else { return nil }
            tables.tickets[token] = nil
            return ticket.session
        }
    }
}
