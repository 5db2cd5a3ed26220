import EventLoop
import HTTP1
import HTTP2
import HTTPMessage

/// The life of one stream: a request, its answer, and a clean end whatever happened in between.
extension Conversation {
    /// Serves a stream to its end, from where it stands.
    func serveStream() async {
        guard case .http2(let channel) = channel, let exchange = channel.exchange else { return }
        let ending = await goOn(from: channel.takeStep(), channel, exchange)
        if ending == .switched { return await serveTunnel(exchange, channel) }
        if ending == .abort { channel.connection.session.reset(channel.stream, .internalError) }
        channel.endReading()
        await pump?.stopped()
        endStream(on: channel, exchange)
    }

    private func goOn(from step: RequestStep, _ channel: HTTP2Channel, _ exchange: Exchange) async -> Ending {
        if case .opened = step {
            if let refusal = channel.stream.refusal { return await refuse(exchange, RequestRefusal(refusal)) }
            beginBody(exchange, channel, channel.stream)
        }
        return await goOn(from: step, exchange)
    }

    /// Gives back what the stream needed.
    func endStream(on channel: HTTP2Channel, _ exchange: consuming Exchange) {
        rest()
        channel.exchange = nil
        // It keeps the head that it had of the stream: one is as good as the other.
        exchanges.giveBack(exchange)
        channel.connection.finished(channel, channel.stream)
    }

    /// The stream is closed: nobody waits for an answer any more. A tunnel on which both sides have said all ends by itself.
    func clientLeft(_ code: HTTP2ErrorCode) {
        upstream?.cancel()
        if code != .noError { tunnel?.tunnel.end(.broken) }
    }

    /// Carries what a stream has been opened for by an extended CONNECT, without an exchange.
    private func serveTunnel(_ exchange: Exchange, _ channel: HTTP2Channel) async {
        let stream = channel.stream
        swap(&exchange.request, &stream.request)
        channel.exchange = nil
        exchanges.giveBack(exchange)
        await runTunnel()
        if !stream.isClosed, !stream.peerHasEnded { channel.breakOff() }
        channel.endReading()
        channel.connection.finished(channel, stream)
    }

    /// Takes the body that came together with the head, if that is all of it: it can be forwarded in one piece, and its
    /// length is known then.
    func beginBody(_ exchange: Exchange, _ channel: HTTP2Channel, _ stream: HTTP2Stream) {
        // What comes on a stream for another protocol is left there until somebody speaks that.
        guard exchange.request.connectProtocol.isEmpty else { return exchange.requestBody.begin(.complete) }
        exchange.requestBody.begin(.bare(exchange.request.framing))
        guard stream.peerHasEnded, stream.receivedCount <= Exchange.readBytes, exchange.request.framing != .none
        else { return }
        exchange.request.framing = .length(UInt64(stream.receivedCount))
        // What has come is there to be taken, even if the stream is closed by now.
        _ = try? channel.read(into: &exchange.input)
        exchange.requestBody.end()
    }
}

extension HTTP2Channel {
    /// Drafts the head of an upstream's answer as the client gets it: what concerns the upstream's connection only is
    /// left out, and so are the gateway's own cookies, as over HTTP/1.1.
    func draftHead(of response: ResponseHead, _ exchange: Exchange, for client: Client) {
        draftHead(response.status) { draft in
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
                draft.append(fields, index)
            }
            if !hasDate { draft.append("date", client.state.clock.dateLine.valueOfLine) }
            client.appendStrictTransport(to: &draft)
            exchange.rate?.appendFields(to: &draft)
            if let newCookie = exchange.newCookie {
                draft.append("cache-control", "private")
                draft.append("set-cookie", Credentials.setting(newCookie).utf8.span, isSecret: true)
            }
            // The length that a GET would have had is told to those who only asked, too (RFC 9110, section 8.6).
            if let length = response.contentLength, response.status != 204 {
                draft.append("content-length", decimal: length)
            }
        }
    }

    /// Drafts the head that opens a tunnel, from an application's answer with status 101 (RFC 8441, section 5.1): what
    /// only concerns the connection over HTTP/1.1 is left out, and so is the proof that the application knows the protocol.
    func draftOpening(of response: ResponseHead, for client: Client) {
        session.becomeTunnel(stream)
        draftHead(200) { draft in
            let fields = response.fields
            let nominated = ConnectionOptions(fields)
            for index in 0..<fields.count {
                switch fields.known(index) {
                case .contentLength: continue
                case .setCookie: if Credentials.setsOwnCookie(fields.value(index)) { continue }
                case .other: if fields.name(index).isEqualIgnoringCase(to: "sec-websocket-accept") { continue }
                default: if UpstreamRequestWriter.isHopByHop(fields, index) { continue }
                }
                if !nominated.isEmpty, nominated.contains(fields.name(index)) { continue }
                draft.append(fields, index)
            }
            client.appendStrictTransport(to: &draft)
        }
    }

    /// Drafts the head of an answer of the gateway's own.
    func draftHead(of response: LocalResponse, rate: RateAnswer?, for client: Client) {
        draftHead(response.status) { draft in
            draft.append("date", client.state.clock.dateLine.valueOfLine)
            client.appendStrictTransport(to: &draft)
            rate?.appendFields(to: &draft)
            for (name, value) in response.fields where LocalFields.isSound(name, value) {
                let isCookie = name.utf8.span.isEqualIgnoringCase(to: "set-cookie")
                draft.append(name: name.utf8.span, value: value.utf8.span, isSecret: isCookie)
            }
            if !response.saysCaching { draft.append("cache-control", "no-store") }
            if response.saysLength { draft.append("content-length", decimal: UInt64(response.body.count)) }
        }
    }

    /// Passes an interim answer on.
    func inform(of response: ResponseHead) throws(IOError) {
        try inform(response.status) { draft in
            let fields = response.fields
            let nominated = ConnectionOptions(fields)
            for index in 0..<fields.count {
                switch fields.known(index) {
                case .contentLength, .setCookie: continue
                default: if UpstreamRequestWriter.isHopByHop(fields, index) { continue }
                }
                if !nominated.isEmpty, nominated.contains(fields.name(index)) { continue }
                draft.append(fields, index)
            }
        }
    }
}

extension Client {
    /// Tells browsers to come over TLS only, where they are told.
    fileprivate func appendStrictTransport(to draft: inout FieldDraft) {
        let line = strictTransportLine
        if !line.isEmpty { draft.append("strict-transport-security", line.valueOfLine) }
    }
}

extension [UInt8] {
    /// The value in a line of a head, `Name: value` with its CRLF.
    var valueOfLine: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let start = (firstIndex(of: UInt8(ascii: ":")) ?? 0) + 2
            return span.extracting(start..<(count - 2))
        }
    }
}
