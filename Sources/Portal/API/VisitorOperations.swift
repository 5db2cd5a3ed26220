import Accounts
import Identity

/// What a program does for somebody who is not signed in: sign up, prove an address, get tokens, recover.
///
/// No answer tells whether an account exists.
enum VisitorOperations {
    static let routes = [
        APIRoute("POST", "/signup", signUp), APIRoute("POST", "/verify", verify),
        APIRoute("POST", "/verify/resend", resend), APIRoute("POST", "/token", token),
        APIRoute("POST", "/recover", recover), APIRoute("POST", "/reset", reset),
        APIRoute("POST", "/password/first", setFirstPassword), APIRoute("POST", "/user/email/confirm", confirmEmail),
        APIRoute("POST", "/invitations/inspect", inspectInvitation),
        APIRoute("POST", "/invitations/accept", acceptInvitation),
    ]

    static func signUp(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let body = try call.body(["email", "password", "name", "username"])
        let form = RegistrationForm(
            email: try body.text("email"), password: try body.text("password"), name: try body.optionalText("name"),
            username: try body.optionalText("username"))
        let answer = try await call.run { () async throws(AccountsError) in
            try await Register(call.accounts)(form, by: call.visitor)
        }
        return .json(202, .map(["next": .string(answer.rawValue)]))
    }

    static func verify(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let token = try call.body(["token"]).text("token")
        _ = try await call.run { () async throws(AccountsError) in
            try await VerifyEmail(call.accounts)(token, by: call.visitor)
        }
        return .noContent
    }

    static func resend(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let login = try call.body(["login"]).text("login")
        try await call.run { () async throws(AccountsError) in
            try await ResendVerification(call.accounts)(login: login, by: call.visitor)
        }
        return .json(202, .map(["next": .string("check_mail")]))
    }

    /// The grants `password` and `refresh_token` of OAuth 2.0 (RFC 6749, sections 4.3 and 6).
    static func token(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let body = try call.bodyOrForm(["grant_type", "username", "password", "refresh_token"])
        let pair: TokenPair
        switch try body.text("grant_type") {
        case "password":
            let (username, password) = (try body.text("username"), try body.text("password"))
            pair = try await call.run { () async throws(AccountsError) in
                try await IssueTokenPair(call.accounts)(login: username, password: password, by: call.visitor)
            }
        case "refresh_token":
            let refresh = try body.text("refresh_token")
            pair = try await call.run { () async throws(AccountsError) in
                try await RefreshTokenPair(call.accounts)(refresh, by: call.visitor)
            }
        default:
            throw APIProblem(
                400, "unsupported_grant_type", "The grants are password and refresh_token.", field: "grant_type")
        }
        return .json(
            200,
            .map([
                "access_token": .string(pair.access.text), "token_type": .string("Bearer"),
                "expires_in": .number(Int64(pair.expiresIn(at: call.accounts.clock.now()))),
                "refresh_token": .string(pair.refresh.text),
            ]))
    }

    static func recover(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let login = try call.body(["login"]).text("login")
        try await call.run { () async throws(AccountsError) in
            try await RequestPasswordReset(call.accounts)(login: login, by: call.visitor)
        }
        return .json(202, .map(["next": .string("check_mail")]))
    }

    static func reset(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let body = try call.body(["token", "password"])
        let (token, password) = (try body.text("token"), try body.text("password"))
        _ = try await call.run { () async throws(AccountsError) in
            try await ResetPassword(call.accounts)(token, password: password, by: call.visitor)
        }
        return .noContent
    }

    static func setFirstPassword(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let body = try call.body(["token", "password"])
        let (token, password) = (try body.text("token"), try body.text("password"))
        _ = try await call.run { () async throws(AccountsError) in
            try await SetFirstPassword(call.accounts)(token, password: password, by: call.visitor)
        }
        return .noContent
    }

    static func confirmEmail(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let token = try call.body(["token"]).text("token")
        _ = try await call.run { () async throws(AccountsError) in
            try await ConfirmEmailChange(call.accounts)(token, by: call.visitor)
        }
        return .noContent
    }

    static func inspectInvitation(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let token = try call.body(["token"]).text("token")
        let open = try await call.run { () async throws(AccountsError) in
            try await InspectInvitation(call.accounts)(token)
        }
        return .json(
            200,
            .map([
                "email": .string(open.invitation.email), "plant": .string(open.invitation.plantCode),
                "plant_name": .string(open.invitation.plantName),
                "role": .string(open.invitation.role.description), "makes_account": .boolean(open.makesAccount),
                "expires_at": .time(open.invitation.expiresAt),
            ]))
    }

    static func acceptInvitation(_ call: APICall) async throws(APIProblem) -> PortalResponse {
        let body = try call.body(["token", "password", "name", "username"])
        let token = try body.text("token")
        let (username, name) = (try body.optionalText("username"), try body.optionalText("name"))
        let account = try body.optionalText("password").map {
            InvitedAccount(password: $0, username: username, name: name)
        }
        _ = try await call.run { () async throws(AccountsError) in
            try await AcceptInvitation(call.accounts)(token, account: account, by: call.visitor)
        }
        return .noContent
    }
}
