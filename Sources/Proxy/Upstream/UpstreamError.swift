import EventLoop

/// Why an upstream could not be made to answer. Each has one status and one stable code.
enum UpstreamError: Error {
    /// No endpoint accepted a connection.
    case unreachable
    /// No endpoint accepted a connection in time.
    case connectTimedOut
    /// As many connections as allowed are in use, and too many requests wait already or waited too long.
    case busy
    /// The connection broke before the answer had begun.
    case closed
    /// Nothing came within `timeouts.first_byte`, or for `timeouts.idle` in the middle of the answer.
    case timedOut
    /// What came is not an HTTP answer that may be passed on. The text says what was wrong with it.
    case malformed(String)

    /// The status that the client gets.
    var status: Int {
        switch self {
        case .unreachable, .closed, .malformed: 502
        case .busy: 503
        case .connectTimedOut, .timedOut: 504
        }
    }

    /// The stable `code` of the problem document and the reason in the access log.
    var code: StaticString {
        switch self {
        case .unreachable: "upstream_unreachable"
        case .connectTimedOut: "upstream_connect_timeout"
        case .busy: "upstream_busy"
        case .closed: "upstream_closed"
        case .timedOut: "upstream_timeout"
        case .malformed: "upstream_malformed"
        }
    }

    /// One sentence for people. What exactly came is nobody's business outside.
    var detail: String {
        switch self {
        case .unreachable, .connectTimedOut: "The application cannot be reached at the moment."
        case .busy: "The application has as much to do as it can bear. Try again soon."
        case .closed: "The application broke off before it had answered."
        case .timedOut: "The application did not answer in time."
        case .malformed: "The application gave an answer that is not well-formed HTTP."
        }
    }

    /// Maps what a socket reported while an answer was awaited.
    init(_ error: IOError) {
        switch error {
        case .timedOut: self = .timedOut
        default: self = .closed
        }
    }
}
