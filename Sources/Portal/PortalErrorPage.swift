package import Identity

/// What an error page tells a person in front of a browser.
package struct PortalErrorPage: Sendable {
    package var status: Int
    /// The stable code, as programs read it in the problem document.
    package var code: String
    /// One sentence for people, in English.
    package var detail: String
    package var requestID: String
    /// What `explain` and the access log know the decision by.
    package var decisionID: String
    package var scheme: String
    /// The authority as sent.
    package var host: String
    /// Path and query of the request, so that signing in as somebody else leads back; nil leads to the top of the host.
    package var target: String?
    /// The `Accept-Language` of the request.
    package var acceptLanguage: String?
    /// Who is signed in, if anybody is.
    package var principal: Principal?
    /// The plant that the request was about, as the URL named it.
    package var plant: String?
    /// The role that would have been enough.
    package var neededRole: Role?
    /// The global roles of which one would have been enough.
    package var neededGlobalRoles: [String]
    /// Whether what the person had sent, such as a form, is lost.
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
