import HTTP1
import HTTPMessage

/// Writes the head of an upstream's answer as the client gets it.
struct DownstreamResponseWriter {
    let exchange: Exchange
    let dateLine: [UInt8]
    let reframing: Reframing

    /// Appends the head to `exchange.output`.
    ///
    /// What concerns the upstream's connection only is left out, and the framing is written anew. Everything else is the
    /// application's to say, caching included; only the gateway's own cookies it cannot set, since a session that
    /// somebody plants is somebody else's session.
    func appendHead(keeps: Bool) {
        let response = exchange.response
        HTTP1Serializer.appendStatusLine(response.status, reason: response.reason, to: &exchange.output)
        let fields = response.fields
        let nominated = ConnectionOptions(fields)
        var hasDate = false
        for index in 0..<fields.count {
            switch fields.known(index) {
            case .contentLength: continue
            case .setCookie: if Credentials.setsOwnCookie(fields.value(index)) { continue }
            case .date: hasDate = true
            default: if UpstreamRequestWriter.isHopByHop(fields, index) { continue }
            }
            if !nominated.isEmpty, nominated.contains(fields.name(index)) { continue }
            append(fields, index)
        }
        if !hasDate { exchange.output.append(dateLine.span) }
        appendFraming()
        if !keeps {
            exchange.output.append("Connection: close\r\n")
        } else if exchange.request.version == .http10 {
            exchange.output.append("Connection: keep-alive\r\n")
        }
        exchange.output.append("\r\n")
    }

    private func appendFraming() {
        switch reframing {
        case .length(let length): appendLength(length)
        case .chunked: exchange.output.append("Transfer-Encoding: chunked\r\n")
        case .untilClose: break
        case .none:
            // The length that a GET would have had is told to those who only asked (RFC 9110, section 8.6).
            if let length = exchange.response.contentLength, exchange.response.status != 204 { appendLength(length) }
        }
    }

    private func appendLength(_ length: UInt64) {
        exchange.output.append("Content-Length: ")
        exchange.output.append(decimal: length)
        exchange.output.append("\r\n")
    }

    private func append(_ fields: FieldBlock, _ index: Int) {
        exchange.output.append(fields.name(index))
        exchange.output.append(": ")
        exchange.output.append(fields.value(index))
        exchange.output.append("\r\n")
    }

    /// Appends an interim answer, such as 103 Early Hints.
    static func appendInterim(_ exchange: Exchange) {
        let response = exchange.response
        HTTP1Serializer.appendStatusLine(response.status, reason: response.reason, to: &exchange.output)
        let writer = DownstreamResponseWriter(exchange: exchange, dateLine: [], reframing: .none)
        let fields = response.fields
        let nominated = ConnectionOptions(fields)
        for index in 0..<fields.count {
            switch fields.known(index) {
            case .contentLength, .setCookie: continue
            default: if UpstreamRequestWriter.isHopByHop(fields, index) { continue }
            }
            if !nominated.isEmpty, nominated.contains(fields.name(index)) { continue }
            writer.append(fields, index)
        }
        exchange.output.append("\r\n")
    }
}
