import HTTP1
import HTTPMessage

/// Writes the head of an upstream's answer as the client gets it.
///
/// Holds nothing, as `UpstreamRequestWriter`.
enum DownstreamResponseWriter {
    /// Appends the head.
    ///
    /// What concerns the upstream's connection only is left out, and the framing is written anew. Everything else is the
    /// application's to say, caching included; only the gateway's own cookies it cannot set, since a session that
    /// somebody plants is somebody else's session.
    static func appendHead(
        _ exchange: Exchange, _ response: ResponseHead, of request: RequestHead, _ reframing: Reframing, keeps: Bool,
        for client: Client, to output: inout ByteBuffer
    ) {
        appendStatusLine(response, to: &output)
        let fields = response.fields
        let nominated = ConnectionOptions(fields)
        var hasDate = false
        for index in 0..<fields.count {
            switch fields.known(index) {
            case .contentLength: continue
            case .setCookie: if Credentials.setsOwnCookie(fields.value(index)) { continue }
            case .date: hasDate = true
            // A browser heeds only one, and the gateway's holds for the host whatever application answers.
            case .strictTransportSecurity: if !client.strictTransportLine.isEmpty { continue }
            default: if UpstreamRequestWriter.isHopByHop(fields, index) { continue }
            }
            if !nominated.isEmpty, nominated.contains(fields.name(index)) { continue }
            fields.copy(index, to: &output)
        }
        if !hasDate { output.append(bytes: client.state.clock.dateLine) }
        if let cookie = exchange.newCookie { appendCookie(cookie, to: &output) }
        output.append(bytes: client.strictTransportLine)
        exchange.rate?.appendFields(to: &output)
        appendFraming(reframing, response, to: &output)
        if !keeps {
            output.append("Connection: close\r\n")
        } else if request.version == .http10 {
            output.append("Connection: keep-alive\r\n")
        }
        output.append("\r\n")
    }

    /// The new session cookie, and that the page is nobody else's: what forbids caching already is not weakened by it.
    private static func appendCookie(_ cookie: RotatedCookie, to output: inout ByteBuffer) {
        output.append("Cache-Control: private\r\nSet-Cookie: ")
        output.append(Credentials.setting(cookie))
        output.append("\r\n")
    }

    private static func appendFraming(_ reframing: Reframing, _ response: ResponseHead, to output: inout ByteBuffer) {
        switch reframing {
        case .length(let length): appendLength(length, to: &output)
        case .chunked: output.append("Transfer-Encoding: chunked\r\n")
        case .untilClose, .frames: break
        case .none:
            // The length that a GET would have had is told to those who only asked (RFC 9110, section 8.6).
            if let length = response.contentLength, response.status != 204 {
                appendLength(length, to: &output)
            }
        }
    }

    private static func appendLength(_ length: UInt64, to output: inout ByteBuffer) {
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
