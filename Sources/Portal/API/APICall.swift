import Accounts
import Identity
import Logging

/// One call of the JSON API with all that answering it takes.
struct APICall: Sendable {
    let request: PortalRequest
    let services: PortalServices
    /// What the braces of the route's path stand for.
    let parameters: [String: String]

    /// A JSON body and a form have room for the longest password in any spelling.
    static let bodyBytesMax = 16 * 1_024

    var accounts: AccountsEnvironment { services.accounts }

    /// A visitor, as use cases and the audit log know them.
    var visitor: Requester {
        var requester = request.requester
        requester.channel = .api
        requester.language = Language(acceptLanguage: request.value(of: "accept-language")).rawValue
        return requester
    }

    /// Runs a use case, and takes over its error.
    func run<Answer>(_ body: () async throws(AccountsError) -> Answer) async throws(APIProblem) -> Answer {
        do { return try await body() } catch { throw APIProblem(error) }
    }

    /// What a brace of the path stands for.
    func parameter(_ name: String) -> String { parameters[name] ?? "" }

    // MARK: Query

    /// The parameters of the query, of which there are no others than these.
    func query(_ allowed: Set<String>) throws(APIProblem) -> FormFields {
        guard let query = FormFields(query: request.query) else {
            throw APIProblem(400, "malformed_query", "The query cannot be read.")
        }
        if let unknown = query.names.subtracting(allowed).sorted().first {
            throw .invalid(unknown, "There is no such parameter here.")
        }
        return query
    }

    /// `limit` and `offset` of a list.
    func page(_ query: FormFields) throws(APIProblem) -> (offset: Int, limit: Int) {
        (
            offset: try number(query, "offset", 0...1_000_000) ?? 0,
            limit: try number(query, "limit", 1...200) ?? 50
        )
    }

    func number(_ query: FormFields, _ name: String, _ range: ClosedRange<Int>) throws(APIProblem) -> Int? {
        guard query.names.contains(name) else { return nil }
        guard let number = query[name].flatMap({ Int($0) }), range.contains(number) else {
            throw .invalid(name, "A number from \(range.lowerBound) to \(range.upperBound) is needed.")
        }
        return number
    }

    // MARK: Body

    /// The JSON object that was sent, with no other members than these.
    func body(_ allowed: Set<String>) throws(APIProblem) -> APIBody {
        guard mediaType == "application/json" else {
            throw APIProblem(415, "unsupported_media_type", "The body has to be application/json.")
        }
        try requireSmallBody()
        return try APIBody(json: request.body, allowed: allowed)
    }

    /// The same, from a form as well: what OAuth 2.0 clients send (RFC 6749, section 4.3.2).
    func bodyOrForm(_ allowed: Set<String>) throws(APIProblem) -> APIBody {
        guard mediaType == "application/x-www-form-urlencoded" else { return try body(allowed) }
        try requireSmallBody()
        guard let form = FormFields(request.body) else {
            throw APIProblem(400, "malformed_body", "The form cannot be read.")
        }
        return try APIBody(form, allowed: allowed)
    }

    private func requireSmallBody() throws(APIProblem) {
        guard request.body.count <= APICall.bodyBytesMax else {
            throw APIProblem(413, "body_too_large", "The body may have \(APICall.bodyBytesMax) bytes.")
        }
    }

    private var mediaType: String? {
        request.value(of: "content-type")?.prefix { $0 != ";" && $0 != " " }.lowercased()
    }
}

extension PortalResponse {
    static func json(_ status: Int, _ value: JSONValue) -> PortalResponse {
        PortalResponse(status: status, fields: [("Content-Type", "application/json")], body: value.bytes)
    }

    static let noContent = PortalResponse(status: 204)
}
