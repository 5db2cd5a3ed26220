import Configuration
import EventLoop
import HTTP1
import HTTPMessage
import Identity
import Policy
import Telemetry

/// From a permit to switch protocols to the tunnel, or to the answer of an application that does not switch.
extension Conversation {
    /// Forwards a request that offers another protocol.
    ///
    /// The tunnel begins only after the application's 101 for that very protocol, or its 2xx to an extended CONNECT:
    /// until then what the client sent beyond its request stays here. If the answer is another, those bytes were meant
    /// for nobody: they are neither forwarded nor read as a request, and the connection ends with the answer
    /// (CVE-2026-2833).
    func forward(_ permitted: PermittedRequest, offering upgrade: UpgradeOffer, _ exchange: Exchange) async -> Ending {
        exchange.request.keepAlive = false
        exchange.record.upstreamAskedAt = loop.now
        let upstream: UpstreamConnection
        do throws(UpstreamError) {
            upstream = try await ask(permitted, exchange)
        } catch {
            permitted.cluster.refused(error)
            return await answerForUpstream(error, exchange)
        }
        exchange.record.upstreamAnsweredAt = loop.now
        guard await mayPass(exchange) else {
            upstream.endpoint.discard(upstream)
            return abandon(exchange)
        }
        // Over HTTP/2 nothing is switched, and nothing proven: the stream is opened for the protocol, or it is not.
        if upstream.stream != nil, upgrade.isWebSocket {
            guard (200..<300).contains(exchange.response.status) else {
                return await relay(from: upstream, permitted.cluster, exchange)
            }
            return await open(to: upstream, permitted.cluster, upgrade, exchange)
        }
        guard exchange.response.status == 101 else {
            // To a client of HTTP/2 it would say that the tunnel is open (RFC 8441, section 4).
            if upgrade.webSocketKey != nil, (200..<300).contains(exchange.response.status) {
                upstream.endpoint.discard(upstream)
                return await failHandshake("another answer than 101 to an upgrade", exchange)
            }
            return await relay(from: upstream, permitted.cluster, exchange)
        }
        guard upgrade.isAccepted(by: exchange.response) else {
            upstream.endpoint.discard(upstream)
            return await failHandshake("an upgrade to what was not offered", exchange)
        }
        return await open(to: upstream, permitted.cluster, upgrade, exchange)
    }

    private func failHandshake(_ what: String, _ exchange: Exchange) async -> Ending {
        let error = UpstreamError.malformed(what)
        return await fail(exchange, error.status, "\(error.code)", error.detail)
    }

    /// Tells the client that the protocol is switched, and makes the tunnel that goes on from here.
    private func open(
        to upstream: UpstreamConnection, _ cluster: UpstreamCluster, _ upgrade: UpgradeOffer, _ exchange: Exchange
    ) async -> Ending {
        let end: TunnelEnd
        switch channel {
        case .http1(let transport):
            end = .connection(transport)
            exchange.record.status = 101
            DownstreamResponseWriter.appendSwitch(
                exchange.response, to: upgrade, proves: upstream.stream != nil, &exchange.output)
        case .http2(let channel):
            end = .stream(channel)
            exchange.record.status = 200
            channel.draftOpening(of: exchange.response, for: client)
        }
        var frames = upgrade.isWebSocket ? WebSocketFrames() : nil
        let count = exchange.upstreamInput.count
        frames?.note(exchange.upstreamInput)
        exchange.output.move(count, from: &exchange.upstreamInput)
        do throws(IOError) { try await flush(exchange) } catch {
            upstream.endpoint.discard(upstream)
            return .abort
        }
        let tunnel = Tunnel(
            client: end, upstream: upstream.tunnelEnd, state: state,
            tally: state.tunnels.tally(of: cluster.settings.name), idleTimeout: cluster.idleTimeout, frames: frames,
            early: &exchange.input, alreadySent: count)
        watch(.tunnel(tunnel), exchange)
        self.tunnel = OpenTunnel(tunnel, upstream: upstream, TunnelRecord(exchange))
        return .switched
    }

    /// Carries the tunnel that an answer has opened until it ends, and tells the log.
    func runTunnel() async {
        guard let open = tunnel else { return }
        await open.tunnel.run()
        open.upstream.endpoint.discard(open.upstream)
        state.account(for: open, of: client)
        tunnel = nil
    }
}

/// A tunnel that is open, with what it needs when it ends.
struct OpenTunnel {
    let tunnel: Tunnel
    let upstream: UpstreamConnection
    let record: TunnelRecord

    init(_ tunnel: Tunnel, upstream: UpstreamConnection, _ record: TunnelRecord) {
        self.tunnel = tunnel
        self.upstream = upstream
        self.record = record
    }
}

/// What the access log tells of a tunnel: kept apart, so that a tunnel holds no exchange.
struct TunnelRecord {
    let record: RequestRecord
    let wireProtocol: WireProtocol
    let method: [UInt8]
    let host: [UInt8]
    let path: [UInt8]
    let userAgent: [UInt8]

    init(_ exchange: Exchange) {
        let request = exchange.request
        record = exchange.record
        wireProtocol = request.version.wireProtocol
        method = [UInt8](request.methodSpan)
        host = [UInt8](request.authority)
        path = [UInt8](request.path)
        let fields = request.fields
        if let agent = fields.first(.userAgent) { userAgent = [UInt8](fields.value(agent)) } else { userAgent = [] }
    }
}

extension DownstreamResponseWriter {
    /// Appends the head by which the protocol is switched (RFC 9110, section 15.2.2).
    ///
    /// - Parameter proves: whether it is the gateway that proves to know the protocol, since the application could not.
    static func appendSwitch(
        _ response: ResponseHead, to upgrade: UpgradeOffer, proves: Bool, _ output: inout ByteBuffer
    ) {
        HTTP1Serializer.appendStatusLine(101, to: &output)
        let fields = response.fields
        let nominated = ConnectionOptions(fields)
        for index in 0..<fields.count {
            switch fields.known(index) {
            case .contentLength: continue
            case .setCookie: if Credentials.setsOwnCookie(fields.value(index)) { continue }
            default: if UpstreamRequestWriter.isHopByHop(fields, index) { continue }
            }
            if nominated.contains(fields.name(index)) { continue }
            if proves, fields.name(index).isEqualIgnoringCase(to: "sec-websocket-accept") { continue }
            fields.copy(index, to: &output)
        }
        upgrade.appendFields(to: &output)
        if proves, let accept = upgrade.webSocketAccept {
            output.append("Sec-WebSocket-Accept: ")
            output.append(accept.span)
            output.append("\r\n")
        }
        output.append("\r\n")
    }
}
