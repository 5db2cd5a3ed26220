import EventLoop
import HTTP1
import HTTPMessage
import Policy
import TLS

/// Requests about the gateway itself: read whole, then answered off the worker's loop.
extension Conversation {
    /// Answers a request below `/.gatehouse/` or `/.well-known/gatehouse/`.
    func answerLocally(_ exchange: Exchange) async -> Ending {
        exchange.record.outcome = .local
        let body: [UInt8]
        switch await readBody(exchange, bytesMax: LocalRequest.bodyBytesMax) {
        case .complete(let bytes): body = bytes
        // What is left of such a body stands half-read in the buffer: nothing more may be taken for a request.
        case .refused(let refusal): return await refuseBody(exchange, refusal)
        case .gone: return .abort
        }
        let request = localRequest(exchange, body: body)
        let responder = state.responder
        switch await state.pages.run(within: timeouts.page, { await responder.respond(to: request) }) {
        case .done(let response):
            return await send(response, exchange, bodyless: exchange.request.method == .head, mayKeep: true)
        case .busy:
            return await fail(
                exchange, 503, "busy", "Too many requests of this kind are in progress. Try again soon.", retryAfter: 1)
        case .late:
            return await fail(
                exchange, 503, "page_timeout", "This took longer than it may. Try again soon.", retryAfter: 5)
        }
    }

    private func localRequest(_ exchange: Exchange, body: [UInt8]) -> LocalRequest {
        let head = exchange.request
        let isTrusted = state.deployment.trustedProxies.contains(peer)
        var fields: [(name: String, value: String)] = []
        let sent = head.fields
        let claims = state.deployment.claims
        fields.reserveCapacity(sent.count)
        for index in 0..<sent.count {
            if !isTrusted, claims.contain(sent, index) { continue }
            fields.append((sent.name(index).decoded, sent.value(index).decoded))
        }
        return LocalRequest(
            method: head.methodSpan.decoded, scheme: scheme(exchange), host: head.authority.decoded,
            path: exchange.normalPath, query: head.queryText, fields: fields, body: body,
            clientAddress: clientAddress(exchange), requestID: exchange.record.id.description)
    }

    /// How the client asked: as it came in here, or as the trusted proxy says that it came to it.
    func scheme(_ exchange: Exchange) -> String {
        if let inquiry = exchange.inquiry { return inquiry.scheme }
        let fields = exchange.request.fields
        guard let index = fields.first(.xForwardedProto), fields.count(of: .xForwardedProto) == 1,
            state.deployment.trustedProxies.contains(peer)
        else { return service.scheme }
        let told = fields.value(index)
        if told.isEqualIgnoringCase(to: "https") { return "https" }
        return told.isEqualIgnoringCase(to: "http") ? "http" : service.scheme
    }

    /// Who the client is: the peer, or behind trusted proxies the last address that none of them is at.
    func clientAddress(_ exchange: Exchange) -> String {
        let trusted = state.deployment.trustedProxies
        guard trusted.contains(peer) else { return peer.hostText }
        let fields = exchange.request.fields
        for index in (0..<fields.count).reversed() where fields.known(index) == .xForwardedFor {
            for entry in fields.value(index).decoded.split(separator: ",").reversed() {
                let address = entry.trimmingSpaces
                if !trusted.contains(text: address) {
                    return SocketAddress(host: address, port: 0)?.hostText ?? peer.hostText
                }
            }
        }
        return peer.hostText
    }

    private enum WholeBody {
        case complete([UInt8])
        case refused(RequestRefusal)
        case gone
    }

    /// Reads all of a body that must be small.
    private func readBody(_ exchange: Exchange, bytesMax: Int) async -> WholeBody {
        if case .length(let length) = exchange.request.framing, length > UInt64(bytesMax) {
            return .refused(.bodyTooLarge)
        }
        var body: [UInt8] = []
        var pace = Pace(body: timeouts)
        do {
            if invitesBody(exchange) { try await flush(exchange) }
            while true {
                switch try exchange.requestBody.step(&exchange.input) {
                case .data(let count):
                    guard body.count + count <= bytesMax else { return .refused(.bodyTooLarge) }
                    body += exchange.input.take(count)
                case .complete:
                    return .complete(body)
                case .needMore:
                    switch try readBody(exchange) {
                    case .bytes(let count): pace.note(bytes: count)
                    case .endOfStream: return .gone
                    case .wouldBlock:
                        let began = loop.now
                        try await readable(deadline: pace.deadline(now: began))
                        pace.note(waited: loop.now - began)
                    }
                }
            }
        } catch is ChunkError {
            return .refused(.malformedBody)
        } catch IOError.timedOut {
            return .refused(.bodyTooSlow)
        } catch {
            return .gone
        }
    }

    /// Puts `100 Continue` into the output if the client waits for it and has not sent any of the body yet
    /// (RFC 9110, section 10.1.1).
    func invitesBody(_ exchange: Exchange) -> Bool {
        let request = exchange.request
        guard request.expectsContinue, exchange.input.isEmpty, !exchange.requestBody.isComplete else { return false }
        switch channel {
        case .http1:
            guard request.version == .http11 else { return false }
            exchange.output.append("HTTP/1.1 100 Continue\r\n\r\n")
            return true
        case .http2(let channel):
            channel.inviteBody()
            return false
        }
    }
}

extension StringProtocol {
    /// The text without the spaces and tabs at its ends.
    var trimmingSpaces: String {
        var rest = self[...]
        while let first = rest.first, first == " " || first == "\t" { rest = rest.dropFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest = rest.dropLast() }
        return String(rest)
    }
}
