import Accounts
import Identity

/// What administrators do with plants, the roles in them and the invitations to them. Administrators of a plant see and
/// change their own alone.
enum AdminPlantOperations {
    static let routes = [
        APIRoute("GET", "/admin/plants", list), APIRoute("POST", "/admin/plants", create),
        APIRoute("GET", "/admin/plants/{plant}", show), APIRoute("PATCH", "/admin/plants/{plant}", rename),
        APIRoute("DELETE", "/admin/plants/{plant}", delete), APIRoute("GET", "/admin/roles", listRoles),
        APIRoute("PUT", "/admin/roles/{plant}/{user}", grant),
        APIRoute("DELETE", "/admin/roles/{plant}/{user}", revoke),
        APIRoute("GET", "/admin/plants/{plant}/invitations", listInvitations),
        APIRoute("POST", "/admin/plants/{plant}/invitations", invite),
        APIRoute("DELETE", "/admin/plants/{plant}/invitations/{invitation}", revokeInvitation),
    ]

    static func list(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        let now = call.accounts.clock.now()
        let (offset, limit) = try call.page(try call.query(["offset", "limit"]))
        let all = try await call.run { () async throws(AccountsError) in try await ListPlants(call.accounts)() }
        let theirs = all.filter { caller.administers($0.id, at: now) }
        guard caller.isAdministrator || !theirs.isEmpty else { throw .forbidden }
        return .json(
            200,
            .map([
                "plants": .array(theirs.dropFirst(offset).prefix(limit).map { .plant($0) }),
                "total": .number(Int64(theirs.count)), "offset": .number(Int64(offset)),
                "limit": .number(Int64(limit)),
            ]))
    }

    static func create(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        let body = try call.body(["code", "name"])
        let (code, name) = (try body.text("code"), try body.optionalText("name"))
        let plant = try await call.run { () async throws(AccountsError) in
            try await CreatePlant(call.accounts)(code: code, name: name, by: caller.requester)
        }
        return .json(201, .plant(plant))
    }

    static func show(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        return .json(200, .plant(try await call.administered(call.parameter("plant"), by: caller)))
    }

    static func rename(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        let code = try call.body(["code"]).text("code")
        let plant = try await call.run { () async throws(AccountsError) in
            try await RenamePlant(call.accounts)(call.parameter("plant"), to: code, by: caller.requester)
        }
        return .json(200, .plant(plant))
    }

    static func delete(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        _ = try await call.run { () async throws(AccountsError) in
            try await DeletePlant(call.accounts)(call.parameter("plant"), by: caller.requester)
        }
        return .noContent
    }

    // MARK: Roles

    static func listRoles(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        let query = try call.query(["user", "plant", "offset", "limit"])
        let (offset, limit) = try call.page(query)
        let plant = query["plant"]
        let user = query["user"]
        let grants = try await call.run { () async throws(AccountsError) in
            try await ListRoles(call.accounts)(user: user, plant: plant, by: caller.requester)
        }
        return .json(
            200,
            .map([
                "roles": .array(grants.dropFirst(offset).prefix(limit).map { .grant($0) }),
                "total": .number(Int64(grants.count)), "offset": .number(Int64(offset)),
                "limit": .number(Int64(limit)),
            ]))
    }

    static func grant(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        let body = try call.body(["role", "until"])
        guard let role = try body.optionalRole("role") else { throw .invalid("role", "A role is needed.") }
        let until = try body.optionalTime("until")
        try await call.run { () async throws(AccountsError) in
            try await GrantRole(call.accounts)(
                role, to: call.parameter("user"), in: call.parameter("plant"), until: until, by: caller.requester)
        }
        return .noContent
    }

    static func revoke(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        try await call.run { () async throws(AccountsError) in
            try await RevokeRole(call.accounts)(
                from: call.parameter("user"), in: call.parameter("plant"), by: caller.requester)
        }
        return .noContent
    }

    // MARK: Invitations

    static func listInvitations(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        let open = try await call.run { () async throws(AccountsError) in
            try await ListInvitations(call.accounts)(to: call.parameter("plant"), by: caller.requester)
        }
        return .json(200, .map(["invitations": .array(open.map { .invitation($0) })]))
    }

    static func invite(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        let body = try call.body(["email", "role", "until"])
        let email = try body.text("email")
        let role = try body.optionalRole("role") ?? .operator
        let until = try body.optionalTime("until")
        let invitation = try await call.run { () async throws(AccountsError) in
            try await InviteUser(call.accounts)(
                email, to: call.parameter("plant"), as: role, until: until, by: caller.requester)
        }
        return .json(201, .invitation(invitation))
    }

    static func revokeInvitation(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        guard let id = InvitationID(call.parameter("invitation")) else {
            throw APIProblem(.notFound(.invitation))
        }
        try await call.run { () async throws(AccountsError) in
            try await RevokeInvitation(call.accounts)(id, to: call.parameter("plant"), by: caller.requester)
        }
        return .noContent
    }
}
