import Accounts
import Identity

/// The audit log, page by page.
enum AdminLogOperations {
    static let routes = [APIRoute("GET", "/admin/audit", list)]

    static func list(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        let query = try call.query(["subject", "actor", "plant", "event", "before", "limit"])
        var filter = AuditFilter(event: query["event"], limit: try call.number(query, "limit", 1...200) ?? 50)
        filter.subject = try user(query, "subject")
        filter.actor = try user(query, "actor")
        if let plant = query["plant"] { filter.plant = try await call.administered(plant, by: caller).id }
        if query.names.contains("before") {
            guard let position = query["before"].flatMap(AuditPosition.init) else {
                throw .invalid("before", "A position is needed.")
            }
            filter.before = position
        }
        let wanted = filter
        let entries = try await call.run { () async throws(AccountsError) in
            try await ListAudit(call.accounts)(wanted, by: caller.requester)
        }
        // A full page may have another one after it.
        let next = entries.count == filter.limit ? entries.last?.position.text : nil
        return .json(200, .map(["events": .array(entries.map { .audit($0) }), "next": .text(next)]))
    }

    private static func user(_ query: FormFields, _ name: String) throws(APIProblem) -> UserID? {
        guard query.names.contains(name) else { return nil }
        guard let id = query[name].flatMap(UserID.init) else { throw .invalid(name, "The id of a user is needed.") }
        return id
    }
}
