import HTTP1
import HTTPMessage

/// Writes the head of an upstream's answer as the client gets it.
struct DownstreamResponseWriter {
    let exchange: Exchange
    let dateLine: [UInt8]
    /// See `Client.strictTransportLine`.
    let strictTransportLine: [UInt8]
    let reframing: Reframing

    /// Appends the head.
    ///
    /// What concerns the upstream's connection only is left out, and the framing is written anew. Everything else is the
    /// application's to say, caching included; only the gateway's own cookies it cannot set, since a session that
    /// somebody plants is somebody else's session.
    func appendHead(keeps: Bool, to output: inout ByteBuffer) {
        let response = exchange.response
        Self.appendStatusLine(response, to: &output)
        let fields = response.fields
        let nominated = ConnectionOptions(fields)
        var hasDate = false
        for index in 0..<fields.count {
            switch fields.known(index) {
            case .contentLength: continue
            case .setCookie: if Credentials.setsOwnCookie(fields.value(index)) { continue }
            case .date: hasDate = true
            // A browser heeds only one, and the gateway's holds for the host whatever application answers.
            case .strictTransportSecurity: if !strictTransportLine.isEmpty { continue }
            default: if UpstreamRequestWriter.isHopByHop(fields, index) { continue }
            }
            if !nominated.isEmpty, nominated.contains(fields.name(index)) { continue }
            fields.copy(index, to: &output)
        }
        if !hasDate { output.append(dateLine.span) }
        if let cookie = exchange.newCookie { appendCookie(cookie, to: &output) }
        output.append(bytes: strictTransportLine)
        exchange.rate?.appendFields(to: &output)
        appendFraming(to: &output)
        if !keeps {
            output.append("Connection: close\r\n")
        } else if exchange.request.version == .http10 {
            output.append("Connection: keep-alive\r\n")
        }
        output.append("\r\n")
    }

    /// The new session cookie, and that the page is nobody else's: what forbids caching already is not weakened by it.
    private func appendCookie(_ cookie: RotatedCookie, to output: inout ByteBuffer) {
        output.append("Cache-Control: private\r\nSet-Cookie: ")
        output.append(Credentials.setting(cookie))
        output.append("\r\n")
    }

    private func appendFraming(to output: inout ByteBuffer) {
        switch reframing {
        case .length(let length): appendLength(length, to: &output)
        case .chunked: output.append("Transfer-Encoding: chunked\r\n")
        case .untilClose, .frames: break
        case .none:
            // The length that a GET would have had is told to those who only asked (RFC 9110, section 8.6).
            if let length = exchange.response.contentLength, exchange.response.status != 204 {
                appendLength(length, to: &output)
            }
        }
    }

    private func appendLength(_ length: UInt64, to output: inout ByteBuffer) {
        output.append("Content-Length: ")
        output.append(decimal: length)
        output.append("\r\n")
    }

    /// The status line; HTTP/2 has no reasons.
    private static func appendStatusLine(_ response: ResponseHead, to output: inout ByteBuffer) {
        if response.version == .http2 {
            HTTP1Serializer.appendStatusLine(response.status, to: &output)
        } else {
            HTTP1Serializer.appendStatusLine(response.status, reason: response.reason, to: &output)
        }
    }

    /// Appends an interim answer, such as 103 Early Hints.
    static func appendInterim(_ response: ResponseHead, to output: inout ByteBuffer) {
        appendStatusLine(response, to: &output)
        let fields = response.fields
        let nominated = ConnectionOptions(fields)
        for index in 0..<fields.count {
            switch fields.known(index) {
            case .contentLength, .setCookie: continue
            default: if UpstreamRequestWriter.isHopByHop(fields, index) { continue }
            }
            if !nominated.isEmpty, nominated.contains(fields.name(index)) { continue }
            fields.copy(index, to: &output)
        }
        output.append("\r\n")
    }
}
