import Accounts
import Identity

/// Why a call was not done, as a program reads it: `application/problem+json` (RFC 9457) with a stable `code`.
struct APIProblem: Error, Sendable {
    let status: Int
    let code: String
    /// One sentence for people, in English. Holds nothing secret.
    let detail: String
    /// The member of the body, or the parameter, that is at fault.
    var field: String?
    /// In seconds.
    var retryAfter: Int64?
    var allow: String?
    /// Whether to name a way to authenticate (RFC 9110, section 11.6.1).
    var challenge: String?
    /// For `password_change_required`: good for `POST /password/first` alone.
    var token: String?

    init(_ status: Int, _ code: String, _ detail: String, field: String? = nil) {
        self.status = status
        self.code = code
        self.detail = detail
        self.field = field
    }

    static let notFound = APIProblem(404, "not_found", "There is nothing at this address.")
    static let forbidden = APIProblem(403, "forbidden", "You may not do this.")

    static func invalid(_ field: String, _ detail: String) -> APIProblem {
        APIProblem(422, "invalid_input", detail, field: field)
    }

    static func unauthorized(wasTried: Bool) -> APIProblem {
        var problem = APIProblem(401, "sign_in_required", "Sign in, or send a bearer token.")
        problem.challenge =
            wasTried ? "Bearer realm=\"gatehouse\", error=\"invalid_token\"" : "Bearer realm=\"gatehouse\""
        return problem
    }

    /// What a use case would not do.
    init(_ error: AccountsError) {
        self.init(APIProblem.status(error), error.code, error.description)
        switch error {
        case .busy(let retry), .throttled(let retry): retryAfter = max(1, retry.components.seconds)
        case .unavailable, .cancelled: retryAfter = 5
        case .invalid(let name, _), .conflict(let name): field = APIProblem.fields[name] ?? name
        case .weakPassword: field = "password"
        case .passwordChangeRequired(let token): self.token = token.text
        default: break
        }
    }

    private static func status(_ error: AccountsError) -> Int {
        switch error {
        case .invalidCredentials, .passwordChangeRequired: 401
        case .busy, .unavailable, .cancelled: 503
        case .weakPassword, .invalid: 422
        case .notFound: 404
        case .conflict, .refused: 409
        case .forbidden, .registrationClosed, .accountsOff: 403
        case .throttled: 429
        // RFC 6749, section 5.2 asks for 400.
        case .linkRefused, .ticketRefused, .invalidGrant: 400
        case .fault: 500
        }
    }

    /// What the use cases call a field, as our bodies call it.
    private static let fields = [
        "email address": "email", "first name": "first_name", "last name": "last_name", "plant code": "code",
        "end of the grant": "until", "phone number": "phone",
    ]

    func response(requestID: String) -> PortalResponse {
        var members: [JSONValue.Member] = [
            .init(name: "title", value: .string(APIProblem.titles[status] ?? "Error")),
            .init(name: "status", value: .number(Int64(status))), .init(name: "code", value: .string(code)),
            .init(name: "detail", value: .string(detail)), .init(name: "request_id", value: .string(requestID)),
        ]
        if let field { members.append(.init(name: "field", value: .string(field))) }
        if let token { members.append(.init(name: "token", value: .string(token))) }
        var response = PortalResponse(
            status: status, fields: [("Content-Type", "application/problem+json")],
            body: JSONValue.object(members).bytes)
        if let retryAfter { response = response.adding("Retry-After", String(retryAfter)) }
        if let allow { response = response.adding("Allow", allow) }
        if let challenge { response = response.adding("WWW-Authenticate", challenge) }
        return response
    }

    private static let titles = [
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        409: "Conflict", 413: "Content Too Large", 415: "Unsupported Media Type", 422: "Unprocessable Content",
        429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable",
    ]
}
