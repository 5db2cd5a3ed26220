package import Identity

/// What answers the requests that are about the gateway itself: `/.gatehouse/**` and `/.well-known/gatehouse/**` on
/// every host, and the pages that tell people why there is nothing else to see.
///
/// Is called off the workers' loops, so it may take its time.
package protocol LocalResponder: Sendable {
    func respond(to request: LocalRequest) async -> LocalResponse
    /// A page for a browser.
    func errorPage(_ page: ErrorPage) async -> LocalResponse
}

/// A request to the gateway itself, complete, with a body of at most `bodyBytesMax`.
package struct LocalRequest: Sendable {
    package static let bodyBytesMax = 64 * 1024

    package var method: String
    /// `https`, or `http` on a listener without TLS.
    package var scheme: String
    /// The authority as sent: with its port, in the case that the client chose.
    package var host: String
    /// In normal form.
    package var path: String
    /// As sent, without the `?`; nil when there is none.
    package var query: String?
    /// As sent, in order, but with `X-Forwarded-*` and the like removed unless a trusted proxy sent them.
    package var fields: [(name: String, value: String)]
    package var body: [UInt8]
    /// The client's address without a port; behind a trusted proxy, the one that the proxy told.
    package var clientAddress: String
    package var requestID: String

    package init(
        method: String, scheme: String, host: String, path: String, query: String?,
        fields: [(name: String, value: String)], body: [UInt8], clientAddress: String, requestID: String
    ) {
        self.method = method
        self.scheme = scheme
        self.host = host
        self.path = path
        self.query = query
        self.fields = fields
        self.body = body
        self.clientAddress = clientAddress
        self.requestID = requestID
    }
}

/// An answer of the gateway's own. `Date`, `Content-Length` and `Connection` are added when it is sent, and
/// `Cache-Control: no-store` unless it says something about caching itself.
package struct LocalResponse: Sendable {
    package var status: Int
    package var fields: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, fields: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

/// What an error page tells.
package struct ErrorPage: Sendable {
    package var status: Int
    /// The stable code, as in the problem document.
    package var code: String
    /// One sentence for people.
    package var detail: String
    package var requestID: String
    package var decisionID: String
    package var scheme: String
    /// The authority as sent.
    package var host: String
    /// Path and query of the request, in normal form.
    package var target: String?
    /// The request's `Accept-Language`.
    package var acceptLanguage: String?
    /// Who is signed in, if anybody is.
    package var principal: Principal?
    /// The plant that the request was about, as the URL named it.
    package var plant: String?
    /// The role that would have been enough.
    package var neededRole: Role?
    /// The global roles of which one would have been enough.
    package var neededGlobalRoles: [String]
    /// Whether a form was sent that went nowhere.
    package var lostForm: Bool

    package init(
        status: Int, code: String, detail: String, requestID: String, decisionID: String, scheme: String, host: String,
        target: String? = nil, acceptLanguage: String? = nil, principal: Principal? = nil, plant: String? = nil,
        neededRole: Role? = nil, neededGlobalRoles: [String] = [], lostForm: Bool = false
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.requestID = requestID
        self.decisionID = decisionID
        self.scheme = scheme
        self.host = host
        self.target = target
        self.acceptLanguage = acceptLanguage
        self.principal = principal
        self.plant = plant
        self.neededRole = neededRole
        self.neededGlobalRoles = neededGlobalRoles
        self.lostForm = lostForm
    }
}
