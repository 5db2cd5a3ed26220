import Accounts
import Identity

/// Who makes a call: by bearer token, or by the cookie of their browser.
struct APICaller: Sendable {
    let session: AuthenticatedSession
    let requester: Requester
    let isByCookie: Bool

    var principal: Principal { session.principal }

    /// The global role whose holders administer everything.
    static let administrator = "ADMIN"

    var isAdministrator: Bool { principal.globalRoles.contains(APICaller.administrator) }

    func administers(_ plant: PlantID, at now: Timestamp) -> Bool {
        isAdministrator
            || principal.memberships.contains {
                $0.plantID == plant && $0.role == .admin && ($0.expiresAt.map { $0 > now } ?? true)
            }
    }
}

extension APICall {
    /// Who calls.
    ///
    /// A browser sends cookies along unasked, so a call that changes something and has no bearer token must come from
    /// our own origin, as the browser says, or repeat the secret of its CSRF cookie.
    func caller() async throws(APIProblem) -> APICaller {
        let authorization = request.values(of: "authorization")
        guard authorization.count <= 1 else {
            throw APIProblem(400, "malformed_authorization", "Authorization stands twice.")
        }
        if let field = authorization.first {
            guard let token = APICall.bearer(field), let session = try await session(token, takesAPITokens: true) else {
                throw .unauthorized(wasTried: true)
            }
            return caller(session, isByCookie: false)
        }
        guard let cookie = RequestCookies(request)[.session],
            let session = try await session(cookie, takesAPITokens: false)
        else { throw .unauthorized(wasTried: false) }
        guard isSafe || isFromOwnOrigin else {
            throw APIProblem(403, "cross_site", "A call with a cookie has to come from this gateway's own origin.")
        }
        return caller(session, isByCookie: true)
    }

    /// Who calls, if they may administer everything.
    func administrator() async throws(APIProblem) -> APICaller {
        let caller = try await caller()
        guard caller.isAdministrator else { throw .forbidden }
        return caller
    }

    private func caller(_ session: AuthenticatedSession, isByCookie: Bool) -> APICaller {
        var requester = visitor
        requester.user = session.principal.userID
        requester.principal = session.principal
        return APICaller(session: session, requester: requester, isByCookie: isByCookie)
    }

    private func session(
        _ text: String, takesAPITokens: Bool
    ) async throws(APIProblem) -> AuthenticatedSession? {
        try await run { () async throws(AccountsError) in
            try await AuthenticateSession(accounts)(text, host: request.host, takesAPITokens: takesAPITokens)
        }
    }

    private var isSafe: Bool { request.method == "GET" || request.method == "HEAD" }

    private var isFromOwnOrigin: Bool {
        guard FormGuard.isOwnOrigin(request) else { return false }
        if request.value(of: "sec-fetch-site") == "same-origin" { return true }
        if let origin = request.value(of: "origin"), origin != "null" { return true }
        guard let given = request.value(of: "x-csrf-token"), let secret = RequestCookies(request)[.formGuard] else {
            return false
        }
        return FormGuard.isEqual(given, secret)
    }

    /// The token of `Bearer TOKEN`, the scheme in any case (RFC 9110, section 11.1).
    private static func bearer(_ field: String) -> String? {
        let parts = field.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1].drop { $0 == " " })
    }
}
