import Accounts
import Identity

/// What a program does with the account, the sessions and the tokens of whoever it acts for.
enum OwnOperations {
    static let routes = [
        APIRoute("POST", "/logout", logOut), APIRoute("GET", "/user", show), APIRoute("PATCH", "/user", update),
        APIRoute("DELETE", "/user", delete), APIRoute("PUT", "/user/password", changePassword),
        APIRoute("PUT", "/user/email", changeEmail), APIRoute("GET", "/sessions", listSessions),
        APIRoute("DELETE", "/sessions", endSessions), APIRoute("DELETE", "/sessions/{session}", endSession),
        APIRoute("GET", "/tokens", listTokens), APIRoute("POST", "/tokens", createToken),
        APIRoute("DELETE", "/tokens/{token}", endToken),
    ]

    static func logOut(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.person()
        try await call.run { () async throws(AccountsError) in
            try await SignOut(call.accounts)(caller.session, by: caller.requester)
        }
        return caller.isByCookie
            ? PortalResponse.noContent.setting(PortalCookie.session.clearing) : .noContent
    }

    static func show(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.caller()
        // An API token sees the roles that it is held to.
        guard caller.session.kind == .session else { return .json(200, .principal(caller.principal)) }
        let own = try await call.run { () async throws(AccountsError) in
            try await ShowOwnAccount(call.accounts)(of: caller.session)
        }
        return .json(200, .account(own))
    }

    static func update(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.person()
        let body = try call.body(["username", "name", "first_name", "last_name", "phone"])
        func change(_ name: String) throws(APIProblem) -> ProfileChanges.Change {
            body.contains(name) ? .set(try body.optionalText(name)) : .keep
        }
        let changes = ProfileChanges(
            username: try change("username"), name: try change("name"), firstName: try change("first_name"),
            lastName: try change("last_name"), phone: try change("phone"))
        _ = try await call.run { () async throws(AccountsError) in
            try await UpdateProfile(call.accounts)(changes, of: caller.session, by: caller.requester)
        }
        let own = try await call.run { () async throws(AccountsError) in
            try await ShowOwnAccount(call.accounts)(of: caller.session)
        }
        return .json(200, .account(own))
    }

    static func delete(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.person()
        let password = try call.body(["password"]).optionalText("password") ?? ""
        try await call.run { () async throws(AccountsError) in
            try await DeleteOwnAccount(call.accounts)(password: password, of: caller.session, by: caller.requester)
        }
        return caller.isByCookie
            ? PortalResponse.noContent.setting(PortalCookie.session.clearing) : .noContent
    }

    static func changePassword(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.person()
        let body = try call.body(["current", "password"])
        let (current, new) = (try body.text("current"), try body.text("password"))
        let ended = try await call.run { () async throws(AccountsError) in
            try await ChangePassword(call.accounts)(
                current: current, new: new, of: caller.session, by: caller.requester)
        }
        return .json(200, .map(["sessions_ended": .number(Int64(ended))]))
    }

    static func changeEmail(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.person()
        let body = try call.body(["email", "current"])
        let (email, current) = (try body.text("email"), try body.text("current"))
        try await call.run { () async throws(AccountsError) in
            try await RequestEmailChange(call.accounts)(
                to: email, password: current, of: caller.session, by: caller.requester)
        }
        return .json(202, .map(["next": .string("check_mail")]))
    }

    // MARK: Sessions

    static func listSessions(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.person()
        let sessions = try await call.run { () async throws(AccountsError) in
            try await ListOwnSessions(call.accounts)(caller.session)
        }
        return .json(200, .map(["sessions": .array(sessions.map { .session($0.session, isPresent: $0.isPresent) })]))
    }

    /// Ends all, or with `except=present` all others.
    static func endSessions(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.person()
        let except = try call.query(["except"])["except"]
        guard except == nil || except == "present" else { throw .invalid("except", "It can be present alone.") }
        let ended = try await call.run { () async throws(AccountsError) in
            except == nil
                ? try await SignOutEverywhere(call.accounts)(caller.session, by: caller.requester)
                : try await SignOutElsewhere(call.accounts)(caller.session, by: caller.requester)
        }
        return .json(200, .map(["sessions_ended": .number(Int64(ended))]))
    }

    static func endSession(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.person()
        guard let id = SessionID(call.parameter("session")) else { throw APIProblem(.notFound(.session)) }
        try await call.run { () async throws(AccountsError) in
            try await RevokeOwnSession(call.accounts)(id, of: caller.session, by: caller.requester)
        }
        return .noContent
    }

    // MARK: Tokens

    static func listTokens(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.person()
        let tokens = try await call.run { () async throws(AccountsError) in
            try await ListAPITokens(call.accounts)(caller.session)
        }
        return .json(200, .map(["tokens": .array(tokens.map { .apiToken($0) })]))
    }

    static func createToken(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.person()
        let body = try call.body(["name", "plant", "role_max", "expires_in"])
        let lifetime = try body.optionalNumber("expires_in", 1...315_360_000)
        let wish = APITokenWish(
            name: try body.text("name"), plant: try body.optionalText("plant"),
            roleMax: try body.optionalRole("role_max"), lifetime: lifetime.map { .seconds($0) })
        let created = try await call.run { () async throws(AccountsError) in
            try await CreateAPIToken(call.accounts)(wish, of: caller.session, by: caller.requester)
        }
        return .json(
            201, .map(["token": .string(created.token.text), "record": .apiToken(created.record)]))
    }

    static func endToken(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let caller = try await call.person()
        guard let id = APITokenID(call.parameter("token")) else { throw APIProblem(.notFound(.apiToken)) }
        try await call.run { () async throws(AccountsError) in
            try await RevokeAPIToken(call.accounts)(id, of: caller.session, by: caller.requester)
        }
        return .noContent
    }
}

extension APICall {
    /// Who calls, if a person signed in: an API token does not change the account that it belongs to.
    func person() async throws(APIProblem) -> APICaller {
        let caller = try await caller()
        guard caller.session.kind == .session else {
            throw APIProblem(403, "session_required", "An API token cannot do this: sign in instead.")
        }
        return caller
    }
}
