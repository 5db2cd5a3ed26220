import EventLoop
import HTTPMessage
import TLS

/// What the operations listener tells, gathered from all workers, off the loops.
struct OperationsSource: Sendable {
    /// Why the gateway is not ready, in a few words; nil when it is.
    let unreadiness: @Sendable () async -> String?
    /// The metrics of all workers as Prometheus text.
    let metrics: @Sendable () async -> [UInt8]
}

/// What a listener with `serve: operations` answers.
extension Conversation {
    func answerOperations(_ exchange: Exchange) async -> Ending {
        let request = exchange.request
        exchange.record.outcome = .local
        let isHead = request.method == .head
        guard request.method == .get || isHead else {
            return await send(
                LocalResponse(status: 405, fields: [("Allow", "GET, HEAD")]), exchange, bodyless: false, mayKeep: true)
        }
        let source = state.operations
        let response: LocalResponse
        switch request.path.decoded {
        case "/healthz":
            response = Self.plain(200, "ok")
        case "/readyz":
            switch await state.reports.run(within: timeouts.report, { await source.unreadiness() }) {
            case .done(nil): response = Self.plain(200, "ready")
            case .done(let reason?): response = Self.plain(503, reason)
            case .busy, .late: response = Self.noReport
            }
        case "/metrics":
            if case .done(let text) = await state.reports.run(
                within: timeouts.report, { await source.metrics() })
            {
                response = LocalResponse(
                    status: 200, fields: [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")], body: text)
            } else {
                response = Self.noReport
            }
        default:
            response = Self.plain(404, "There are /healthz, /readyz and /metrics here.")
        }
        return await send(response, exchange, bodyless: isHead, mayKeep: true)
    }

    /// When a worker or the database does not say in time how things are, or too many ask at once.
    private static var noReport: LocalResponse {
        var response = plain(503, "no answer in time")
        response.fields.append(("Retry-After", "1"))
        return response
    }

    private static func plain(_ status: Int, _ text: String) -> LocalResponse {
        LocalResponse(
            status: status, fields: [("Content-Type", "text/plain; charset=utf-8")], body: Array((text + "\n").utf8))
    }
}

/// What a TLS listener answers to who speaks plain HTTP.
extension DownstreamConnection {
    /// Tells a client that speaks plain HTTP to a TLS port what is wrong, in the words it understands.
    func tellPlainHTTP() async {
        let text = "This port speaks HTTPS. Use https:// in place of http://.\n"
        let answer =
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: \(text.utf8.count)\r\n"
            + "Cache-Control: no-store\r\nConnection: close\r\n\r\n" + text
        let plain = Transport.plain(transport.socket)
        let bytes = Array(answer.utf8)
        // Who does not wait for it does without.
        try? await plain.writeAll(bytes.span, deadline: loop.now + timeouts.write)
        transport.socket.shutdownWrite()
    }
}
