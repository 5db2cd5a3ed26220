/// What a client speaks to us: the `protocol` of logs and metrics.
package enum WireProtocol: UInt8, Sendable, CaseIterable {
    case http10
    case http11
    case http2
    /// Bytes relayed after an upgrade: a WebSocket, most likely.
    case tunnel

    package var label: StaticString {
        switch self {
        case .http10: "HTTP/1.0"
        case .http11: "HTTP/1.1"
        case .http2: "HTTP/2"
        case .tunnel: "tunnel"
        }
    }
}

/// Whether a request was let through: the `outcome` of logs and metrics.
package enum DecisionOutcome: UInt8, Sendable, CaseIterable {
    case deny
    case allow

    package var label: StaticString {
        switch self {
        case .deny: "deny"
        case .allow: "allow"
        }
    }
}
