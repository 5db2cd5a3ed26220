import Accounts
import Identity

/// What administrators do with people. Those of a plant see and change who belongs to it; the rest takes the global
/// role ADMIN. The use cases look that up again in their transaction.
enum AdminUserOperations {
    static let routes = [
        APIRoute("GET", "/admin/users", list), APIRoute("POST", "/admin/users", create),
        APIRoute("GET", "/admin/users/{user}", show), APIRoute("DELETE", "/admin/users/{user}", delete),
        APIRoute("POST", "/admin/users/{user}/suspend", suspend),
        APIRoute("POST", "/admin/users/{user}/activate", activate),
        APIRoute("POST", "/admin/users/{user}/restore", restore),
        APIRoute("PUT", "/admin/users/{user}/password", setPassword),
        APIRoute("GET", "/admin/sessions", listSessions), APIRoute("DELETE", "/admin/sessions", endSessions),
        APIRoute("DELETE", "/admin/sessions/{session}", endSession),
    ]

    static func list(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        let query = try call.query(["q", "status", "plant", "deleted", "offset", "limit"])
        let (offset, limit) = try call.page(query)
        var filter = UserFilter(text: query["q"], offset: offset, limit: limit)
        if let status = query["status"] {
            guard let known = UserStatus(rawValue: status) else {
                throw .invalid("status", "active, suspended or pending_verification is needed.")
            }
            filter.status = known
        }
        if let deleted = query["deleted"] {
            guard deleted == "true" || deleted == "false" else {
                throw .invalid("deleted", "true or false is needed.")
            }
            filter.includesDeleted = deleted == "true"
        }
        if let plant = query["plant"] { filter.plant = try await call.administered(plant, by: caller).id }
        let page = try await call.run { () async throws(AccountsError) in
            try await ListPeople(call.accounts)(filter, by: caller.requester)
        }
        return .json(
            200,
            .map([
                "users": .array(page.people.map { .listed($0) }), "total": .number(Int64(page.total)),
                "offset": .number(Int64(offset)), "limit": .number(Int64(limit)),
            ]))
    }

    static func create(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        let body = try call.body(["username", "email", "name", "password", "roles", "status", "plant", "role", "until"])
        var account = NewAccount(
            username: try body.optionalText("username"), email: try body.optionalText("email"),
            name: try body.optionalText("name"), password: try body.optionalText("password"),
            roles: try body.optionalTexts("roles") ?? ["user"])
        if let status = try body.optionalText("status") {
            guard let known = UserStatus(rawValue: status), known != .suspended else {
                throw .invalid("status", "active or pending_verification is needed.")
            }
            account.status = known
        }
        if let plant = try body.optionalText("plant") {
            account.membership = NewAccount.Membership(
                plant: plant, role: try body.optionalRole("role") ?? .operator, until: try body.optionalTime("until"))
        }
        let new = account
        let user = try await call.run { () async throws(AccountsError) in
            try await CreateUser(call.accounts)(new, by: caller.requester)
        }
        return .json(201, .user(user))
    }

    static func show(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        _ = try await call.administrator()
        let user = try await call.run { () async throws(AccountsError) in
            try await FindUser(call.accounts)(call.parameter("user"))
        }
        return .json(200, .user(user))
    }

    static func delete(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        _ = try await call.run { () async throws(AccountsError) in
            try await DeleteUser(call.accounts)(call.parameter("user"), by: caller.requester)
        }
        return .noContent
    }

    static func suspend(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        let user = try await call.run { () async throws(AccountsError) in
            try await SuspendUser(call.accounts)(call.parameter("user"), by: caller.requester)
        }
        return .json(200, .user(user))
    }

    static func activate(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        let user = try await call.run { () async throws(AccountsError) in
            try await ActivateUser(call.accounts)(call.parameter("user"), by: caller.requester)
        }
        return .json(200, .user(user))
    }

    static func restore(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        let user = try await call.run { () async throws(AccountsError) in
            try await RestoreUser(call.accounts)(call.parameter("user"), by: caller.requester)
        }
        return .json(200, .user(user))
    }

    static func setPassword(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        let password = try call.body(["password"]).text("password")
        let ended = try await call.run { () async throws(AccountsError) in
            try await SetPassword(call.accounts)(password, for: call.parameter("user"), by: caller.requester)
        }
        return .json(200, .map(["sessions_ended": .number(Int64(ended))]))
    }

    // MARK: Sessions

    /// Sessions reach into every plant, so these are for global administrators alone.
    static func listSessions(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.administrator()
        let user = try call.requiredUser()
        let sessions = try await call.run { () async throws(AccountsError) in
            try await ListSessions(call.accounts)(of: user, by: caller.requester)
        }
        return .json(
            200,
            .map([
                "sessions": .array(sessions.map { .session($0, isPresent: $0.id == caller.session.sessionID) })
            ]))
    }

    static func endSessions(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.administrator()
        let user = try call.requiredUser()
        let ended = try await call.run { () async throws(AccountsError) in
            try await RevokeAllSessions(call.accounts)(of: user, by: caller.requester)
        }
        return .json(200, .map(["sessions_ended": .number(Int64(ended))]))
    }

    static func endSession(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.administrator()
        guard let id = SessionID(call.parameter("session")) else { throw APIProblem(.notFound(.session)) }
        try await call.run { () async throws(AccountsError) in
            try await RevokeSession(call.accounts)(id, by: caller.requester)
        }
        return .noContent
    }
}

extension APICall {
    /// The `user` of the query, without which there is no list.
    fileprivate func requiredUser() throws(APIProblem) -> String {
        guard let user = try query(["user"])["user"] else {
            throw .invalid("user", "Whose: a username, email address or id.")
        }
        return user
    }

    /// A plant that the caller administers. One that is not there answers like one that is not theirs.
    func administered(_ reference: String, by caller: APICaller) async throws(APIProblem) -> Plant {
        let plant: Plant
        do throws(AccountsError) {
            plant = try await FindPlant(accounts)(reference)
        } catch {
            if error == .notFound(.plant), !caller.isAdministrator { throw .forbidden }
            throw APIProblem(error)
        }
        guard caller.administers(plant.id, at: accounts.clock.now()) else { throw .forbidden }
        return plant
    }
}
