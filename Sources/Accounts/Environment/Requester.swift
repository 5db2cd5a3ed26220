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

extension Requester {
    /// What the audit log says of every event: how the request came, and which it was.
    var facts: [String: String] {
        var facts = ["channel": channel.rawValue]
        if let requestID { facts["request_id"] = Self.short(requestID) }
        if let userAgent { facts["user_agent"] = Self.short(userAgent) }
        return facts
    }

    /// As much of what a client sent as the log takes, without what cannot be stored.
    private static func short(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.lazy.filter { $0.value != 0 }.prefix(512)))
    }
}
