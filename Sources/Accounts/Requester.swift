package import Identity

/// On whose behalf a use case runs: what it may do for them, and what the audit log says about them.
package struct Requester: Sendable {
    /// How a request came.
    package enum Channel: String, Sendable {
        case web
        case api
        case commandLine = "command_line"
    }

    /// Who is signed in; nil for a visitor, and at the command line.
    package var user: UserID?
    /// What the request acts as, held to the ceiling of an API token. Without one, nothing is administered over the
    /// network; with one, no more than both it and the database allow.
    package var principal: Principal?
    package var ipAddress: String?
    package var userAgent: String?
    /// The request's id, as the access log has it.
    package var requestID: String?
    /// The language that the person asked for, for mails: the first choice of Accept-Language.
    package var language: String?
    package var channel: Channel

    /// Whoever has a shell on the gateway's host.
    package static let commandLine = Requester(channel: .commandLine)

    package init(
        user: UserID? = nil, principal: Principal? = nil, ipAddress: String? = nil, userAgent: String? = nil,
        requestID: String? = nil, language: String? = nil, channel: Channel = .web
    ) {
        self.user = user ?? principal?.userID
        self.principal = principal
        self.ipAddress = ipAddress
        self.userAgent = userAgent
        self.requestID = requestID
        self.language = language
        self.channel = channel
    }
}
