import EventLoop
import Identity
import Policy
import Telemetry

extension WorkerState {
    /// Counts a tunnel that is over, and writes its line: what passed each way, and for how long.
    ///
    /// The time that it was open is nobody's waiting, so the histogram of requests gets the time until it was open.
    func account(for open: OpenTunnel, of client: Client) {
        let record = open.record.record
        let answered = record.upstreamAnsweredAt ?? loop.now
        let duration = microseconds(from: record.startedAt, to: loop.now)
        let upstreamDuration = record.upstreamAskedAt.map { microseconds(from: $0, to: answered) }
        let route = record.route?.index
        metrics.countRequest(
            route: route, status: record.status, wireProtocol: open.record.wireProtocol,
            durationMicroseconds: microseconds(from: record.startedAt, to: answered))
        if let upstreamDuration { metrics.countUpstream(durationMicroseconds: upstreamDuration) }
        metrics.countDecision(route: route, outcome: .allow, reason: ReasonNames.index(of: nil))
        guard let accessLog else { return }
        let entry = AccessLogEntry(
            at: clock.now - .microseconds(Int64(clamping: duration)),
            requestID: UUID128(high: record.id.high, low: record.id.low), decisionID: record.id.decision,
            client: client.text, wireProtocol: open.record.wireProtocol, status: record.status,
            route: record.route?.name,
            plant: record.plant, user: record.principal?.userID, session: record.session, outcome: .allow,
            reason: open.tunnel.ending?.code, durationMicroseconds: duration, upstream: record.upstreamAddress,
            upstreamMicroseconds: upstreamDuration, bytesIn: open.tunnel.bytesFromClient,
            bytesOut: open.tunnel.bytesFromUpstream)
        accessLog.append(
            entry, method: open.record.method.span, host: open.record.host.span, path: open.record.path.span,
            userAgent: open.record.userAgent.span)
    }
}

extension Tunnel.Ending {
    /// The stable code by which the log says why a tunnel ended that neither side has ended.
    var code: String {
        switch self {
        case .idle: "tunnel_idle"
        case .draining: "draining"
        case .revoked: "revoked"
        case .broken: "tunnel_broken"
        }
    }
}
