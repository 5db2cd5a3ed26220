package import Identity

/// What the access log says about one request, but for the texts that the client sent: those stay where they were
/// received, and are given to `AccessLog.append` beside it.
///
/// Holds numbers, ids and texts that exist already, so making one allocates nothing. What is nil is left out of the
/// line.
package struct AccessLogEntry {
    /// When the request's head was complete.
    package var at: Timestamp
    package var requestID: UUID128
    /// What a refused person reads out, and what `gatehouse explain` knows.
    package var decisionID: UInt64?
    /// The client's address, without port.
    package var client: String
    package var wireProtocol: WireProtocol
    /// The status that we sent; 0 when the client went away before we could.
    package var status: Int
    /// How a call of gRPC ended, 0 for well; nil for all that is none, or whose end has no status.
    package var grpcStatus: Int?
    package var route: String?
    /// The plant's code, as the request names it.
    package var plant: String?
    package var user: UserID?
    package var session: SessionID?
    package var outcome: DecisionOutcome?
    /// The stable code of why it was denied, or of what went wrong.
    package var reason: String?
    /// What the route's requirement on trial would have decided; nil when it has none.
    package var shadow: DecisionOutcome?
    /// The stable code of why it would have denied.
    package var shadowReason: String?
    /// From the complete head to the last byte of the answer.
    package var durationMicroseconds: UInt64
    /// The address of the endpoint that answered or failed.
    package var upstream: String?
    /// From the first byte sent to the endpoint to the head of its answer.
    package var upstreamMicroseconds: UInt64?
    /// Bytes of the request's body.
    package var bytesIn: UInt64
    /// Bytes of the answer's body.
    package var bytesOut: UInt64

    package init(
        at: Timestamp, requestID: UUID128, decisionID: UInt64? = nil, client: String, wireProtocol: WireProtocol,
        status: Int, grpcStatus: Int? = nil, route: String? = nil, plant: String? = nil, user: UserID? = nil,
        session: SessionID? = nil, outcome: DecisionOutcome? = nil, reason: String? = nil,
        shadow: DecisionOutcome? = nil, shadowReason: String? = nil, durationMicroseconds: UInt64,
        upstream: String? = nil, upstreamMicroseconds: UInt64? = nil, bytesIn: UInt64 = 0, bytesOut: UInt64 = 0
    ) {
        self.at = at
        self.requestID = requestID
        self.decisionID = decisionID
        self.client = client
        self.wireProtocol = wireProtocol
        self.status = status
        self.grpcStatus = grpcStatus
        self.route = route
        self.plant = plant
        self.user = user
        self.session = session
        self.outcome = outcome
        self.reason = reason
        self.shadow = shadow
        self.shadowReason = shadowReason
        self.durationMicroseconds = durationMicroseconds
        self.upstream = upstream
        self.upstreamMicroseconds = upstreamMicroseconds
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
    }
}
