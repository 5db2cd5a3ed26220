import EventLoop

/// Why an upstream could not be made to answer. Each has one status and one stable code.
enum UpstreamError: Error {
    /// No endpoint accepted a connection.
    case unreachable
    /// No endpoint accepted a connection in time.
    case connectTimedOut
    /// The endpoint is not who it should be, or could not agree on how to speak TLS. The text is for the log.
    case insecure(String)
    /// As many connections as allowed are in use, and too many requests wait already or waited too long.
    case busy
    /// No endpoint is given requests. Asking again is worth it after so many seconds.
    case noneWell(retryAfter: Int)
    /// The connection broke before the answer had begun.
    case closed
    /// Nothing came within `timeouts.first_byte`, or for `timeouts.idle` in the middle of the answer.
    case timedOut
    /// What came is not an HTTP answer that may be passed on. The text says what was wrong with it.
    case malformed(String)
    /// A WebSocket was asked for, and the endpoint speaks HTTP/2 without extended CONNECT (RFC 8441).
    case noTunnels
    /// The client's own deadline for a call has passed.
    case deadlinePassed
    /// Neither side of a call has said anything for `timeouts.idle`, and it is not the application's turn alone.
    case callIdle
    /// It is the client who has gone.
    case clientGone

    /// The status that the client gets.
    var status: Int {
        switch self {
        case .unreachable, .insecure, .closed, .malformed, .noTunnels, .clientGone: 502
        case .busy, .noneWell: 503
        case .connectTimedOut, .timedOut, .deadlinePassed, .callIdle: 504
        }
    }

    /// The stable `code` of the problem document and the reason in the access log.
    var code: StaticString {
        switch self {
        case .unreachable: "upstream_unreachable"
        case .connectTimedOut: "upstream_connect_timeout"
        case .insecure: "upstream_insecure"
        case .busy: "upstream_busy"
        case .noneWell: "upstream_unhealthy"
        case .closed: "upstream_closed"
        case .timedOut: "upstream_timeout"
        case .malformed: "upstream_malformed"
        case .noTunnels: "upstream_no_websocket"
        case .deadlinePassed: "deadline_exceeded"
        case .callIdle: "call_idle"
        case .clientGone: "client_gone"
        }
    }

    /// One sentence for people. What exactly came is nobody's business outside.
    var detail: String {
        switch self {
        case .unreachable, .connectTimedOut, .insecure: "The application cannot be reached at the moment."
        case .busy: "The application has as much to do as it can bear. Try again soon."
        case .noneWell: "The application is not well at the moment. Try again soon."
        case .closed, .clientGone: "The application broke off before it had answered."
        case .timedOut: "The application did not answer in time."
        case .noTunnels: "The application takes no WebSockets."
        case .deadlinePassed: "The deadline of the call has passed."
        case .callIdle: "Neither side of the call has said anything for too long."
        case .malformed: "The application gave an answer that is not well-formed HTTP."
        }
    }

    /// After how many seconds it is worth asking again.
    var retryAfter: Int? {
        switch self {
        case .busy: 1
        case .noneWell(let seconds): seconds
        default: nil
        }
    }

    /// Whether nothing of the request was sent, so that it may be sent elsewhere whatever it is.
    var isBeforeSending: Bool {
        switch self {
        case .unreachable, .connectTimedOut, .insecure: true
        case .busy, .noneWell, .closed, .timedOut, .noTunnels, .deadlinePassed, .callIdle, .malformed, .clientGone:
            false
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

/// What counts against an endpoint.
enum UpstreamFailure {
    case error(UpstreamError)
    /// An answer by which a gateway or an overloaded application says that it failed: 502, 503 or 504.
    case status(Int)

    /// Nil for what says nothing about the endpoint's health: our own limits, what it was never meant to do, and clients
    /// who leave, fall silent or wait no longer.
    init?(_ error: UpstreamError) {
        switch error {
        case .unreachable, .connectTimedOut, .insecure, .closed, .timedOut, .malformed: self = .error(error)
        case .busy, .noneWell, .noTunnels, .deadlinePassed, .callIdle, .clientGone: return nil
        }
    }

    var code: String {
        switch self {
        case .error(let error): "\(error.code)"
        case .status(let status): "\(status)"
        }
    }

    /// For operators: more than a client is told.
    var text: String {
        switch self {
        case .error(.insecure(let reason)): "TLS: \(reason)"
        case .error(.malformed(let reason)): "malformed answer: \(reason)"
        case .error(.unreachable): "connection refused or impossible"
        case .error(.connectTimedOut): "no connection within timeouts.connect"
        case .error(.timedOut): "no answer within timeouts.first_byte, or a pause longer than timeouts.idle"
        case .error(let error): "\(error.code)"
        case .status(let status): "answered \(status)"
        }
    }
}
